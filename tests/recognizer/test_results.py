import json
import pickle
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools.datasets import EXPRESSIONS
from fertools.recognizer import (
    ExpressionRecognizer,
    RecognitionResult,
    RecognizedFace,
    RecognizedFaces,
)


@pytest.fixture(scope="module")
def recognizer():
    return ExpressionRecognizer("fast")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "astronaut.png"
    Image.fromarray(astronaut()).save(path)
    return str(path)


@pytest.fixture(autouse=True)
def figures():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def face(name="happy", box=(10, 10, 40, 40), **kwargs):
    probabilities = dict.fromkeys(EXPRESSIONS, 0.05) | {name: 0.7}
    return RecognizedFace(box, 2.5, name, probabilities, **kwargs)


def test_faces_are_a_list(recognizer):
    faces = recognizer.recognize(astronaut())
    assert isinstance(faces, list) and len(faces) == 1
    assert faces == list(faces) and faces[:1] == list(faces)
    assert type(faces[:1]) is list and type(faces + []) is list
    assert not recognizer.recognize(np.zeros((60, 60), np.uint8))


def test_arrays_are_referenced_and_files_read_again(recognizer, photo):
    pixels = astronaut()
    assert recognizer.recognize(pixels).image is pixels
    assert recognizer.recognize(photo).image == photo
    with open(photo, "rb") as file:
        assert recognizer.recognize(file).image == photo
    unnamed = recognizer.recognize(BytesIO(Path(photo).read_bytes()))
    assert unnamed.image is None and len(unnamed) == 1
    with pytest.raises(ValueError, match="image must be given, as the pixels of a file object"):
        unnamed.plot()
    assert unnamed.plot(image=photo).images


def test_faces_survive_pickle(recognizer, photo):
    faces = recognizer.recognize(photo)
    copied = pickle.loads(pickle.dumps(faces))
    assert copied == faces and type(copied) is RecognizedFaces and copied.image == photo


def test_results_of_a_batch_hold_no_pixels(recognizer, photo):
    results = list(recognizer.recognize_many([astronaut(), photo]))
    for result in results:
        assert len(result.faces) == 1 and type(result.faces) is list
        assert len(pickle.dumps(result)) < 2000
    with pytest.raises(ValueError, match=r"image must be given, .* 'array 0' is not a file"):
        results[0].plot()
    axes = [results[0].plot(image=astronaut()), results[1].plot()]
    drawn = [ax.images[0].get_array() for ax in axes]
    np.testing.assert_array_equal(*drawn)


def test_file_named_like_an_array_is_not_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(astronaut()).save(tmp_path / "array 3", "PNG")
    with pytest.raises(ValueError, match="image must be given"):
        RecognitionResult("array 3", "ok", "", [face()]).plot()


def test_plot_draws_the_annotated_image(figures):
    ax = figures.subplots(1, 2)[1][1]
    faces = RecognizedFaces([face()], astronaut())
    assert faces.plot(ax) is ax
    with_bars, without = ax.images[0].get_array(), faces.plot(bars=False).images[0].get_array()
    assert without.shape == (512, 512, 3) and with_bars.shape[1] > 512


def test_probabilities_of_a_face_are_bars():
    ax = face("sad").plot()
    assert [bar.get_width() for bar in ax.patches] == list(face("sad").probabilities.values())
    assert [label.get_text() for label in ax.get_yticklabels()] == list(EXPRESSIONS)
    assert ax.get_title() == "sad 70%"
    uncertain = RecognizedFace((0, 0, 9, 9), None, None, {"$x$": 0.4, "b\n": 0.3}, "uncertain")
    ax = uncertain.plot()
    assert ax.get_title() == "uncertain 40%"
    assert len({bar.get_facecolor() for bar in ax.patches}) == 1
    ax.figure.canvas.draw()


def test_dicts_can_be_written_as_json():
    one = face(box=tuple(np.array([1, 2, 30, 40])), expressions=("happy", "sad"))
    expected = {
        "box": [1, 2, 30, 40],
        "score": 2.5,
        "expression": "happy",
        "probabilities": one.probabilities,
        "status": "ok",
        "expressions": ["happy", "sad"],
        "probability": 0.7,
    }
    assert json.loads(json.dumps(one.to_dict())).items() >= expected.items()
    assert json.loads(json.dumps(RecognizedFaces([one]).to_dict())) == {"faces": [one.to_dict()]}
    result = RecognitionResult("a.jpg", "ok", "", [one])
    values = json.loads(json.dumps(result.to_dict()))
    assert values["source"] == "a.jpg" and values["faces"] == [one.to_dict()]


def test_frames_have_one_row_per_face(recognizer, photo):
    [result] = recognizer.recognize_many([photo])
    expected = recognizer.to_frame([result])
    assert result.to_frame().equals(expected)
    faces = recognizer.recognize(photo)
    assert faces.to_frame().equals(expected.drop(columns=["source", "reason"]))
    assert faces[0].to_frame().equals(faces.to_frame())
    empty = RecognizedFaces().to_frame()
    assert len(empty) == 0 and "expression" in empty
    failed = RecognitionResult("none.jpg", "missing", "no file").to_frame()
    assert failed["status"].tolist() == ["missing"]


def test_html_has_picture_and_table(recognizer, photo, parse_page):
    for shown in (recognizer.recognize(astronaut()), *recognizer.recognize_many([photo])):
        page = parse_page(shown._repr_html_())
        assert page.tags.count("img") == 1 and "happy" in page.text
        assert page.values("src")[0].startswith("data:image/jpeg;base64,")
        assert len(shown._repr_html_()) < 200_000


def test_html_of_large_photos_is_small(parse_page):
    large = np.repeat(np.repeat(astronaut(), 6, axis=0), 6, axis=1)
    faces = RecognizedFaces([face(box=(1020, 384, 660, 660))], large)
    assert len(faces._repr_html_()) < 200_000
    for pixels in (large[:, :, 0], large / 255, large > 127):
        assert "img" in parse_page(RecognizedFaces(faces, pixels)._repr_html_()).tags


def test_html_escapes_names(parse_page, tmp_path):
    name = "<script>alert('x')</script>&\u202e"
    result = RecognitionResult(name, "ok", "<b>", [face(name, status=name)])
    for shown in (result, result.faces[0], RecognizedFaces(result.faces)):
        page = parse_page(shown._repr_html_())
        assert "script" not in page.tags and "alert" in page.text
        assert "\u202e" not in page.text


def test_html_without_face_or_file(parse_page, tmp_path):
    assert "no face" in parse_page(RecognizedFaces()._repr_html_()).text
    failed = RecognitionResult("none.jpg", "missing", "none.jpg: there is no such file.")
    page = parse_page(failed._repr_html_())
    assert "there is no such file" in page.text and "img" not in page.tags
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no image")
    page = parse_page(RecognitionResult(str(broken), "ok", "", [face()])._repr_html_())
    assert "img" not in page.tags and "happy" in page.text


def test_html_of_many_faces_is_short(parse_page):
    page = parse_page(RecognizedFaces([face()] * 300)._repr_html_())
    assert page.tags.count("tr") == 51 and "and 250 more faces" in page.text
