"""Verification of boxes, alone and in the detector."""

import numpy as np
import pytest
from skimage.data import astronaut, brick, lfw_subset
from threadpoolctl import threadpool_info, threadpool_limits

from fertools._utils.images import resize, to_gray
from fertools.datasets import make_faces
from fertools.detection import (
    Detection,
    FaceVerifier,
    ViolaJonesDetector,
    _verification,
    load_face_verifier,
    make_detector,
)
from fertools.detection._boxes import contained, overlaps
from fertools.detection._octaves import find_faces_by_octave, group_hits, octave_hits
from fertools.detection._shipped_verifier import MODEL, save_weights
from fertools.detection._verification import verify_faces

FACE = (175, 65, 105, 105)


@pytest.fixture(scope="module")
def photo():
    return astronaut()


@pytest.fixture(scope="module")
def crops():
    return lfw_subset(), np.repeat([True, False], 100)


@pytest.fixture(scope="module")
def verifier(crops):
    X, y = crops
    return FaceVerifier(random_state=0).fit(X[::2], y[::2])


def test_faces_are_told_from_other_crops(verifier, crops):
    X, y = crops
    assert verifier.score(X[1::2], y[1::2]) > 0.93
    probabilities = verifier.predict_proba(X[1::2])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(verifier.predict(X[1::2]), probabilities[:, 1] > 0.5)


def test_training_is_deterministic(verifier, crops):
    X, y = crops
    again = FaceVerifier(random_state=0).fit(X[::2], y[::2])
    for name, values in verifier.weights_.items():
        np.testing.assert_array_equal(again.weights_[name], values)


def test_calibration_matches_the_share_of_faces(crops):
    X, y = crops
    rng = np.random.default_rng(0)
    noisy = y ^ (rng.random(len(y)) < 0.2)  # one label in five is wrong
    verifier = FaceVerifier(random_state=0).fit(X[::2], y[::2])
    before = verifier.predict_proba(X[1::2])[:, 1]
    verifier.calibrate(X[1::2], noisy[1::2])
    after = verifier.predict_proba(X[1::2])[:, 1]
    assert after.mean() == pytest.approx(noisy[1::2].mean(), abs=1e-3)
    assert (np.argsort(before, kind="stable") == np.argsort(after, kind="stable")).mean() > 0.9
    assert abs(after - 0.5).mean() < abs(before - 0.5).mean()


def test_classes_keep_their_labels(crops):
    X, y = crops
    named = np.where(y, "yes", "no")
    verifier = FaceVerifier(random_state=0).fit(X, named)
    assert verifier.classes_.tolist() == ["no", "yes"]
    assert (verifier.predict(X) == named).mean() > 0.9


def test_one_class_is_an_error(crops):
    with pytest.raises(ValueError, match=r"y must have 2 classes; got 1 class\(es\)"):
        FaceVerifier().fit(crops[0][:10], [1] * 10)


def test_saved_weights_are_close(verifier, crops, tmp_path):
    save_weights(verifier, tmp_path / "weights.npz")
    with np.load(tmp_path / "weights.npz") as stored:
        for name, values in verifier.weights_.items():
            np.testing.assert_allclose(stored[name], values, rtol=1e-3, atol=1e-3)


def test_shipped_verifier_is_small():
    assert MODEL.stat().st_size < 200_000


def test_changes_of_a_loaded_verifier_do_not_affect_detectors(photo, crops):
    before = make_detector().detect(photo)
    verifier = load_face_verifier()
    verifier.weights_["output_bias"] -= 100
    verifier.fit(crops[0], ~crops[1])
    assert make_detector().detect(photo) == before
    assert load_face_verifier().verify(photo, [FACE])[0] > 0.5


def test_shipped_verifier_keeps_the_face_and_rejects_parts(photo):
    x, y, width, height = FACE
    others = [(x, y + 90, width, height), (x + 80, y, width, height), (350, 100, 100, 100)]
    probabilities = load_face_verifier().verify(photo, [FACE, *others])
    assert probabilities[0] > 0.5 and (probabilities[1:] < 0.1).all()
    assert load_face_verifier().verify(photo, []).shape == (0,)
    # A box that extends beyond the image is allowed.
    assert load_face_verifier().verify(photo, [(-40, -40, 90, 90)])[0] < 0.5


