import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer, ViolaJonesDetector, _eye_alignment
from fertools.detection._crop_square import crop_square
from fertools.detection._eye_alignment import crop_face, locate_eyes

# The pupils of the astronaut, measured by hand.
PUPILS = np.array([(204, 101), (247.5, 103)])


def rolled(degrees):
    """Turn the astronaut clockwise around the middle of her face; return pupils too."""
    turn = cv2.getRotationMatrix2D((226, 115), -degrees, 1)
    photo = cv2.warpAffine(astronaut(), turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), PUPILS @ turn[:, :2].T + turn[:, 2]


def slope(eyes):
    across, down = eyes[1] - eyes[0]
    return np.degrees(np.arctan2(down, across))


@pytest.mark.parametrize("degrees", [-15, -8, 0, 8, 15])
def test_a_tilted_face_comes_out_level(degrees):
    gray, pupils = rolled(degrees)
    [face] = ViolaJonesDetector(min_size=80).detect(gray)
    eyes = locate_eyes(gray, face[:4])
    np.testing.assert_allclose(eyes, pupils, atol=5)
    assert slope(eyes) == pytest.approx(slope(pupils), abs=3)
    # Looked for again, in the crop.
    crop = crop_face(gray, face[:4], 160, 0.2, align=True)
    level = locate_eyes(crop, (23, 23, 114, 114))
    assert abs(slope(level)) < 3
    plain = crop_face(gray, face[:4], 160, 0.2)
    np.testing.assert_array_equal(plain, crop_square(gray, face[:4], 160, 0.2))
    assert np.abs(crop.astype(int) - plain).mean() > 2 or abs(slope(pupils)) < 3


def test_drawn_faces_come_out_level():
    images = make_faces(70, size=160, random_state=0).images
    leveled = []
    for image in images:
        for face in ViolaJonesDetector().detect(image)[:1]:
            crop = crop_face(image, face[:4], 160, 0.1, align=True)
            again = locate_eyes(crop, (13, 13, 133, 133))
            if locate_eyes(image, face[:4]) is not None and again is not None:
                leveled.append((slope(locate_eyes(image, face[:4])), slope(again)))
    before, after = np.abs(leveled).T
    assert len(leveled) > 20 and before.max() > 10
    assert np.median(after) < 1.5 < np.median(before) and np.quantile(after, 0.9) < 4


def test_the_plain_crop_where_an_eye_is_missing():
    gray, _ = rolled(10)
    [face] = ViolaJonesDetector(min_size=80).detect(gray)
    gray = gray.copy()
    gray[80:125, 190:222] = 160
    assert locate_eyes(gray, face[:4]) is None
    aligned = crop_face(gray, face[:4], 48, 0.1, align=True)
    np.testing.assert_array_equal(aligned, crop_square(gray, face[:4], 48, 0.1))


@pytest.mark.parametrize(
    ("left", "right", "is_pair"),
    [
        ((40, 40), (30, 40), True),
        ((40, 20), (30, 62), True),  # 25 degrees
        ((40, 15), (30, 72), False),  # 32 degrees
        ((74, 40), (16, 40), False),  # 42 of 200 apart
        ((15, 40), (75, 40), False),  # 160 of 200 apart
    ],
)
def test_what_is_a_pair_of_eyes(monkeypatch, left, right, is_pair):
    hits = [[_Hit(*left)], [_Hit(*right)]]
    monkeypatch.setattr(_eye_alignment, "find_faces", lambda *_, **__: hits.pop(0))
    eyes = locate_eyes(np.zeros((200, 200), np.uint8), (0, 0, 200, 200))
    assert (eyes is not None) == is_pair
    if is_pair:
        np.testing.assert_allclose(eyes, [np.add(left, (0, 30)), np.add(right, (100, 30))])


class _Hit:
    """A hit around a place in one half of the rows of the eyes."""

    width = height = 10
    score = 1.0

    def __init__(self, x, y):
        self.x, self.y = x - 5, y - 5


def test_a_quarter_turn_is_exact():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (90, 90), dtype=np.uint8)
    for size in (20, 40, 10):
        for quarter in (1, 2, -1):
            expected = np.rot90(crop_square(image, (30, 30, 20, 20), size), quarter)
            turned = crop_square(image, (30, 30, 20, 20), size, angle=quarter * np.pi / 2)
            # An upright crop that is enlarged knows nothing of the pixels beyond its edge.
            inner = slice(1, -1) if size == 40 else slice(None)
            assert np.abs(turned.astype(int) - expected)[inner, inner].max() <= 1


def test_turning_there_and_back():
    photo = cv2.GaussianBlur(cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY), (0, 0), 2)
    whole = crop_square(photo, (56, 56, 400, 400), 400, angle=np.radians(20))
    back = crop_square(whole, (100, 100, 200, 200), 50, angle=np.radians(-20))
    plain = crop_square(photo, (156, 156, 200, 200), 50)
    assert np.abs(back.astype(int) - plain).max() <= 4


def test_a_turned_crop_repeats_the_border():
    bright = np.full((40, 40), 200, np.uint8)
    np.testing.assert_array_equal(crop_square(bright, (-9, 25, 30, 30), 24, 0.3, 0.4), 200)


def test_the_localizer_aligns():
    photos = [rolled(degrees)[0] for degrees in (-15, 12)]
    aligned = FaceLocalizer(ViolaJonesDetector(min_size=80), size=160, margin=0.2, align=True)
    for crop in aligned.fit_transform(photos):
        assert abs(slope(locate_eyes(crop, (23, 23, 114, 114)))) < 3
    empty = [np.full((60, 80), 90, np.uint8)]
    plain = FaceLocalizer(size=48).fit_transform(empty)
    np.testing.assert_array_equal(FaceLocalizer(size=48, align=True).fit_transform(empty), plain)
