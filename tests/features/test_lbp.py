import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.feature import local_binary_pattern

from fertools.features import LocalBinaryPatterns
from fertools.features._lbp import _TIE_IN_FLOAT32, lbp_codes, lbp_histograms, lbp_samples
from fertools.features._lbp_labels import METHODS, lbp_labels


def exact_codes(images, radius):
    """Compute LBP with 8 points in exact arithmetic on numbers (p + q sqrt 2) / 4, p and q integer.

    A diagonal point is t = R sqrt(2) / 2 pixels from the center along each axis, so that bilinear
    weights are products of f = t - k = (-2k + R sqrt 2) / 2 and 1 - f.
    """
    h, w = images.shape[1:]
    k = int(np.floor(radius * np.sqrt(0.5)))
    near, far = (2 + 2 * k, -radius), (-2 * k, radius)  # 1 - f and f, as (a, b): (a + b sqrt2)/2
    pad = radius + 1
    wide = np.pad(images.astype(np.int64), ((0, 0), (pad, pad), (pad, pad)), mode="edge")

    def at(dy, dx):
        return wide[:, pad + dy : pad + dy + h, pad + dx : pad + dx + w]

    center = at(0, 0)
    codes = np.zeros(images.shape, np.uint32)
    axial = {0: (0, radius), 2: (-radius, 0), 4: (0, -radius), 6: (radius, 0)}
    signs = {1: (-1, 1), 3: (-1, -1), 5: (1, -1), 7: (1, 1)}
    for point, (dy, dx) in axial.items():
        codes |= (at(dy, dx) >= center).astype(np.uint32) << np.uint32(point)
    for point, (sy, sx) in signs.items():
        p, q = -4 * center, np.zeros_like(center)
        for (ay, by), dy in ((near, k), (far, k + 1)):
            for (ax, bx), dx in ((near, k), (far, k + 1)):
                value = at(sy * dy, sx * dx)
                p = p + value * (ay * ax + 2 * by * bx)
                q = q + value * (ay * bx + ax * by)
        # Sign of p + q sqrt 2, from squares.
        positive = np.where(
            q >= 0, (p >= 0) | (p * p <= 2 * q * q), (p >= 0) & (p * p >= 2 * q * q)
        )
        codes |= positive.astype(np.uint32) << np.uint32(point)
    return codes


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (4, 20, 24), dtype=np.uint8)
    coarse = rng.integers(0, 3, (4, 20, 24), dtype=np.uint8)  # many exact ties
    ramp = np.add.outer(3 * np.arange(20), 5 * np.arange(24)).astype(np.uint8)[None]
    return np.concatenate([noise, coarse, ramp, np.full((1, 20, 24), 77, np.uint8)])


@pytest.mark.parametrize("radius", [1, 2, 3, 4, 5])
def test_codes_equal_exact_arithmetic(images, radius):
    np.testing.assert_array_equal(lbp_codes(images, 8, radius), exact_codes(images, radius))


def test_single_precision_suffices_for_radius_1():
    # Point minus center is (A + B sqrt 2) / 2 with A = d + c - a - b and B = a + b - 2 c.
    A, B = np.meshgrid(np.arange(-510, 511), np.arange(-510, 511))
    gap = np.abs(A + B * np.sqrt(2))[(A != 0) | (B != 0)].min() / 2
    rounding = 255 * 5 * np.finfo(np.float32).eps
    assert rounding < _TIE_IN_FLOAT32 < gap - rounding


@pytest.mark.realdata
@pytest.mark.parametrize("radius", [1, 2, 3])
def test_codes_equal_exact_arithmetic_on_fer2013(fer2013, radius):
    images = fer2013.images[::7]
    np.testing.assert_array_equal(lbp_codes(images, 8, radius), exact_codes(images, radius))


def test_constant_image_has_all_bits_set():
    for dtype in (np.uint8, np.float32, np.float64):
        flat = np.full((1, 9, 9), 0.1 * 255, dtype)
        assert (lbp_codes(flat, 16, 2) == 2**16 - 1).all()


@pytest.mark.parametrize(("points", "radius"), [(8, 1), (8, 2), (16, 2)])
def test_codes_agree_with_scikit_image_away_from_the_border(images, points, radius):
    # scikit-image pads with 0 and rounds sampling points to five decimals, so that near ties may
    # differ.
    ours = lbp_codes(images[:4], points, radius)
    theirs = np.stack([local_binary_pattern(i, points, radius, "default") for i in images[:4]])
    inner = (slice(None), slice(radius, -radius), slice(radius, -radius))
    assert (ours[inner] == theirs[inner]).mean() > 0.999