def test_verification_uses_one_blas_thread(photo, monkeypatch):
    def threads():
        libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
        return [library["num_threads"] for library in libraries]

    def look(self, features):
        seen.update(threads())
        return log_odds(self, features)

    seen, log_odds = set(), FaceVerifier._log_odds
    monkeypatch.setattr(FaceVerifier, "_log_odds", look)
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        assert len(make_detector().detect(photo)) == 1
        assert threads() == before and max(before) == 2
    assert seen == {1}


def test_contained_share_of_the_smaller_box():
    boxes = [(2, 2, 4, 4), (8, 0, 10, 10), (20, 20, 5, 5), (0, 0, 10, 10)]
    np.testing.assert_allclose(contained((0, 0, 10, 10), boxes), [1, 0.2, 0, 1])


class ConstantVerifier:
    def __init__(self, probabilities):
        self.probabilities = probabilities

    def _verify(self, gray, boxes):
        return np.array(self.probabilities[: len(boxes)])


def test_boxes_of_a_face_are_merged(monkeypatch):
    boxes = [(10, 10, 40, 40), (14, 10, 40, 40), (20, 30, 15, 15), (100, 10, 40, 40)]
    given = [Detection(*box, score) for box, score in zip(boxes, (1.0, 2.0, 9.0, 1.0), strict=True)]
    monkeypatch.setattr(
        _verification, "shipped_verifier", lambda: ConstantVerifier([0.9, 0.9, 0.8, 0.3])
    )
    [face] = verify_faces(np.zeros((200, 200), np.uint8), given, 0.5)
    # The mean of the two boxes; the third is a part of them, the fourth is no face.
    assert face.box == (12, 10, 40, 40) and face.probability == 0.9 and face.score == 2.0
    assert len(verify_faces(np.zeros((200, 200), np.uint8), given, 0.2)) == 2
    assert verify_faces(np.zeros((200, 200), np.uint8), [], 0.5) == []


def test_boxes_larger_than_the_image_need_two_hits(monkeypatch):
    monkeypatch.setattr(_verification, "shipped_verifier", lambda: ConstantVerifier([0.9]))
    gray = np.zeros((100, 200), np.uint8)
    for side, score, n_faces in [(101, 1.0, 0), (101, 2.0, 1), (100, 1.0, 1)]:
        assert len(verify_faces(gray, [Detection(0, 0, side, side, score)], 0.5)) == n_faces


def test_boxes_of_probability_zero_are_merged():
    gray = np.zeros((100, 200), np.uint8)
    given = [Detection(0, 0, 110, 110, 1.0), Detection(4, 0, 110, 110, 1.0)]
    [face] = verify_faces(gray, given, 0.0)
    assert face.box == pytest.approx((2, 0, 110, 110)) and face.probability == 0


def test_all_proposed_boxes_can_be_kept():
    detector = make_detector(min_face_probability=0.0)
    found = [detector.detect(face) for face in make_faces(50, random_state=0).images]
    assert min(face.probability for faces in found for face in faces) == 0


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_no_face_is_found_in_a_photo_that_is_not_upright(photo, turns):
    assert make_detector().detect(np.rot90(photo, turns)) == []


@pytest.mark.parametrize("margin", [-0.1, 0.0, 0.1, 0.3])
def test_face_that_fills_the_image_is_found(photo, margin):
    x, y, side, _ = FACE
    first, length = round(margin * side), round((1 + 2 * margin) * side)
    close = photo[y - first : y - first + length, x - first : x - first + length]
    [face] = make_detector().detect(close)
    assert overlaps(face.box, [(first, first, side, side)])[0] > 0.5


def test_groups_of_hits():
    hits = np.array([(10, 10, 40, 40), (12.4, 10, 40, 40), (100, 100, 30, 30)], float)
    boxes, counts = group_hits(hits)
    assert sorted(counts.tolist()) == [1, 2]
    np.testing.assert_allclose(boxes[counts == 2], [(11.2, 10, 40, 40)], atol=0.11)
    assert group_hits(np.empty((0, 4)))[0].shape == (0, 4)


