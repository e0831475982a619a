"""The endpoint in the process, without a network."""

import asyncio
import threading
import time
from io import BytesIO

import httpx
import pytest
from PIL import Image

import fertools
from fertools.app import UploadLimits, make_endpoint
from fertools.recognizer import RecognitionResult

TOKEN = "a token for the tests"


@pytest.fixture(scope="module")
def endpoint():
    return make_endpoint(limits=UploadLimits(max_bytes=2**20, max_photos=4, max_pixels=500_000))


def request(app, method="POST", path="/v1/faces", **options):
    """Send one request to an application."""

    async def send():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


def parts(*photos):
    return [("photos", (f"{number}.jpg", photo)) for number, photo in enumerate(photos)]


def test_smile_of_the_astronaut(endpoint, photo):
    answer = request(endpoint, files=parts(photo))
    assert answer.status_code == 200
    content = answer.json()
    assert content["model"] == "fast"
    [result] = content["photos"]
    assert (result["source"], result["status"], result["reason"]) == ("0.jpg", "ok", "")
    [face] = result["faces"]
    assert face["expression"] == "happy" and face["status"] == "ok"
    assert face["probability"] == face["probabilities"]["happy"] > 0.5
    assert "happy" in face["expressions"]
    x, y, width, height = face["box"]
    assert x < 224 < x + width and y < 110 < y + height


