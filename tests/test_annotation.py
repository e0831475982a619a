from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from fertools.annotation import annotate
from fertools.datasets import EXPRESSIONS
from fertools.recognizer import RecognizedFace


def face(box, leading="happy"):
    probabilities = dict.fromkeys(EXPRESSIONS, 0.05)
    probabilities[leading] = 0.7
    return RecognizedFace(box, 1.0, leading, probabilities)


def test_draws_the_box_and_leaves_the_image_alone():
    photo = astronaut()
    before = photo.copy()
    drawn = annotate(photo, [face((170, 64, 110, 110))], bars=False)
    np.testing.assert_array_equal(photo, before)
    assert drawn.shape == photo.shape and drawn.dtype == np.uint8
    changed = (drawn != photo).any(axis=2)
    assert changed[64, 170:280].all() and changed[64:174, 170].all() and changed[173, 170:280].all()
    assert not changed[80:165, 180:270].any(), "the face itself is not covered"
    assert not changed[250:].any()


def test_bars_are_as_long_as_the_probabilities():
    photo = np.zeros((480, 480), np.uint8)
    drawn = annotate(photo, [face((100, 100, 200, 200))])
    panel = drawn[:, 480:]
    blue = (np.abs(panel.astype(int) - (38, 118, 214)).sum(axis=2) == 0).sum(axis=1).max()
    rest = (np.abs(panel.astype(int) - (176, 190, 206)).sum(axis=2) == 0).sum(axis=1).max()
    assert blue / rest == pytest.approx(0.7 / 0.05, rel=0.25)


def test_an_uncertain_face_has_no_bar_in_its_colour():
    photo = np.zeros((480, 480), np.uint8)
    certain = face((100, 100, 200, 200))
    uncertain = replace(certain, expression=None, status="uncertain")
    pictures = [annotate(photo, [one]) for one in (certain, uncertain)]
    blue = [(picture[:, 480:] == (38, 118, 214)).all(axis=2).sum(axis=1) for picture in pictures]
    assert blue[0].max() > 50 and blue[1].max() < 50
    named = replace(uncertain, expression="uncertain")
    np.testing.assert_array_equal(
        annotate(photo, [uncertain], bars=False), annotate(photo, [named], bars=False)
    )


def test_many_faces_stand_in_columns():
    photo = np.full((500, 500), 200, np.uint8)
    faces = [face((20 * k, 20, 18, 18)) for k in range(12)]
    one, many = annotate(photo, faces[:1]), annotate(photo, faces)
    assert many.shape[0] == 500
    assert many.shape[1] - 500 == 6 * (one.shape[1] - 500), "two blocks below each other"


@pytest.mark.parametrize("shape", [(64, 64), (24, 300), (300, 200, 3), (1500, 2000, 4)])
@pytest.mark.parametrize("box", [(0, 0, 20, 20), (-5, -5, 30, 30), (10, 2, 14, 22)])
def test_any_image_and_any_box(shape, box):
    image = np.full(shape, 200, np.uint8)
    drawn = annotate(image, [face(box), face((3, 3, 9, 9), "sad")])
    assert drawn.ndim == 3 and drawn.shape[2] == 3
    assert drawn.shape[0] >= shape[0] and drawn.shape[1] > shape[1]


def test_floats_and_no_faces():
    grey = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)
    drawn = annotate(grey / 255, [])
    np.testing.assert_array_equal(drawn, np.repeat(grey[..., None], 3, axis=2))
