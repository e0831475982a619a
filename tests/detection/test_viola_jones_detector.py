import cv2
import numpy as np
import pytest
from joblib import Parallel, delayed
from PIL import Image
from skimage.data import astronaut, camera, lfw_subset

from fertools.datasets import make_scenes
from fertools.detection import (
    Detection,
    DetectionResult,
    ViolaJonesDetector,
    _cascades,
    _viola_jones_detector,
)
from fertools.detection._boxes import overlaps, suppress


@pytest.fixture(scope="module")
def photo():
    return astronaut()


def overlap(a, b):
    """Intersection over union of two boxes (x, y, width, height), counted pixel by pixel."""
    masks = np.zeros((2, 1200, 1200), bool)
    for mask, (x, y, width, height, *_) in zip(masks, (a, b), strict=True):
        mask[y + 100 : y + 100 + height, x + 100 : x + 100 + width] = True
    return masks.all(axis=0).sum() / masks.any(axis=0).sum()


def test_finds_the_face_of_the_astronaut(photo):
    [face] = ViolaJonesDetector().detect(photo)
    assert overlap(face, (175, 65, 105, 105)) > 0.7
    assert face.box == face[:4] and face.score > 0


def test_is_what_opencv_finds(photo):
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    boxes = cascade.detectMultiScale(gray, scaleFactor=1.05, minNeighbors=2)
    found = ViolaJonesDetector(scale_factor=1.05, min_neighbors=2).detect(gray)
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
    passes = [([(100, 50, 200, 200)], [1.0]), ([(20, 30, 90, 90), (1, 1, 30, 30)], [2.0, 9.0])]

    class Cascade:
        def detectMultiScale3(self, gray, **settings):
            boxes, weights = passes.pop(0)
            return boxes, None, weights

    monkeypatch.setattr(_cascades, "load_cascade", lambda name: Cascade())
    assert ViolaJonesDetector(tighten=True).detect(photo) == [Detection(120, 80, 90, 90, 2.0)]


