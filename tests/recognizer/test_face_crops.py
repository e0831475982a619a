"""Crops that are refined by the aligner of a pipeline, and class priors."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from fertools.datasets import EXPRESSIONS, make_faces
from fertools.detection._crop_square import crop_mapped, crop_square, map_about
from fertools.detection._map_images import load_gray
from fertools.features import DiscreteCosine
from fertools.persistence import load_pretrained
from fertools.pipeline import ViewAveraging
from fertools.preprocessing import FaceAligner
from fertools.recognizer import ExpressionRecognizer
from fertools.recognizer._face_crops import box_maps, find_aligner, refined_crops
from fertools.recognizer._priors import PHOTO_PRIORS, apply_priors

FACE = (170, 66, 96, 96)


@pytest.fixture(scope="module")
def fast():
    return load_pretrained("fast")


@pytest.fixture(scope="module")
def aligner(fast):
    return find_aligner(fast)


@pytest.fixture(scope="module")
def photo():
    return load_gray(astronaut())


@pytest.fixture(scope="module")
def plain():
    """Pipeline without an aligner."""
    drawn = make_faces(70, random_state=0)
    pipeline = make_pipeline(DiscreteCosine(40), LinearDiscriminantAnalysis())
    return pipeline.fit(drawn.images, drawn.labels)


def test_aligner_of_a_shipped_model_is_found(aligner):
    assert isinstance(aligner, FaceAligner)


def test_pipeline_without_aligner(plain):
    assert find_aligner(plain) is None
    assert ExpressionRecognizer(plain).refinements == 0
    with pytest.raises(ValueError, match=r"refinements must be 0 if .* FaceAligner.*; got 2"):
        ExpressionRecognizer(plain, refinements=2)


@pytest.mark.parametrize(("ensemble", "refinements"), [(False, 3), (True, 0)])
def test_aligner_of_a_calibrated_pipeline_is_fitted(photo, ensemble, refinements):
    drawn = make_faces(70, random_state=0)
    steps = FaceAligner(n_samples=50, random_state=0), DiscreteCosine(40)
    pipeline = make_pipeline(*steps, LinearDiscriminantAnalysis())
    calibrated = CalibratedClassifierCV(pipeline, cv=2, ensemble=ensemble)
    recognizer = ExpressionRecognizer(calibrated.fit(drawn.images, drawn.labels))
    assert recognizer.refinements == refinements
    [face] = recognizer.recognize_boxes(photo, [FACE])
    assert sum(face.probabilities.values()) == pytest.approx(1)


def test_aligner_inside_averaged_views_is_found(fast, aligner):
    views = ViewAveraging(FrozenEstimator(fast.estimator))
    views.fit(make_faces(7, random_state=0).images, list(EXPRESSIONS))
    assert find_aligner(views) is aligner


@pytest.mark.parametrize("margin", [-0.1, 0.0, 0.25])
def test_crop_by_a_map_equals_the_crop_of_the_box(photo, margin):
    side = 96 * (1 + 2 * margin)
    box = (170, 66, 96, 96) if side == round(side) else (170, 66, 100, 100)
    mapped = crop_mapped(photo, box_maps([box], 48, margin)[0], 48)
    square = crop_square(photo, box, 48, margin)
    assert np.abs(mapped.astype(int) - square).mean() < 2


def test_small_faces_are_enlarged_by_cubic_interpolation():
    image = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8), (0, 0), 1.5
    )
    small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
    to_image = map_about(np.eye(2) / 2, (15.5, 15.5), 64)
    errors = [
        np.abs(crop_mapped(small, to_image, 64, cubic=cubic).astype(int) - image).mean()
        for cubic in (False, True)
    ]
    assert errors[1] < 0.9 * errors[0]
    # Faces that are reduced do not change.
    reduced = [
        crop_mapped(image, map_about(np.eye(2) * 2, (31.5, 31.5), 32), 32, cubic=c) for c in (0, 1)
    ]
    np.testing.assert_array_equal(*reduced)


def test_crop_beyond_the_image_repeats_the_nearest_pixel():
    image = np.tile(np.arange(0, 240, 4, dtype=np.uint8), (60, 1))
    crop = crop_mapped(image, box_maps([(-40, -40, 60, 60)], 30, 0.0)[0], 30)
    assert (crop[:, :19] == 0).all() and crop[:, -1].min() > 60


def test_refined_crops_do_not_depend_on_the_box(photo, aligner):
    x, y, side, _ = FACE
    boxes = [
        (x + dx, y + dy, side + grow, side + grow)
        for dx, dy, grow in [(0, 0, 0), (-8, -6, 16), (6, 4, -8), (-16, -16, 32)]
    ]

    def spread(n_refinements):
        crops = refined_crops([photo] * len(boxes), boxes, 48, 0.0, aligner, n_refinements).astype(
            float
        )
        return np.abs(crops - crops[0]).mean()

    assert spread(4) < 0.4 * spread(0)


def test_implausible_pose_keeps_the_box(photo):
    class Runaway:
        def poses(self, crops):
            return np.tile([[2.0, 0, 30], [0, 2, 30]], (len(crops), 1, 1))

    crops = [refined_crops([photo], [FACE], 48, 0.0, Runaway(), n) for n in (0, 2)]
    np.testing.assert_array_equal(*crops)


def test_priors_multiply_the_probabilities(plain, photo):
    [before] = ExpressionRecognizer(plain).recognize_boxes(photo, [FACE])
    [after] = ExpressionRecognizer(plain, priors={"sad": 4.0}).recognize_boxes(photo, [FACE])
    weights = {name: p * (4 if name == "sad" else 1) for name, p in before.probabilities.items()}
    for name, weight in weights.items():
        assert after.probabilities[name] == pytest.approx(weight / sum(weights.values()))


def test_default_priors_are_those_of_photos_for_shipped_models(plain, fast):
    assert ExpressionRecognizer("fast").priors == PHOTO_PRIORS
    assert ExpressionRecognizer("fast", priors=None).priors is None
    assert ExpressionRecognizer(fast).priors is None
    assert ExpressionRecognizer(fast, priors="photos").priors == PHOTO_PRIORS
    assert ExpressionRecognizer(plain).priors is None


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({"calm": 1.0}, r"priors must name classes, .*; got \['calm'\]"),
        ({"sad": 0.0}, r"priors must be finite numbers above 0; got 0.0 for the class 'sad'"),
        ({"sad": np.nan}, "priors must be finite numbers above 0; got nan"),
        ({"sad": True}, "priors must be finite numbers above 0; got True"),
        ("uniform", "'priors' parameter"),
    ],
)
def test_invalid_priors(plain, priors, message):
    with pytest.raises(ValueError, match=message):
        ExpressionRecognizer(plain, priors=priors)


def test_sets_are_computed_before_the_priors(photo):
    [before] = ExpressionRecognizer("fast", priors=None).recognize_boxes(photo, [FACE])
    [after] = ExpressionRecognizer("fast", priors={"fear": 1e6}).recognize_boxes(photo, [FACE])
    assert after.expressions == before.expressions
    assert after.expression == "fear" != before.expression


def test_probabilities_stay_normalized():
    weighted = apply_priors(np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]), np.array([1, 3, 2.0]))
    np.testing.assert_allclose(weighted.sum(axis=1), 1)
    np.testing.assert_allclose(weighted[0], [0.25, 0.75, 0])
