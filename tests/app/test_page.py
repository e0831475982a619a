"""Requests to the page that a browser would not send, and its callbacks."""

import json
import os
import uuid
from pathlib import Path

import httpx
import numpy as np
import pytest
from skimage.data import astronaut

from fertools.app._reason import explain_face
from fertools.app._rendering import faces_html, message, table_html
from fertools.app._server import bind, url_of
from fertools.recognizer import ExpressionRecognizer, RecognitionResult, RecognizedFace


def first_event(config):
    """Return the number of the event that recognizes a photo, and the kinds of its inputs."""
    kinds = {block["id"]: block["type"] for block in config["components"]}
    for event in config["dependencies"]:
        inputs = [kinds[number] for number in event["inputs"]]
        if inputs == ["image", "dropdown", "slider", "slider"]:
            return event["id"]
    raise LookupError("there is no such event")


def recognize(url, payload, model="fast"):
    """Ask the page for the faces in a file, and return its last message."""
    session = uuid.uuid4().hex
    event = first_event(httpx.get(f"{url}/config").json())
    data = {"data": [payload, model, 0, 0.5], "fn_index": event, "session_hash": session}
    httpx.post(f"{url}/gradio_api/queue/join", json=data).raise_for_status()
    address = f"{url}/gradio_api/queue/data?session_hash={session}"
    with httpx.stream("GET", address, timeout=60) as stream:
        for line in stream.iter_lines():
            found = json.loads(line.removeprefix("data: ")) if line else {}
            if found.get("msg") == "process_completed":
                return found
    raise EOFError("no answer")


def file_of(path):
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}}


def upload(url, content, name="photo.jpg"):
    return httpx.post(f"{url}/gradio_api/upload", files={"files": (name, content)})


def test_uploaded_photo_is_recognized(page_url, photo):
    [path] = upload(page_url, photo).json()
    answer = recognize(page_url, file_of(path))
    assert answer["success"] and "Face 1: happy" in answer["output"]["data"][1]
    folder = Path(path).parents[1]
    assert folder.name.startswith("fertools-") and folder.stat().st_mode & 0o777 == 0o700


def test_other_files_are_not_read(page_url, photo, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(photo)
    [path] = upload(page_url, photo).json()
    outside = os.path.relpath(tmp_path / "secret.jpg", Path(path).parent)
    for target in ("/etc/passwd", tmp_path / "secret.jpg", f"{Path(path).parent}/{outside}"):
        answer = recognize(page_url, file_of(target))
        assert not answer["success"] and "data" not in answer["output"], target
        assert httpx.get(f"{page_url}/gradio_api/file={target}").status_code in (403, 404)


def test_addresses_are_not_downloaded(page_url):
    with bind("127.0.0.1", 0) as listening:
        listening.setblocking(False)
        answer = recognize(page_url, file_of(f"{url_of(listening, '127.0.0.1')}/photo.jpg"))
        with pytest.raises(BlockingIOError):  # nobody connected
            listening.accept()
    assert not answer["success"] and answer["output"]["error"] == "Only uploaded files are read."


def test_unknown_model_is_refused(page_url, photo):
    [path] = upload(page_url, photo).json()
    answer = recognize(page_url, file_of(path), model="../../x.fer")
    assert not answer["success"] and "data" not in answer["output"]


def test_large_upload_is_refused(page_url):
    answer = upload(page_url, bytes(5 * 2**20))
    assert answer.status_code == 413 and "at most 4.062 MiB" in answer.json()["detail"]


def test_headers_keep_other_sites_out(page_url):
    answer = httpx.get(page_url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert httpx.get(page_url, headers={"host": "evil.example"}).status_code == 421


def test_text_from_outside_is_escaped():
    name = "<script>alert(1)</script>"
    face = RecognizedFace((0, 0, 9, 9), None, name, {name: 0.75, "b": 0.25}, expressions=(name,))
    recognizer_like = RecognitionResult(name, "invalid", name)
    frame = ExpressionRecognizer("fast").to_frame([recognizer_like])
    for html in (faces_html([face]), message(name), table_html(frame)):
        assert "<script" not in html and "&lt;script&gt;" in html


def test_many_faces_are_counted():
    face = RecognizedFace((0, 0, 9, 9), None, None, {"a": 0.6, "b": 0.4}, "uncertain")
    html = faces_html([face] * 30)
    assert html.count("fer-face") == 24 + 1 and "6 more faces are only in the picture." in html
    assert "uncertain (most probable: a)" in html


def test_heat_map_of_a_smile_is_on_the_mouth():
    recognizer = ExpressionRecognizer("fast")
    [face] = recognizer.recognize(astronaut())
    gray = astronaut().mean(axis=2).astype(np.uint8)
    picture = explain_face(recognizer, gray, face, "happy")
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    orange = picture[..., 0].astype(int) - picture[..., 2]
    y, x = np.unravel_index(np.argmax(orange), orange.shape)
    assert y > 0.6 * len(picture) and 0.2 < x / len(picture) < 0.8