@pytest.mark.parametrize("form", ["gray", "float", "rgba", "uint16"])
def test_every_form_of_an_image(photo, form):
    [expected] = ViolaJonesDetector().detect(photo)
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    image = {
        "gray": gray,
        "float": gray / 255,
        "rgba": np.dstack([photo, np.full((512, 512), 7, np.uint8)]),
        "uint16": gray.astype(np.uint16),
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
    with pytest.raises(ValueError, match="cascade must be the path of a file or the name of one"):
        ViolaJonesDetector("haarcascade_dog.xml").detect(photo)
    text = tmp_path / "cascade.xml"
    text.write_text("no cascade")
    with pytest.raises(ValueError, match="cannot be read"):
        ViolaJonesDetector(str(text)).detect(photo)
    with pytest.raises(ValueError, match="finite"):
        ViolaJonesDetector().detect(np.full((50, 50), np.nan))
    with pytest.raises(ValueError, match="'scale_factor' parameter"):
        ViolaJonesDetector(scale_factor=1.0).detect(photo)


def test_fit_takes_what_a_localizer_takes(photo):
    gray = photo[:, :, 0]
    for images in ([gray, gray[:300]], [photo, photo[:300]], np.stack([gray, gray])):
        assert not hasattr(ViolaJonesDetector().fit(images), "n_features_in_")
    assert ViolaJonesDetector().fit(np.zeros((2, 30))).n_features_in_ == 30
    for empty in ([], np.zeros((0, 30))):
        with pytest.raises(ValueError):
            ViolaJonesDetector().fit(empty)


def test_without_neighbors_every_hit_is_found(photo):
    hits = ViolaJonesDetector(min_neighbors=0).detect(photo)
    [face] = ViolaJonesDetector().detect(photo)
    assert len(hits) > 10 and sum(overlap(hit, face) > 0.5 for hit in hits) > 4


def test_a_face_in_profile():
    """The man with the camera stands in profile."""
    detector = ViolaJonesDetector(profile=True)
    for photo, place in (
        (camera(), (180, 100, 100, 100)),
        (camera()[:, ::-1], (232, 100, 100, 100)),
    ):
        assert ViolaJonesDetector().detect(photo) == []
        [face] = detector.detect(photo)
        assert face.view == "profile" and overlap(face, place) > 0.7
    [tight] = detector.set_params(tighten=True).detect(camera())
    assert overlap(tight, (180, 100, 100, 100)) > 0.4


def test_profiles_of_the_mirror_image_are_mirrored():
    settings = {"scaleFactor": 1.1, "minNeighbors": 1}
    found = _cascades.find_profiles(camera(), **settings)
    mirrored = _cascades.find_profiles(camera()[:, ::-1], **settings)
    assert len(found) > 1
    assert sorted(found) == sorted(f._replace(x=512 - f.x - f.width) for f in mirrored)


def test_frontal_faces_stand_before_profiles(photo, monkeypatch):
    [frontal] = ViolaJonesDetector().detect(photo)
    over, apart = (
        frontal._replace(view="profile", score=99.0),
        Detection(5, 5, 30, 30, 0.1, "profile"),
    )
    weaker = apart._replace(x=7, score=0.05)
    monkeypatch.setattr(
        _viola_jones_detector, "find_profiles", lambda gray, **_: [over, weaker, apart]
    )
    assert ViolaJonesDetector(profile=True).detect(photo) == [frontal, apart]


def test_overlaps_are_counted_pixels():
    rng = np.random.default_rng(0)
    for a, *others in rng.integers(1, 60, size=(20, 4, 4)):
        expected = [overlap(a, other) for other in others]
        np.testing.assert_allclose(overlaps(a, others), expected)
    assert overlaps((0, 0, 4, 4), []).shape == (0,)
    assert suppress([(0, 0, 9, 9), (9, 0, 9, 9), (1, 0, 9, 9)], 0.3) == [(0, 0, 9, 9), (9, 0, 9, 9)]


def test_large_photos_are_searched_reduced(photo):
    large = cv2.resize(photo, (2048, 2048), interpolation=cv2.INTER_CUBIC)
    reduced = cv2.resize(
        cv2.cvtColor(large, cv2.COLOR_RGB2GRAY), (1024, 1024), None, 0, 0, cv2.INTER_AREA
    )
    expected = [[2 * side for side in face.box] for face in ViolaJonesDetector().detect(reduced)]
    assert [list(face.box) for face in ViolaJonesDetector().detect(large)] == expected
    [face] = ViolaJonesDetector(max_side=512, min_size=360).detect(large)
    assert overlap([side // 4 for side in face.box], (175, 65, 105, 105)) > 0.7
    assert ViolaJonesDetector(max_side=512, min_size=face.width + 60).detect(large) == []
    assert ViolaJonesDetector(max_side=512, max_size=240).detect(large) == []


def test_below_max_side_nothing_changes(photo):
    for side in (512, None):
        assert ViolaJonesDetector(max_side=side).detect(photo) == ViolaJonesDetector().detect(photo)
    assert ViolaJonesDetector(max_side=511).detect(photo) != ViolaJonesDetector().detect(photo)


def test_a_very_long_image():
    assert ViolaJonesDetector().detect(np.zeros((2, 5000), np.uint8)) == []


def test_small_images_are_searched_enlarged(photo):
    small = cv2.resize(photo[40:200, 150:310], (32, 32), interpolation=cv2.INTER_AREA)
    assert ViolaJonesDetector().detect(small) == []
    [face] = ViolaJonesDetector(min_side=160).detect(small)
    assert overlap([5 * side for side in face.box], (25, 25, 105, 105)) > 0.6
    with pytest.raises(ValueError, match="min_side must be at most max_side, 100; got 200"):
        ViolaJonesDetector(min_side=200, max_side=100).detect(small)


@pytest.mark.parametrize(
    ("left", "top", "right", "bottom"),
    [(195, 0, 280, 200), (100, 86, 400, 200), (100, 0, 256, 200), (100, 0, 400, 145)],
)
def test_faces_that_the_border_cuts(photo, left, top, right, bottom):
    part = photo[top:bottom, left:right]
    assert ViolaJonesDetector().detect(part) == []
    [face] = ViolaJonesDetector(border=0.2).detect(part)
    assert overlap((face.x + left, face.y + top, *face[2:4]), (175, 65, 105, 105)) > 0.45
    beyond = face.x + face.width - (right - left), face.y + face.height - (bottom - top)
    assert max(-face.x, -face.y, *beyond) > 0


def test_finds_the_faces_of_lfw():
    """100 faces and 100 parts of photos without one, of 25 x 25 pixels."""
    detector = ViolaJonesDetector(min_side=100, border=0.3)
    found = np.array([r.status == "ok" for r in detector.detect_many(lfw_subset(), n_jobs=2)])
    assert found[:100].sum() >= 95 and not found[100:].any()


def test_many_images_of_every_kind(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    (tmp_path / "text.jpg").write_text("hello")
    inputs = [
        tmp_path / "photo.png",
        str(tmp_path / "text.jpg"),
        "none.jpg",
        np.full((60, 60), np.nan),
        np.zeros((90, 90)),
        photo,
    ]
    detector = ViolaJonesDetector()
    results = list(detector.detect_many(inputs))
    assert results == list(detector.detect_many(inputs, n_jobs=2))
    statuses = ["ok", "unreadable", "missing", "invalid", "no_face", "ok"]
    assert [result.status for result in results] == statuses
    assert results[0] == DetectionResult(str(inputs[0]), "ok", "", detector.detect(photo))
    assert results[3].source == "array 3" and "finite" in results[3].reason
    assert detector.detect(inputs[0]) == detector.detect(photo)
    with pytest.raises(ValueError, match="inputs must be a list"):
        detector.detect_many("photo.png")
    with pytest.raises(ValueError, match="'border' parameter"):
        ViolaJonesDetector(border=-1).detect_many(inputs)


@pytest.mark.parametrize("orientation", [3, 5, 6, 8])
def test_photos_are_turned_upright(photo, tmp_path, orientation):
    """A camera held otherwise writes turned pixels, and how to turn them back."""
    turned = {
        3: np.rot90(photo, 2),
        5: photo.swapaxes(0, 1),
        6: np.rot90(photo, 1),
        8: np.rot90(photo, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.png"
    Image.fromarray(np.ascontiguousarray(turned)).save(path, exif=exif)
    [result] = ViolaJonesDetector().detect_many([path])
    assert result.faces == ViolaJonesDetector().detect(photo)
    assert ViolaJonesDetector().detect(turned) != result.faces


def test_coarse_to_fine_finds_what_the_full_search_does():
    scenes = make_scenes(20, size=(300, 400), face_size=(50, 120), random_state=0)
    full, fast = (
        [detector.set_params(min_size=48).detect(image) for image in scenes.images]
        for detector in (ViolaJonesDetector(), ViolaJonesDetector(coarse_to_fine=True))
    )
    shared = [
        overlaps(face.box, [f.box for f in others]).max(initial=0)
        for faces, others in zip(full, fast, strict=True)
        for face in faces
    ]
    assert len(shared) > 15
    assert np.mean(np.array(shared) > 0.7) >= 0.85 and np.median(shared) > 0.9
    assert sum(map(len, fast)) <= 1.1 * len(shared)


def test_the_coarse_search_is_of_the_reduced_image(photo, monkeypatch):
    sizes = []
    resize = _cascades.resize
    monkeypatch.setattr(_cascades, "resize", lambda *args: sizes.append(args[1]) or resize(*args))
    for min_size, expected in ((48, [(256, 256)]), (96, [(128, 128)]), (24, []), (None, [])):
        sizes.clear()
        detector = ViolaJonesDetector(min_size=min_size, coarse_to_fine=True)
        [face] = detector.detect(photo)
        assert sizes == expected and overlap(face, (175, 65, 105, 105)) > 0.7
        assert all(type(value) is int for value in face.box)
    full = ViolaJonesDetector(coarse_to_fine=True, min_size=24).detect(photo)
    assert full == ViolaJonesDetector(min_size=24).detect(photo)


def test_coarse_to_fine_keeps_to_the_sizes(photo):
    [face] = ViolaJonesDetector(min_size=48, coarse_to_fine=True).detect(photo)
    detector = ViolaJonesDetector(coarse_to_fine=True)
    assert detector.set_params(min_size=face.width + 40).detect(photo) == []
    assert detector.set_params(min_size=48, max_size=face.width - 40).detect(photo) == []
    assert detector.detect(np.full((300, 300), 90, np.uint8)) == []
    assert detector.detect(np.zeros((1, 1), np.uint8)) == []


def test_coarse_to_fine_in_profile_and_beyond_the_edge(photo):
    detector = ViolaJonesDetector(min_size=48, coarse_to_fine=True, profile=True)
    [face] = detector.detect(camera())
    assert face.view == "profile" and overlap(face, (180, 100, 100, 100)) > 0.6
    [cut] = detector.set_params(profile=False, border=0.2).detect(photo[86:200, 100:400])
    assert cut.y < 0 and overlap((cut.x + 100, cut.y + 86, *cut[2:4]), (175, 65, 105, 105)) > 0.45