def test_search_by_octaves_finds_small_and_large_faces(photo):
    cascade = "haarcascade_frontalface_alt2.xml"
    for scale in (0.3, 1.0, 1.7):
        image = resize(to_gray(photo), (round(512 * scale), round(512 * scale)))
        expected = np.array(FACE) * scale
        hits = octave_hits(cascade, image, scale_factor=1.1)
        assert overlaps(expected, hits).max() > 0.6
        faces = find_faces_by_octave([cascade], image, scale_factor=1.1)
        best = max(faces, key=lambda face: face.score)
        assert best.score > 1 and overlaps(best.box, [expected])[0] > 0.6
    assert len(octave_hits(cascade, image, min_size=300)) == 0
    assert len(octave_hits(cascade, image, max_size=60, scale_factor=1.2)) < len(
        octave_hits(cascade, image, scale_factor=1.2)
    )


def test_verified_search_finds_the_face_and_nothing_else(photo):
    for search in ("fast", "full"):
        [face] = make_detector(search).detect(photo)
        assert overlaps(face.box, [FACE])[0] > 0.6 and face.probability > 0.5
        assert all(type(value) is int for value in face.box)
    assert make_detector().detect(brick()) == []
    assert len(make_detector(min_face_probability=0.0).detect(photo)) > 1


@pytest.mark.parametrize(
    ("given", "shape", "side"),
    [({}, (1536, 2048), 32), ({}, (2250, 3000), 44), ({"min_size": 30}, (2250, 3000), 32)],
)
def test_small_faces_of_large_photos_are_found(photo, given, shape, side):
    """Larger photos are reduced to 2,048 pixels, unless the smallest face is given."""
    scale = side / FACE[2]
    small = resize(to_gray(photo), (round(512 * scale),) * 2)
    large = np.full(shape, 128, np.uint8)
    large[400 : 400 + len(small), 900 : 900 + len(small)] = small
    [face] = make_detector(**given).detect(large)
    expected = np.array(FACE) * scale + (900, 400, 0, 0)
    assert overlaps(face.box, [expected])[0] > 0.5


def test_reduced_photos_are_not_enlarged_for_smaller_faces(photo):
    detector = make_detector(min_size=20).set_params(max_side=128)
    assert min(FACE[2:]) * 128 / 512 > 20 and len(detector.detect(photo)) == 1
    assert detector.set_params(max_side=64).detect(photo) == []


def test_face_at_the_edge_is_found(photo):
    crossing = photo[:, 195:]
    [face] = make_detector().detect(crossing)
    assert face.x < 5


def test_verification_of_the_other_searches(photo):
    [plain] = ViolaJonesDetector().detect(photo)
    assert plain.probability is None
    for given in ({}, {"coarse_to_fine": True, "min_size": 46}, {"tighten": True}):
        [face] = ViolaJonesDetector(min_face_probability=0.3, **given).detect(photo)
        assert overlaps(face.box, [plain.box])[0] > 0.5 and face.probability >= 0.3


def test_several_cascades_are_merged(photo):
    cascades = ["haarcascade_frontalface_default.xml", "haarcascade_frontalface_alt2.xml"]
    found = ViolaJonesDetector(cascades).detect(photo)
    assert len([face for face in found if overlaps(face.box, [FACE])[0] > 0.5]) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"octaves": True, "coarse_to_fine": True}, "octaves must not be combined"),
        ({"cascade": []}, "list of at least one"),
        ({"cascade": [1]}, "list of at least one"),
        ({"min_face_probability": 1.5}, "min_face_probability"),
    ],
)
def test_invalid_parameters_of_the_search_are_reported(given, message, photo):
    with pytest.raises(ValueError, match=message):
        ViolaJonesDetector(**given).detect(photo)


def test_unknown_search_is_reported():
    with pytest.raises(ValueError, match="'search' parameter"):
        make_detector("slow")