@pytest.mark.parametrize("points", [4, 8, 12])
@pytest.mark.parametrize("method", ["nri_uniform", "uniform"])
def test_labels_equal_scikit_image(points, method):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (60, 60), dtype=np.uint8)
    codes = local_binary_pattern(image, points, 1, "default").astype(int)
    labels, n_labels = lbp_labels(points, method)
    np.testing.assert_array_equal(labels[codes], local_binary_pattern(image, points, 1, method))
    assert n_labels == {"nri_uniform": points * (points - 1) + 3, "uniform": points + 2}[method]


def test_rotated_codes_have_the_same_ror_label():
    labels, n_labels = lbp_labels(8, "ror")
    codes = np.arange(256)
    np.testing.assert_array_equal(labels[codes], labels[((codes << 3) | (codes >> 5)) & 255])
    assert n_labels == 36  # number of binary necklaces of length 8


@pytest.mark.parametrize("points", range(4, 25, 2))
@pytest.mark.parametrize("radius", [0.5, 1, 1.37, 2, 2.5, 3, np.pi])
def test_mirrored_points_have_equal_weights(points, radius):
    samples = lbp_samples(points, radius)
    for p, corners in enumerate(samples):
        mirrored = [(dy, -dx, weight) for dy, dx, weight in samples[(points // 2 - p) % points]]
        assert corners == mirrored
        angle = 2 * np.pi * p / points
        place = -radius * np.sin(angle), radius * np.cos(angle), 1
        moments = [(dy * w, dx * w, w) for dy, dx, w in corners]
        np.testing.assert_allclose(np.sum(moments, axis=0), place, atol=1e-11)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mirroring_permutes_features_or_mirror_is_unavailable(data):
    shape = data.draw(st.tuples(st.just(2), st.integers(3, 14), st.integers(3, 14)))
    pixels = data.draw(st.sampled_from([st.integers(0, 255), st.integers(0, 2)]))
    images = data.draw(arrays(np.uint8, shape, elements=pixels))
    # Without ties except between equal pixels, on the scale 0..1.
    noise = np.random.default_rng(0).random(shape)
    images = data.draw(
        st.sampled_from([images, images / 255, noise, (images + noise).astype(np.float32) / 256])
    )
    grid = data.draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    points = data.draw(st.integers(4, 12))
    ours = LocalBinaryPatterns(
        data.draw(st.lists(st.sampled_from([0.5, 1, 1.5, 2, 2.7, 3]), min_size=1, max_size=2)),
        points=points,
        method=data.draw(st.sampled_from(METHODS)),
        grid=grid,
        norm=data.draw(st.sampled_from(["hellinger", "l1"])),
    ).fit(images)
    if points % 2 or shape[2] % grid[1]:
        reason = "points is even" if points % 2 else "number of columns of cells divides the width"
        with pytest.raises(AttributeError, match=reason):
            ours.mirror_  # noqa: B018
        return
    assert ours.mirror_.dtype == np.intp
    assert sorted(ours.mirror_) == list(range(len(ours.mirror_)))
    np.testing.assert_array_equal(
        ours.transform(images[:, :, ::-1]), ours.transform(images)[:, ours.mirror_]
    )


def test_histograms_count_every_pixel_once(images):
    counts = lbp_histograms(images, grid=(6, 6))
    assert counts.shape == (len(images), 6, 6, 59)
    assert (counts.sum(axis=(1, 2, 3)) == 20 * 24).all()
    uneven = counts.sum(axis=3)[0]
    assert uneven[0, 0] == 4 * 4 and uneven.min() == 3 * 4


def test_hellinger_is_the_square_root_of_l1(images):
    root = LocalBinaryPatterns(radii=(2,)).fit_transform(images)
    share = LocalBinaryPatterns(radii=(2,), norm="l1").fit_transform(images)
    np.testing.assert_allclose(root**2, share, atol=1e-6)
    np.testing.assert_allclose(share.reshape(-1, 36, 59).sum(axis=2), 1, atol=1e-5)


def test_feature_names_contain_radius_points_cell_and_bin(images):
    names = LocalBinaryPatterns((1, 2.5), points=16, method="uniform", grid=(2, 2)).fit(images)
    names = names.get_feature_names_out()
    assert names[0] == "lbp_r1p16_y0x0_bin0"
    assert names[-1] == "lbp_r2.5p16_y1x1_bin17"
    assert len(set(names)) == len(names) == 2 * 4 * 18


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"radii": ()}, "radii must contain numbers above 0"),
        ({"radii": (0,)}, "radii must contain numbers above 0"),
        ({"grid": (0, 3)}, "grid must be two integers of at least 1"),
        ({"points": 2}, "'points' parameter"),
        ({"method": "unifrom"}, "'method' parameter"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        LocalBinaryPatterns(**parameters).fit(images)
