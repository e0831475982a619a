import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools._utils import fonts
from fertools._utils.colors import contrast_ratio
from fertools.annotation import _text, annotate, save_image
from fertools.datasets import EXPRESSIONS
from fertools.recognizer import RecognizedFace

BLUE = (0, 114, 178)


def face(box, leading="happy"):
    probabilities = dict.fromkeys(EXPRESSIONS, 0.05)
    probabilities[leading] = 0.7
    return RecognizedFace(box, 1.0, leading, probabilities)


def test_box_is_drawn_on_a_copy():
    photo = astronaut()
    before = photo.copy()
    drawn = annotate(photo, [face((170, 64, 110, 110))], bars=False)
    np.testing.assert_array_equal(photo, before)
    assert drawn.shape == photo.shape and drawn.dtype == np.uint8
    changed = (drawn != photo).any(axis=2)
    assert changed[64, 170:280].all() and changed[64:174, 170].all() and changed[173, 170:280].all()
    assert not changed[80:165, 180:270].any(), "the face is not covered"
    assert not changed[250:].any()


def test_bar_lengths_are_proportional_to_probabilities():
    photo = np.zeros((480, 480), np.uint8)
    drawn = annotate(photo, [face((100, 100, 200, 200))])
    panel = drawn[:, 480:]
    blue = (np.abs(panel.astype(int) - BLUE).sum(axis=2) == 0).sum(axis=1).max()
    rest = (np.abs(panel.astype(int) - (176, 190, 206)).sum(axis=2) == 0).sum(axis=1).max()
    assert blue / rest == pytest.approx(0.7 / 0.05, rel=0.25)


def test_uncertain_face_has_no_colored_bar():
    photo = np.zeros((480, 480), np.uint8)
    certain = face((100, 100, 200, 200))
    uncertain = replace(certain, expression=None, status="uncertain")
    pictures = [annotate(photo, [one]) for one in (certain, uncertain)]
    blue = [(picture[:, 480:] == BLUE).all(axis=2).sum(axis=1) for picture in pictures]
    assert blue[0].max() > 50 and blue[1].max() < 50
    named = replace(uncertain, expression="uncertain")
    np.testing.assert_array_equal(
        annotate(photo, [uncertain], bars=False), annotate(photo, [named], bars=False)
    )


def test_many_faces_are_arranged_in_columns():
    photo = np.full((500, 500), 200, np.uint8)
    faces = [face((20 * k, 20, 18, 18)) for k in range(12)]
    drawn = annotate(photo, faces)
    assert drawn.shape[0] == 500
    swatches = (drawn[:, 500:] == BLUE).all(axis=2)
    # Faces 1 and 8 have the first color, in different columns.
    assert (np.diff(swatches.any(axis=0).astype(int)) == 1).sum() >= 2
    assert drawn.shape[1] < 500 + 4 * (annotate(photo, faces[:1]).shape[1] - 500)


