import cv2
import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.persistence import load, save
from fertools.preprocessing import FaceAligner
from fertools.preprocessing._augmenter import affine_matrices, warp
from fertools.preprocessing._face_aligner import align, compose, corrections, generators, invert


def draw_transforms(n, seed):
    """Draw n similarity transforms; return them with their rotations, shifts and scale factors."""
    rng = np.random.default_rng(seed)
    angles = np.radians(rng.uniform(-12, 12, n))
    shifts = rng.uniform(-0.08, 0.08, (n, 2))
    sizes = np.exp(rng.uniform(-0.1, 0.1, n))
    maps = affine_matrices((48, 48), angles, shifts, np.zeros(n), np.stack([sizes, sizes], axis=1))
    return maps, np.column_stack([angles, shifts, sizes])


def pose_parameters(maps):
    """Return the angle, the logarithm of the scale and the image of the center for each map."""
    linear = maps[:, :, :2]
    middle = linear @ [23.5, 23.5] + maps[:, :, 2]
    angle = np.arctan2(linear[:, 1, 0], linear[:, 0, 0])
    return np.column_stack([angle, np.log(np.linalg.det(linear)) / 2, middle])


def contrast(images):
    return images.mean(axis=0).std()


@pytest.fixture(scope="module")
def faces():
    return make_faces(1000, random_state=0).images


@pytest.fixture(scope="module")
def moved(faces):
    return warp(faces, draw_transforms(len(faces), 0)[0])


@pytest.fixture(scope="module")
def aligner(moved):
    return FaceAligner(random_state=0).fit(moved[:700])


def test_maps_compose_and_invert():
    a, b = draw_transforms(5, 1)[0], draw_transforms(5, 2)[0]
    point = np.array([3.0, 40.0, 1.0])
    inner = np.append(b[2] @ point, 1)
    np.testing.assert_allclose(compose(a, b)[2] @ point, a[2] @ inner)
    np.testing.assert_allclose(compose(a, invert(a)), np.tile(np.eye(2, 3), (5, 1, 1)), atol=1e-9)


def test_generators_span_the_similarity_transforms():
    maps, (turn, right, down, size) = draw_transforms(1, 3)[0], draw_transforms(1, 3)[1][0]
    factor = size * np.exp(-1j * turn)
    undone = [factor.real - 1, factor.imag, right, down]
    basis = generators((48, 48))
    np.testing.assert_allclose(np.eye(2, 3) + np.tensordot(undone, basis, 1), invert(maps)[0])


def test_correction_is_a_fraction_of_the_predicted_map():
    basis = generators((40, 60))
    coef = np.eye(4, dtype=np.float32)
    features = np.array([[0, 0, 0.1, -0.2]], np.float32)
    out = corrections(features, coef, np.zeros(4), basis, 0.5)
    np.testing.assert_allclose(out[0], [[1, 0, 3], [0, 1, -4]], rtol=1e-6)


def test_random_transforms_are_recovered(aligner, faces):
    test = faces[700:]
    maps = draw_transforms(len(test), 5)[0]
    # The difference of two estimates does not depend on the unknown original pose.
    found = pose_parameters(aligner.poses(warp(test, maps))) - pose_parameters(aligner.poses(test))
    expected = pose_parameters(invert(maps))
    correlations = [np.corrcoef(found[:, k], expected[:, k])[0, 1] for k in range(4)]
    assert min(correlations) > 0.9


def test_scores_are_r2_of_each_regression(aligner):
    assert aligner.scores_.shape == (4, 4) and (aligner.scores_ < 1).all()
    assert aligner.scores_[0].min() > 0.3


def test_each_iteration_sharpens_the_mean_face(aligner, moved):
    test = moved[700:]
    steps = [
        contrast(align(test, aligner.coef_[:k], aligner.intercept_[:k], aligner.step)[0])
        for k in range(5)
    ]
    assert steps[0] == contrast(test) and steps[1] > steps[0] and steps[4] > 1.1 * steps[0]


