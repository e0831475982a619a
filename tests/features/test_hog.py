import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.feature import hog

from fertools.datasets import make_faces
from fertools.features import OrientedGradients
from fertools.features._gradients import direction_bins, gradients
from fertools.features._hog import NORMS

PEER = {"l2-hys": "L2-Hys", "l2": "L2", "l1": "L1", "l1-sqrt": "L1-sqrt"}


@pytest.fixture(scope="module")
def images():
    noise = np.random.default_rng(0).integers(0, 256, (8, 48, 48)).astype(np.uint8)
    return np.concatenate([make_faces(8, random_state=0).images, noise, np.full_like(noise, 7)])


@pytest.mark.parametrize("norm", PEER)
@pytest.mark.parametrize(("cells", "block", "orientations"), [(6, 2, 9), (8, 3, 8), (4, 1, 12)])
def test_features_equal_scikit_image(images, norm, cells, block, orientations):
    ours = OrientedGradients(orientations, grids=((cells, cells),), block=block, norm=norm)
    cell = 48 // cells
    expected = [
        hog(image, orientations, (cell, cell), (block, block), block_norm=PEER[norm])
        for image in images
    ]
    np.testing.assert_allclose(ours.fit_transform(images), expected, atol=1e-5)


def test_symmetric_features_are_means_of_scikit_image_over_both_orientations(images):
    # Gradients on a bin edge fall into different bins for an image and its mirror image.
    sides = []
    for side in (images, images[:, :, ::-1]):
        cells = [hog(image, 9, (8, 8), (1, 1), block_norm="L1") for image in side]
        sides.append(np.reshape(cells, (-1, 6, 6, 9)))
    expected = (sides[0] + sides[1][:, :, ::-1, ::-1]) / 2
    ours = OrientedGradients(block=1, norm="l1", symmetric=True).fit_transform(images)
    np.testing.assert_allclose(ours.reshape(-1, 6, 6, 9), expected, atol=1e-5)
    # Horizontal gradients are on a bin edge, so the difference is visible.
    assert abs(sides[0] - expected).max() > 0.1


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mirroring_permutes_features_or_mirror_is_unavailable(data):
    shape = data.draw(st.tuples(st.just(2), st.integers(4, 14), st.integers(4, 14)))
    pixels = data.draw(st.sampled_from([st.integers(0, 255), st.integers(0, 2)]))
    images = data.draw(arrays(np.uint8, shape, elements=pixels))
    images = data.draw(st.sampled_from([images, images / 255, (images / 700).astype(np.float32)]))
    block = data.draw(st.integers(1, 3))
    sides = st.integers(block, 7)
    parameters = {
        "orientations": data.draw(st.integers(1, 20)),
        "direction": data.draw(st.sampled_from(["unsigned", "signed", "both"])),
        "norm": data.draw(st.sampled_from(NORMS)),
        "grids": data.draw(st.lists(st.tuples(sides, sides), min_size=1, max_size=2)),
    }
    ours = OrientedGradients(block=block, symmetric=True, **parameters).fit(images)
    if any(shape[2] % columns for _, columns in ours.grids):
        with pytest.raises(AttributeError, match="number of columns of cells divides the width"):
            ours.mirror_  # noqa: B018
        return
    assert ours.mirror_.dtype == np.intp
    assert sorted(ours.mirror_) == list(range(len(ours.mirror_)))
    np.testing.assert_allclose(
        ours.transform(images[:, :, ::-1]), ours.transform(images)[:, ours.mirror_], atol=2e-6
    )


def test_mirror_requires_symmetric(images):
    with pytest.raises(AttributeError, match="only available if symmetric=True"):
        OrientedGradients().fit(images).mirror_  # noqa: B018
    assert not hasattr(OrientedGradients(symmetric=True), "mirror_"), "before fit"