@pytest.mark.parametrize("side", [600, 3000])
def test_panel_of_ten_faces_is_not_wider_than_a_photo(side):
    photo = np.full((side, side * 4 // 3, 3), 200, np.uint8)
    box = side // 12
    faces = [face((side // 8 * (k % 7), 2 * box + k, box, box)) for k in range(10)]
    assert annotate(photo, faces).shape[1] <= 2.2 * photo.shape[1]


def test_lines_and_letters_grow_with_the_image():
    heights = []
    for side in (300, 3000):
        photo = np.zeros((side, side), np.uint8)
        drawn = annotate(photo, [face((side // 4, side // 4, side // 2, side // 2))], bars=False)
        rows = (drawn[: side // 4 - side // 60] == BLUE).all(axis=2).any(axis=1)
        heights.append(rows.sum())
    assert heights[1] > 5 * heights[0] > 0


@pytest.mark.parametrize("level", [0, 255])
def test_boxes_are_visible_on_any_background(level):
    photo = np.full((480, 640), level, np.uint8)
    faces = [face((20 + 88 * k, 60, 70, 70), EXPRESSIONS[k]) for k in range(7)]
    drawn = annotate(photo, faces, bars=False)
    for one in faces:
        x, y, _, height = one.box
        edge = drawn[y + height // 2, x - 4 : x + 6]
        contrasts = [contrast_ratio(color, (level,) * 3) for color in edge.tolist()]
        assert max(contrasts) > 3


def test_labels_hide_no_face_and_stay_in_the_image():
    photo = np.full((400, 600), 128, np.uint8)
    boxes = [(0, 0, 80, 80), (520, 0, 80, 80), (0, 320, 80, 80), (520, 320, 80, 80)]
    boxes += [(200, 100, 80, 80), (200, 180, 80, 80), (280, 100, 80, 80), (280, 180, 80, 80)]
    faces = [face(box, "surprise") for box in boxes]
    drawn = annotate(photo, faces, bars=False)
    assert drawn.shape == (400, 600, 3)
    for x, y, width, height in boxes:
        assert (drawn[y + 6 : y + height - 6, x + 6 : x + width - 6] == 128).all()


def test_long_names_are_cut_to_fit_the_image():
    name = "surprised and delighted by everything"
    tall = np.full((300, 60), 128, np.uint8)
    drawn = annotate(tall, [RecognizedFace((5, 100, 50, 50), 1.0, name, {name: 1.0})], bars=False)
    # The right edge of the label is in the image.
    label = drawn[90 * drawn.shape[0] // 300 : 100 * drawn.shape[0] // 300]
    assert (label[:, -1] != 128).any() and drawn.shape[1] == 60 * (drawn.shape[0] // 300)


@pytest.mark.parametrize("shape", [(64, 64), (24, 300), (300, 200, 3), (1500, 2000, 4)])
@pytest.mark.parametrize("box", [(0, 0, 20, 20), (-5, -5, 30, 30), (10, 2, 14, 22)])
def test_images_and_boxes_of_all_shapes(shape, box):
    image = np.full(shape, 200, np.uint8)
    drawn = annotate(image, [face(box), face((3, 3, 9, 9), "sad")])
    assert drawn.ndim == 3 and drawn.shape[2] == 3
    assert drawn.shape[0] >= shape[0] and drawn.shape[1] > shape[1]


def test_float_image_without_faces():
    gray = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)
    drawn = annotate(gray / 255, [])
    np.testing.assert_array_equal(drawn, np.repeat(gray[..., None], 3, axis=2))


def named(name):
    return RecognizedFace((170, 64, 110, 110), 1.0, name, {name: 0.7, "sad": 0.3})


@pytest.fixture
def no_installed_fonts(monkeypatch):
    monkeypatch.setattr(fonts, "_installed_fonts", lambda: [None])


@pytest.mark.parametrize(
    "pair",
    [
        ("fröhlich", "frühlich"),
        ("радость", "гнев"),
        ("χαρά", "θυμός"),
    ],
)
def test_names_in_other_alphabets_are_drawn(pair):
    """Names get different glyphs, where OpenCV would draw "??" for each."""
    pytest.importorskip("matplotlib")  # its font has Cyrillic and Greek letters
    pictures = [annotate(astronaut(), [named(name)], bars=False) for name in pair]
    unnamed = [annotate(astronaut(), [named("?" * len(name))], bars=False) for name in pair]
    assert not np.array_equal(*pictures)
    assert all(not np.array_equal(*both) for both in zip(pictures, unnamed, strict=True))


def test_right_to_left_names_are_shaped_between_number_and_probability():
    pytest.importorskip("matplotlib")
    if not fonts.has_complex_layout():
        pytest.skip("Pillow finds no FriBiDi library")
    path, labels = fonts.find_font(["فرح"])
    font = fonts.load_font(path, 30)
    apart = sum(font.getlength(letter) for letter in "فرح")
    assert font.getlength(labels["فرح"]) < 0.9 * apart, "letters are joined"

    def picture(text):
        canvas = np.full((60, 300, 3), 255, np.uint8)
        _text(canvas, text, 10, 45, font, (0, 0, 0))
        return canvas < 128

    number, whole = picture("1 "), picture(f"1 {labels['فرح']} 70%")
    assert (whole[:, :25] == number[:, :25]).all()
    tail = picture("70%")[:, 10:].any(axis=(0, 2)).nonzero()[0].max()
    end = whole.any(axis=(0, 2)).nonzero()[0].max() + 1
    columns = picture("70%")[:, 10 : 11 + tail]
    np.testing.assert_array_equal(whole[:, end - tail - 1 : end], columns)


@pytest.mark.parametrize("name", ["радость", "喜悦", "فرح", "\U0001f600"])
def test_names_without_a_font_are_numbered_with_a_warning(name, no_installed_fonts):
    with pytest.warns(UserWarning, match=rf"{name!r} as 'class 0'.* pass font="):
        drawn = annotate(astronaut(), [named(name)])
    expected = annotate(astronaut(), [named("class 0")])
    np.testing.assert_array_equal(drawn, expected)


def test_right_to_left_names_need_raqm(monkeypatch):
    monkeypatch.setattr(fonts, "has_complex_layout", lambda: False)
    fonts._can_draw.cache_clear()
    with pytest.warns(UserWarning, match="install libfribidi"):
        annotate(astronaut(), [named("שמחה")])
    fonts._can_draw.cache_clear()


def test_a_font_can_be_given(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    font = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSerif.ttf"
    photo, face = astronaut(), named("joie")
    assert not np.array_equal(annotate(photo, [face], font=font), annotate(photo, [face]))
    (tmp_path / "no.ttf").write_bytes(b"no font")
    for path in (tmp_path / "no.ttf", tmp_path / "none.ttf", "DejaVuSans.ttf", tmp_path):
        with pytest.raises(ValueError, match="font must be a TrueType or OpenType file"):
            annotate(photo, [face], font=path)


@pytest.mark.parametrize("name", ["a" * 10_000, "two\nlines", "tab\t", "\x1b[31m", "\udcff"])
def test_odd_names_are_drawn(name):
    drawn = annotate(astronaut(), [named(name)])
    assert drawn.shape[0] == 512 and drawn.shape[1] < 2000


@pytest.mark.parametrize(
    "box", [(170.2, 64.4, 109.6, 110.3), np.array([170, 64, 110, 110], np.float32)]
)
def test_float_boxes_are_rounded(box):
    exact = face((170, 64, 110, 110))
    np.testing.assert_array_equal(
        annotate(astronaut(), [replace(exact, box=box)]), annotate(astronaut(), [exact])
    )


@pytest.mark.parametrize("box", [(1, 2, 3), (0, 0, np.nan, 5), (0.1, 0.1, 0.3, 0.3), None])
def test_invalid_boxes_are_refused(box):
    with pytest.raises(ValueError, match="box must be"):
        annotate(astronaut(), [replace(face((0, 0, 9, 9)), box=box)])


def test_boxes_far_outside_are_clipped():
    annotate(astronaut(), [face((-(10**12), -(10**12), 2 * 10**12, 2 * 10**12))])


@pytest.mark.parametrize("name", ["face.png", "größe.png", b"caf\xe9.png", b"\xff\xfe.JPG"])
def test_images_are_saved_at_any_path(tmp_path, name):
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"\xe9new", os.fsencode(name))))
    photo = astronaut()
    assert save_image(photo, path) == path
    with Image.open(path) as image:
        saved = np.asarray(image)
    assert np.abs(saved.astype(int) - photo).mean() < (0.1 if path.suffix == ".png" else 5)
    assert os.listdir(path.parent) == [path.name], "no temporary file is left"


def test_gray_and_float_images_are_saved(tmp_path):
    gray = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)
    for number, image in enumerate((gray, gray / 255)):
        path = save_image(image, tmp_path / f"{number}.png")
        with Image.open(path) as saved:
            np.testing.assert_array_equal(np.asarray(saved)[:, :, 0], gray)


def test_save_image_refuses_other_formats_and_folders(tmp_path):
    with pytest.raises(ValueError, match=r"path must end with one of \.png, .* got '.*photo\.gif'"):
        save_image(astronaut(), tmp_path / "photo.gif")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        save_image(astronaut(), tmp_path / "file" / "photo.png")


def test_numbers_select_label_and_color():
    faces = [face((170, 64, 110, 110))]
    plain = annotate(astronaut(), faces)
    np.testing.assert_array_equal(annotate(astronaut(), faces, numbers=[1]), plain)
    assert (annotate(astronaut(), faces, numbers=[3]) != plain).any()


@pytest.mark.parametrize("numbers", [[], [0], [1, 2]])
def test_invalid_numbers(numbers):
    with pytest.raises(ValueError, match="numbers must have one number of at least 1 per face, 1"):
        annotate(astronaut(), [face((170, 64, 110, 110))], numbers=numbers)


def test_image_file_is_annotated(tmp_path):
    file = tmp_path / "photo.png"
    Image.fromarray(astronaut()).save(file)
    faces = [face((170, 66, 96, 96))]
    np.testing.assert_array_equal(annotate(file, faces), annotate(astronaut(), faces))
