import numpy as np
import pytest

from fertools.datasets import make_scenes, take_samples
from fertools.datasets._make_scenes import _MAKERS, _drawn, _paste
from fertools.detection import ViolaJonesDetector
from fertools.detection._boxes import overlaps


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(40, random_state=3)


def test_shapes_and_types(scenes):
    assert scenes.images.shape == (40, 480, 640) and scenes.images.dtype == np.uint8
    for boxes, kinds in zip(scenes.boxes, scenes.kinds, strict=True):
        assert boxes.shape == (len(kinds), 4) and boxes.dtype == int
        assert set(kinds) <= {"drawn", "astronaut"}
        assert (boxes[:, 2] == boxes[:, 3]).all()
        assert ((boxes[:, 2] >= 40) & (boxes[:, 2] <= 200)).all()
    counts = np.bincount([len(boxes) for boxes in scenes.boxes], minlength=4)
    assert len(counts) == 4 and counts.all()
    assert set(np.concatenate(scenes.kinds)) == {"drawn", "astronaut"}
    chosen = take_samples(scenes, [5, 2])
    assert list(chosen.ids) == ["scene 5", "scene 2"] and chosen.boxes[1] is scenes.boxes[2]


def test_some_faces_cross_the_border(scenes):
    boxes = np.concatenate(scenes.boxes)
    beyond = np.maximum(-boxes[:, :2], boxes[:, :2] + boxes[:, 2:] - [640, 480]).max(axis=1)
    crossing = beyond > 0
    assert 0.05 < crossing.mean() < 0.4
    assert (beyond[crossing] / boxes[crossing, 2]).max() < 0.32


def test_scenes_depend_on_the_seed_only(scenes):
    few = make_scenes(3, random_state=3)
    np.testing.assert_array_equal(few.images, scenes.images[:3])
    for key in ("boxes", "kinds"):
        for row, expected in zip(few[key], scenes[key], strict=False):
            np.testing.assert_array_equal(row, expected)
    assert (make_scenes(3, random_state=4).images != few.images).any()


def test_faces_are_inside_their_boxes(scenes):
    """Most of the photographed faces are detected inside their boxes."""
    detector = ViolaJonesDetector(border=0.1)
    best = []
    for index in range(25):
        found = [face.box for face in detector.detect(scenes.images[index])]
        for box in scenes.boxes[index][scenes.kinds[index] == "astronaut"]:
            best.append(overlaps(box, found).max(initial=0))
    assert len(best) > 8 and np.mean(np.array(best) >= 0.5) > 0.8


@pytest.mark.parametrize("kind", _MAKERS)
def test_cut_out_contains_the_whole_head(kind):
    for seed in range(5):
        pixels, opacity, middle = _MAKERS[kind](100, np.random.default_rng(seed))
        assert pixels.shape == opacity.shape and opacity.min() >= 0 and opacity.max() <= 1
        x, y = middle.astype(int)
        assert opacity[y - 25 : y + 25, x - 25 : x + 25].min() > 0.95
        # The sides and the top of the head are not clipped.
        assert max(opacity[0].max(), opacity[:, 0].max(), opacity[:, -1].max()) < 0.05


def test_drawn_face_fills_its_box():
    """The face is about as wide as its box, which reaches from hairline to chin."""
    for seed in range(5):
        _, opacity, middle = _drawn(100, np.random.default_rng(seed))
        solid = opacity[int(middle[1]) + 15] > 0.5  # below the ears
        assert 75 < solid.sum() < 130
        assert abs(np.flatnonzero(solid).mean() - middle[0]) < 12


def test_pasted_cut_out_is_clipped():
    scene = np.zeros((4, 5), np.float32)
    _paste(scene, np.full((3, 3), 6, np.float32), np.full((3, 3), 1, np.float32), -1, 2)
    expected = np.zeros((4, 5))
    expected[2:, :2] = 6
    np.testing.assert_array_equal(scene, expected)
    _paste(scene, np.zeros((3, 3), np.float32), np.full((3, 3), 0.5, np.float32), 3, -2)
    np.testing.assert_array_equal(scene, expected)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"size": (10, 99)}, "size must be a height and a width"),
        ({"face_size": (60, 50)}, "face_size must be a smallest and a largest side"),
        ({"face_size": (20, 99), "size": (90, 120)}, "at most 90, the shorter side"),
        ({"max_faces": -1}, "'max_faces' parameter"),
    ],
)
def test_invalid_parameters_are_rejected(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_scenes(2, **parameters)


def test_scenes_without_faces():
    scenes = make_scenes(2, size=(64, 64), face_size=(20, 30), max_faces=0, random_state=0)
    assert [boxes.shape for boxes in scenes.boxes] == [(0, 4), (0, 4)]