def test_mean_pose_is_preserved(aligner, moved):
    mean = pose_parameters(aligner.poses(moved[:700])).mean(axis=0)
    assert (np.abs(mean - [0, 0, 23.5, 23.5]) < [0.03, 0.03, 0.5, 0.5]).all()


def test_mirror_images_have_mirrored_poses(aligner, moved):
    test = moved[700:]
    right, left = aligner.poses(test), aligner.poses(test[:, :, ::-1])
    mirrored = pose_parameters(left) * [-1, 1, -1, 1] + [0, 0, 47, 0]
    spread = pose_parameters(right).std(axis=0)
    assert (np.abs(mirrored - pose_parameters(right)).mean(axis=0) < 0.35 * spread).all()


def test_poses_are_maps_for_opencv(aligner, moved):
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop, pose = moved[800], aligner.poses(moved[800:801])[0]
    expected = cv2.warpAffine(crop, pose, (48, 48), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    np.testing.assert_array_equal(aligner.transform(moved[800:801])[0], expected)


def test_result_does_not_depend_on_batches_or_threads(aligner, moved):
    expected = aligner.transform(moved)
    np.testing.assert_array_equal(aligner.transform(moved[77:78]), expected[77:78])
    threads = FaceAligner(random_state=0, n_jobs=2).fit(moved[:700])
    assert threads.transform(moved).tobytes() == expected.tobytes()


def test_result_depends_on_the_seed_only(moved):
    first, again, other = (FaceAligner(1, random_state=s).fit(moved[:100]) for s in (1, 1, 2))
    assert first.coef_.tobytes() == again.coef_.tobytes() != other.coef_.tobytes()


def test_floats_flattened_and_color_images_agree_with_uint8(aligner, moved):
    test = moved[:50]
    expected = aligner.transform(test)
    floats = aligner.transform(test / 255)
    change = np.abs(expected.astype(float) - test).mean()
    assert floats.dtype == np.float32 and np.abs(255 * floats - expected).mean() < change / 5
    rows = aligner.transform(test.reshape(50, -1))
    np.testing.assert_array_equal(rows, expected.reshape(50, -1))
    colors = np.repeat(test[..., None], 3, axis=3)
    np.testing.assert_array_equal(aligner.transform(colors), expected)


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (5, 7), (96, 64)])
def test_images_of_any_size(shape):
    images = np.random.default_rng(0).random((20, *shape))
    out = FaceAligner(2, random_state=0).fit_transform(images)
    assert out.shape == images.shape and np.isfinite(out).all()


def test_uniform_images_are_unchanged():
    flat = np.full((20, 48, 48), 128, np.uint8)
    np.testing.assert_array_equal(FaceAligner(random_state=0).fit_transform(flat), flat)


def test_loaded_aligner_gives_equal_results(aligner, moved, tmp_path):
    save(aligner, tmp_path / "aligner.fer")
    loaded = load(tmp_path / "aligner.fer")
    np.testing.assert_array_equal(loaded.transform(moved[:9]), aligner.transform(moved[:9]))


@pytest.mark.parametrize(
    ("parameters", "n", "message"),
    [
        ({"n_iterations": 0}, 9, "'n_iterations' parameter of FaceAligner"),
        ({"step": 0}, 9, "'step' parameter of FaceAligner"),
        ({"alpha": 0}, 9, "'alpha' parameter of FaceAligner"),
        ({}, 1, "X must have at least 2 images, .* got n_samples = 1"),
    ],
)
def test_invalid_input_is_reported(parameters, n, message):
    with pytest.raises(ValueError, match=message):
        FaceAligner(**parameters).fit(np.zeros((n, 8, 8)))


@pytest.mark.realdata
def test_mean_of_real_faces_is_sharpened(fer2013):
    crops = fer2013.images[:6000]
    aligner = FaceAligner(random_state=0).fit(crops[:3000])
    for part in (crops[:3000], crops[3000:]):
        assert contrast(aligner.transform(part)) > 1.05 * contrast(part)