def test_broken_photo_does_not_affect_the_others(endpoint, photo):
    answer = request(endpoint, files=parts(b"just text", photo, b"", photo[: len(photo) // 2]))
    results = answer.json()["photos"]
    assert [result["status"] for result in results][:3] == ["unreadable", "ok", "unreadable"]
    assert results[0]["reason"].startswith("0.jpg: not an image that can be decoded.")
    assert results[2]["reason"] == "2.jpg: the file is empty."
    assert results[3]["status"] == "unreadable" and "damaged" in results[3]["reason"]


def test_photo_of_too_many_pixels_is_not_decoded(endpoint):
    file = BytesIO()
    Image.new("1", (8_000, 8_000)).save(file, "PNG")
    [result] = request(endpoint, files=parts(file.getvalue())).json()["photos"]
    assert result["status"] == "too_large" and "at most 500,000 pixels" in result["reason"]


def test_name_of_a_photo_is_printable(endpoint, photo):
    files = [("photos", ("\u202ephoto\x1b[31m.jpg", photo))]
    [result] = request(endpoint, files=files).json()["photos"]
    assert result["source"].isprintable() and result["source"].endswith(".jpg")


def test_low_probability_is_uncertain(endpoint, photo):
    answer = request(endpoint, files=parts(photo), data={"min_probability": "1"})
    [face] = answer.json()["photos"][0]["faces"]
    assert face["status"] == "uncertain" and face["expression"] is None
    # The setting of one request does not affect the next.
    [face] = request(endpoint, files=parts(photo)).json()["photos"][0]["faces"]
    assert face["expression"] == "happy"


def test_boxes_that_show_a_face_less_probably_are_left_out(endpoint, photo):
    faces = {}
    for minimum in (0, 0.5, 1):
        data = {"min_face_probability": str(minimum)}
        [result] = request(endpoint, files=parts(photo), data=data).json()["photos"]
        faces[minimum] = result["faces"]
    assert len(faces[0]) > 1 and len(faces[0.5]) == 1
    assert faces[0.5][0]["score"] > 0.9
    assert all(face["score"] == 1 for face in faces[1])


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ({"files": parts(*[b"x"] * 5)}, 413, "At most 4 photos per request; got 5."),
        ({"files": parts(b"x" * 2**20)}, 413, "An upload must be at most 1 MiB."),
        ({"json": {}}, 415, "must be multipart/form-data"),
        ({}, 415, "got none"),
        (
            {"files": parts(*[b"x"] * 1001)},
            413,
            "At most 4 photos per request; got more than 1000.",
        ),
        ({"files": [("model", (None, "fast"))]}, 422, "photos: Field required."),
        ({"files": [("images", ("x.jpg", b"x"))]}, 422, "Unknown form field 'images'; the form "),
        (
            {"files": parts(b"x"), "data": {"min_probabilty": "0.9"}},
            422,
            "Unknown form field 'min_probabilty'; the form fields are photos, model, min_probabi",
        ),
        (
            {"files": parts(b"x"), "params": {"model": "accurate"}},
            422,
            "Unknown query parameter 'model'; the form fields are photos, model, ",
        ),
        (
            {"files": [("photos", (None, "party.jpg"))] * 2},
            422,
            "photos must be files; with curl, -F photos=@party.jpg.",
        ),
        ({"files": [*parts(b"x"), ("model", ("a", b"x"))]}, 422, "model must be text; got a file."),
        (
            {"files": parts(b"x"), "data": {"model": "../../etc/passwd"}},
            422,
            "model must be one of ['fast', 'accurate']; got '../../etc/passwd'.",
        ),
        (
            {"files": parts(b"x"), "data": {"min_probability": "2"}},
            422,
            "min_probability must be less than or equal to 1; got 2.",
        ),
        (
            {"files": parts(b"x"), "data": {"min_probability": "high"}},
            422,
            "min_probability must be a valid number; got 'high'.",
        ),
        (
            {"files": parts(b"x"), "data": {"min_face_probability": "-1"}},
            422,
            "min_face_probability must be greater than or equal to 0; got -1.",
        ),
        (
            {"content": b"none", "headers": {"content-type": "multipart/form-data; boundary=b"}},
            400,
            "",
        ),
    ],
)
def test_refused_request_has_a_reason(options, status, words, endpoint):
    answer = request(endpoint, **options)
    assert answer.status_code == status
    assert answer.json()["detail"] and words in answer.json()["detail"]


def test_more_than_1000_photos_can_be_allowed():
    endpoint = make_endpoint(limits=UploadLimits(max_photos=1001))
    answer = request(endpoint, files=parts(*[b""] * 1001))
    assert answer.status_code == 200 and len(answer.json()["photos"]) == 1001


def test_large_upload_is_refused_before_it_is_read(endpoint):
    sent = []

    async def receive():
        # The reason was sent before.
        assert b"An upload must be at most 1 MiB." in sent[1]["body"]
        return {"type": "http.request", "body": b"x" * 2**16, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/faces",
        "headers": [(b"host", b"server"), (b"content-length", b"%d" % (200 * 2**20))],
    }
    asyncio.run(endpoint(scope, receive, send))
    assert sent[0]["status"] == 413
    headers = dict(sent[0]["headers"])
    assert headers[b"connection"] == b"close" and int(headers[b"content-length"])


def test_large_upload_without_a_length_is_refused(endpoint):
    n_sent = 0

    async def chunks():
        nonlocal n_sent
        yield b'--b\r\nContent-Disposition: form-data; name="photos"; filename="x.jpg"\r\n\r\n'
        for _ in range(64):
            n_sent += 1
            yield b"x" * 2**16

    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = request(endpoint, content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "An upload must be at most 1 MiB."


def test_token_is_required(photo):
    endpoint = make_endpoint(tokens=["another token of the list", TOKEN])
    for headers in (
        {},
        {"authorization": "Bearer wrong token wrong"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer "},
    ):
        answer = request(endpoint, files=parts(photo), headers=headers)
        assert answer.status_code == 401 and "Bearer TOKEN" in answer.json()["detail"]
        assert answer.headers["www-authenticate"] == "Bearer"
    answer = request(endpoint, files=parts(photo), headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert request(endpoint, "GET", "/v1/health").status_code == 200


@pytest.mark.parametrize(
    ("tokens", "words"),
    [(["short"], "got one of 5"), (TOKEN, "got one text"), (["café " * 8], "other characters")],
)
def test_weak_tokens_are_refused(tokens, words):
    with pytest.raises(ValueError, match=f"tokens must be .*{words}"):
        make_endpoint(tokens=tokens)


def test_other_host_names_are_refused(photo):
    endpoint = make_endpoint(hosts=["127.0.0.1", "[::1]"])
    statuses = {
        name: request(endpoint, "GET", "/v1/health", headers={"host": name}).status_code
        for name in ("127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "evil.example", "127.0.0.1.evil")
    }
    assert list(statuses.values()) == [200, 200, 200, 421, 421]


def test_requests_wait_for_a_worker(monkeypatch):
    lock, active, most = threading.Lock(), 0, 0

    def recognize(recognizer, photo, name, max_pixels):
        nonlocal active, most
        with lock:
            active += 1
            most = max(most, active)
        time.sleep(0.02)
        with lock:
            active -= 1
        return RecognitionResult(name, "no_face", "")

    monkeypatch.setattr("fertools.app._endpoint.recognize_photo", recognize)
    endpoint = make_endpoint(max_workers=2)

    async def send_all():
        transport = httpx.ASGITransport(endpoint)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            requests = [client.post("/v1/faces", files=parts(b"x")) for _ in range(12)]
            return await asyncio.gather(*requests)

    answers = asyncio.run(send_all())
    assert {answer.status_code for answer in answers} == {200}
    assert most == 2


def test_health_names_models_and_limits(endpoint):
    answer = request(endpoint, "GET", "/v1/health").json()
    assert answer["status"] == "ok" and answer["version"] == fertools.__version__
    assert answer["models"] == ["fast", "accurate"]
    assert (answer["max_bytes"], answer["max_photos"], answer["max_pixels"]) == (2**20, 4, 500_000)


def test_reference_page_loads_nothing(endpoint):
    answer = request(endpoint, "GET", "/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "POST /v1/faces" in answer.text and "min_probability" in answer.text
    for loading in ("<script", "src=", "<link", "@import", "url("):
        assert loading not in answer.text
    assert request(endpoint, "GET", "/docs").status_code == 404


def test_openapi_describes_the_endpoint(endpoint):
    description = request(endpoint, "GET", "/v1/openapi.json").json()
    assert set(description["paths"]) == {"/v1/faces", "/v1/health"}
    assert {"200", "400", "401", "413", "415", "422"} <= set(
        description["paths"]["/v1/faces"]["post"]["responses"]
    )


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"limits": 3}, ValueError, "'limits' parameter"),
        ({"max_workers": 0}, ValueError, "'max_workers' parameter"),
        ({"model": "nothing"}, FileNotFoundError, "nothing: no such model file"),
        ({"models_folder": "nowhere"}, FileNotFoundError, "nowhere: there is no such folder"),
    ],
)
def test_wrong_options_are_reported(options, error, words):
    with pytest.raises(error, match=words):
        make_endpoint(**options)


@pytest.mark.parametrize("limits", [{"max_bytes": 0}, {"max_photos": 1.5}, {"max_pixels": -1}])
def test_limits_are_positive_integers(limits):
    with pytest.raises(ValueError, match="must be an integer of at least 1; got"):
        UploadLimits(**limits)