@pytest.mark.parametrize("orientations", [8, 9, 12])
def test_lookup_table_equals_arctangent(images, orientations):
    codes, table, magnitudes = gradients(images, orientations)
    dy, dx = np.gradient(images.astype(float), axis=(1, 2))
    inner = np.s_[:, 1:-1, 1:-1]
    fine = table[codes][inner]
    np.testing.assert_array_equal(fine, direction_bins(dy, dx, orientations)[inner])
    degrees = np.rad2deg(np.arctan2(dy, dx)[inner]) % 360
    np.testing.assert_array_equal(fine // 2, degrees // (180 / orientations))
    np.testing.assert_allclose(magnitudes[inner], 2 * np.hypot(dy, dx)[inner], rtol=1e-6)


def test_bin_edges_have_their_own_fine_bins():
    degrees = np.arange(0, 360, 45)
    dy, dx = np.rint(np.sin(np.deg2rad(degrees))), np.rint(np.cos(np.deg2rad(degrees)))
    for orientations, expected in [
        (4, 2 * np.arange(8)),
        (2, np.arange(8)),
        (8, 4 * np.arange(8)),
        (9, [0, 5, 9, 13, 18, 23, 27, 31]),
    ]:
        np.testing.assert_array_equal(direction_bins(dy, dx, orientations), expected)


def test_ramp_has_one_direction():
    ramp = np.tile(np.arange(48, dtype=np.uint8) * 4, (1, 48, 1))
    signed = OrientedGradients(8, direction="signed", block=1, norm="l1").fit(ramp)
    down = ramp.transpose(0, 2, 1)
    for image, expected in [
        (ramp, 0),
        (down, 4),
        (ramp[:, :, ::-1], 8),
        (down[:, ::-1], 12),
    ]:
        cells = signed.transform(image).reshape(36, 16)
        np.testing.assert_array_equal(cells.argmax(axis=1), expected)
        np.testing.assert_allclose(cells.max(axis=1), 1, atol=1e-4)


def test_both_concatenates_signed_and_unsigned_histograms(images):
    parameters = {"block": 1, "norm": "four-way"}
    signed = OrientedGradients(direction="signed", **parameters).fit_transform(images)
    both = OrientedGradients(direction="both", **parameters).fit_transform(images)
    assert signed.shape[1] == 36 * 4 * 18 and both.shape[1] == 36 * 4 * 27
    # Before normalization, unsigned histograms are sums over opposite directions.
    plain = {"block": 1, "norm": "l1"}
    signed = OrientedGradients(direction="signed", **plain).fit_transform(images)
    signed = signed.reshape(-1, 2, 9).sum(axis=1)
    unsigned = OrientedGradients(**plain).fit_transform(images).reshape(-1, 9)
    np.testing.assert_allclose(signed, unsigned, atol=1e-6)


def test_features_of_grids_are_concatenated(images):
    grids = ((6, 6), (3, 4))
    hog_ = OrientedGradients(grids=grids).fit(images)
    parts = [OrientedGradients(grids=(grid,)).fit_transform(images) for grid in grids]
    np.testing.assert_array_equal(hog_.transform(images), np.hstack(parts))
    names, groups = hog_.get_feature_names_out(), hog_.groups_
    assert names[0] == "hog_6x6_block0x0_cell0x0_bin0"
    assert names[-1] == "hog_3x4_block1x2_cell1x1_bin8"
    assert len(set(names)) == len(names) == 900 + 2 * 3 * 36
    np.testing.assert_allclose(groups[-1].tolist()[1:], (1 / 3, 1 / 2, 1, 1), atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"grids": ()}, "grids must contain at least one"),
        ({"grids": ((6, 0),)}, "grids must be two integers of at least 1"),
        (
            {"grids": ((6, 6), (1, 6))},
            r"at least 2 rows and columns, the size of a block; got \(1, 6\)",
        ),
        ({"direction": "left"}, "'direction' parameter"),
        ({"norm": "max"}, "'norm' parameter"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        OrientedGradients(**parameters).fit(images)
