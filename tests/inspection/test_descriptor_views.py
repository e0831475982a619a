import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.features import DiscreteCosine, VisualWords
from fertools.inspection import dct_basis, dct_view, hog_view, lbp_view, word_view, zernike_view

FACE = make_faces(1, random_state=0).images[0]


def test_lbp_of_an_edge():
    image = np.zeros((8, 8), np.uint8)
    image[:, 4:] = 200
    codes = lbp_view(image)
    # Left of the edge all neighbors are at least as bright; right of it, those on the left are not.
    assert (codes[:, :4] == 255).all() and (codes[:, 5:] == 255).all()
    assert (codes[:, 4] == 0b11000111).all()
    assert lbp_view(FACE, points=12, radius=2).max() < 2**12


def test_dct_basis_is_orthonormal():
    flat = dct_basis(64, size=8).reshape(64, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(64), atol=1e-12)


def test_all_dct_coefficients_restore_the_face():
    np.testing.assert_allclose(dct_view(FACE, FACE.size), FACE, atol=1e-9)
    np.testing.assert_allclose(dct_view(FACE[:, :30], 1), FACE[:, :30].mean())


def test_dct_view_uses_the_coefficients_of_the_descriptor():
    view = dct_view(FACE, 20)
    descriptor = DiscreteCosine(20, standardize=False).fit(FACE[None])
    coefficients = descriptor.transform(FACE[None] / 255)[0]
    expected = 255 * np.tensordot(coefficients, dct_basis(20), axes=1)
    np.testing.assert_allclose(view, expected, atol=1e-2)


def test_zernike_view_approaches_the_face():
    errors = [np.nanstd(zernike_view(FACE, degree) - FACE) for degree in (0, 4, 10, 20)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.5 * errors[0]
    np.testing.assert_array_equal(np.isnan(zernike_view(FACE, 4))[[0, 24], [0, 24]], [True, False])


def test_zernike_view_restores_a_polynomial():
    side = 96
    y, x = np.meshgrid(*[(2 * np.arange(side) + 1 - side) / side] * 2, indexing="ij")
    ramp = np.rint(128 + 60 * x + 30 * y).astype(np.uint8)
    inside = np.hypot(y, x) < 0.9
    assert abs(zernike_view(ramp, 1) - ramp)[inside].max() < 3


def test_hog_lines_are_parallel_to_edges():
    image = np.zeros((48, 48), np.uint8)
    image[24:] = 200
    view = hog_view(image, grid=(1, 1), orientations=2)
    assert view.shape == (24, 24) and 0 <= view.min() < view.max() <= 1
    falling = hog_view(np.tril(np.full((48, 48), 200, np.uint8)), grid=(1, 1), orientations=2)
    # The edge from top left to bottom right.
    assert np.diagonal(falling).mean() > 3 * np.diagonal(falling[:, ::-1]).mean()
    assert hog_view(np.zeros((48, 48), np.uint8)).max() == 0


def test_words_of_windows():
    words = VisualWords(10, size=16, step=8, random_state=0)
    words.fit(make_faces(8, random_state=1).images)
    view = word_view(FACE, words)
    assert view.shape == (5, 5) and view.min() >= 0 and view.max() < len(words.components_)
    large = np.repeat(np.repeat(FACE, 2, axis=0), 2, axis=1)
    np.testing.assert_array_equal(word_view(large, words), view)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: dct_view(FACE, 0), r"n_coefficients must be in 1\.\.2304; got 0"),
        (lambda: dct_basis(65, size=8), r"n_images must be in 1\.\.64; got 65"),
        (lambda: zernike_view(FACE, 49), r"degree must be in 0\.\.48; got 49"),
        (lambda: hog_view(FACE, grid=(0, 2)), "grid must be two integers"),
    ],
)
def test_invalid_arguments_raise(call, match):
    with pytest.raises(ValueError, match=match):
        call()
