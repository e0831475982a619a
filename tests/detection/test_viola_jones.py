import cv2
import numpy as np
import pytest
from joblib import Parallel, delayed
from skimage.data import astronaut

from fertools.detection import Detection, ViolaJonesDetector


@pytest.fixture(scope="module")
def photo():
    return astronaut()


def overlap(a, b):
    """Intersection over union of two boxes (x, y, width, height)."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def test_finds_the_face_of_the_astronaut(photo):
    [face] = ViolaJonesDetector().detect(photo)
    assert overlap(face, (175, 65, 105, 105)) > 0.7
    assert face.box == face[:4] and face.score > 0


def test_is_what_opencv_finds(photo):
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    boxes = cascade.detectMultiScale(grey, scaleFactor=1.05, minNeighbors=2)
    found = ViolaJonesDetector(scale_factor=1.05, min_neighbors=2).detect(grey)
    assert sorted(face.box for face in found) == sorted(tuple(map(int, box)) for box in boxes)


def test_largest_first_and_shifted_with_the_image(photo):
    half = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    both = np.full((512, 900, 3), 128, np.uint8)
    both[100:356, :256] = half
    both[:, 380:892] = photo
    faces = ViolaJonesDetector().detect(both)
    areas = [face.width * face.height for face in faces]
    assert areas == sorted(areas, reverse=True)
    for expected in ((555, 65, 105, 105), (87, 132, 53, 53)):
        assert max(overlap(face, expected) for face in faces) > 0.5


def test_sizes_bound_what_is_found(photo):
    [face] = ViolaJonesDetector().detect(photo)
    assert ViolaJonesDetector(min_size=face.width + 40).detect(photo) == []
    assert ViolaJonesDetector(max_size=face.width - 40).detect(photo) == []


def test_tightened_box_lies_inside_and_falls_back(photo):
    [loose] = ViolaJonesDetector().detect(photo)
    [tight] = ViolaJonesDetector(tighten=True).detect(photo)
    assert loose.x <= tight.x and loose.y <= tight.y
    assert tight.x + tight.width <= loose.x + loose.width
    assert tight.y + tight.height <= loose.y + loose.height


def test_second_pass_maps_boxes_back(photo, monkeypatch):
    passes = [[Detection(100, 50, 200, 200, 1.0)], [Detection(20, 30, 90, 90, 2.0)]]
    monkeypatch.setattr(ViolaJonesDetector, "_run", lambda self, grey: passes.pop(0))
    assert ViolaJonesDetector(tighten=True).detect(photo) == [Detection(120, 80, 90, 90, 2.0)]


@pytest.mark.parametrize("form", ["grey", "float", "rgba", "uint16"])
def test_every_form_of_an_image(photo, form):
    [expected] = ViolaJonesDetector().detect(photo)
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    image = {
        "grey": grey,
        "float": grey / 255,
        "rgba": np.dstack([photo, np.full((512, 512), 7, np.uint8)]),
        "uint16": grey.astype(np.uint16),
    }[form]
    assert ViolaJonesDetector().detect(image) == [expected]


def test_no_face_is_an_empty_list():
    assert ViolaJonesDetector().detect(np.zeros((1, 1), np.uint8)) == []
    assert ViolaJonesDetector().detect(np.full((300, 300, 3), 90, np.uint8)) == []


def test_threads_agree(photo):
    detector = ViolaJonesDetector()
    results = Parallel(2, prefer="threads")(delayed(detector.detect)(photo) for _ in range(4))
    assert results == [detector.detect(photo)] * 4


def test_refuses_with_reasons(photo, tmp_path):
    with pytest.raises(ValueError, match="cascade must be a file, or one that OpenCV ships"):
        ViolaJonesDetector("haarcascade_dog.xml").detect(photo)
    text = tmp_path / "cascade.xml"
    text.write_text("no cascade")
    with pytest.raises(ValueError, match="cannot be read"):
        ViolaJonesDetector(str(text)).detect(photo)
    with pytest.raises(ValueError, match="finite"):
        ViolaJonesDetector().detect(np.full((50, 50), np.nan))
    with pytest.raises(ValueError, match="'scale_factor' parameter"):
        ViolaJonesDetector(scale_factor=1.0).detect(photo)


@pytest.mark.parametrize("missing", ["CascadeClassifier", "data"])
def test_an_opencv_without_cascades_is_told_apart(photo, monkeypatch, missing):
    monkeypatch.delattr(cv2, missing)
    with pytest.raises(ImportError, match=r"no CascadeClassifier or .*; mend it with: pip install"):
        ViolaJonesDetector().detect(photo)


def test_fit_takes_what_a_localizer_takes(photo):
    grey = photo[:, :, 0]
    for images in ([grey, grey[:300]], [photo, photo[:300]], np.stack([grey, grey])):
        assert not hasattr(ViolaJonesDetector().fit(images), "n_features_in_")
    assert ViolaJonesDetector().fit(np.zeros((2, 30))).n_features_in_ == 30
    for empty in ([], np.zeros((0, 30))):
        with pytest.raises(ValueError):
            ViolaJonesDetector().fit(empty)


def test_without_neighbours_every_hit_is_found(photo):
    hits = ViolaJonesDetector(min_neighbors=0).detect(photo)
    [face] = ViolaJonesDetector().detect(photo)
    assert len(hits) > 10 and sum(overlap(hit, face) > 0.5 for hit in hits) > 4
