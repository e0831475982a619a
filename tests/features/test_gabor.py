import numpy as np
import pytest
from scipy.ndimage import correlate

from fertools.datasets import make_faces
from fertools.features import GaborEnergy
from fertools.features._cell_grids import tent_weights
from fertools.features._gabor import gabor_energies, gabor_sigma


@pytest.fixture(scope="module")
def images():
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 48)).astype(np.uint8)
    return np.concatenate([make_faces(3, random_state=0).images, noise])


def standard(images):
    flat = images.reshape(len(images), -1).astype(np.float64)
    flat = (flat - flat.mean(axis=1, keepdims=True)) / flat.std(axis=1, keepdims=True)
    return flat.reshape(images.shape)


def by_formula(image, wavelength, theta, bandwidth, grid):
    """Compute mean energies of cells with one two-dimensional filter."""
    sigma = gabor_sigma(wavelength, bandwidth)
    reach = int(np.ceil(3 * sigma))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    envelope = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    envelope /= envelope.sum()
    wave = np.exp(2j * np.pi * (x * np.cos(theta) + y * np.sin(theta)) / wavelength)
    kernel = 2 * envelope * (wave - (envelope * wave).sum().real)
    parts = (correlate(image, part, mode="nearest") for part in (kernel.real, kernel.imag))
    weights = [tent_weights(side, cells) for side, cells in zip(image.shape, grid, strict=True)]
    down, across = (w.astype(np.float64) / w.sum(axis=0) for w in weights)
    return down.T @ np.hypot(*parts) @ across


@pytest.mark.parametrize(
    ("shape", "orientations", "bandwidth", "grid"),
    [((48, 48), 8, 1.0, (6, 6)), ((48, 31), 5, 1.4, (3, 4)), ((7, 20), 1, 0.8, (1, 5))],
)
def test_energies_equal_the_formula(images, shape, orientations, bandwidth, grid):
    images = images[:, : shape[0], : shape[1]]
    wavelengths = (3.0, 6.5)
    gabor = GaborEnergy(wavelengths, orientations=orientations, bandwidth=bandwidth, grid=grid)
    values = gabor.fit_transform(images).reshape(len(images), 2, *grid, orientations)
    for image, of_image in zip(standard(images), values, strict=True):
        for wavelength, energies in zip(wavelengths, of_image, strict=True):
            for k in range(orientations):
                theta = k * np.pi / orientations
                expected = by_formula(image, wavelength, theta, bandwidth, grid)
                np.testing.assert_allclose(energies[..., k], expected, atol=1e-5)


def test_envelope_has_the_bandwidth():
    # The frequency response is a Gaussian around 1 / wavelength with standard deviation
    # 1 / (2 pi sigma).
    half_width = np.sqrt(2 * np.log(2)) / (2 * np.pi * gabor_sigma(8.0, 1.5))
    assert np.log2((1 / 8 + half_width) / (1 / 8 - half_width)) == pytest.approx(1.5)


@pytest.mark.parametrize("wavelength", [4.0, 6.0, 8.5])
@pytest.mark.parametrize("orientation", range(8))
def test_grating_has_maximal_energy_in_its_channel(wavelength, orientation):
    y, x = np.mgrid[:80, :80]
    theta = orientation * np.pi / 8
    phase = 2 * np.pi / wavelength * (x * np.cos(theta) + y * np.sin(theta))
    grating = 0.5 + 0.3 * np.cos(phase + 1)[None]
    gabor = GaborEnergy(grid=(5, 5), standardize=False)
    middle = gabor.fit_transform(grating).reshape(3, 5, 5, 8)[:, 2, 2]
    assert np.unravel_index(middle.argmax(), (3, 8)) == ((4, 6, 8.5).index(wavelength), orientation)
    # The energy of the matching filter is the amplitude.
    assert middle.max() == pytest.approx(0.3, rel=0.01)


def test_constant_image_has_no_energy():
    flat = np.full((2, 48, 48), 200, dtype=np.uint8)
    assert not GaborEnergy().fit_transform(flat).any()
    np.testing.assert_allclose(GaborEnergy(standardize=False).fit_transform(flat), 0, atol=1e-6)


def test_rotation_permutes_orientations_and_cells(images):
    gabor = GaborEnergy().fit(images)
    cells = gabor.transform(images).reshape(-1, 3, 6, 6, 8)
    turned = gabor.transform(np.rot90(images, axes=(1, 2))).reshape(cells.shape)
    expected = np.roll(np.rot90(cells, axes=(2, 3)), 4, axis=4)
    np.testing.assert_allclose(turned, expected, atol=1e-5)


def test_mirroring_permutes_orientations_and_cells(images):
    gabor = GaborEnergy(orientations=6, grid=(4, 5)).fit(images)
    cells = gabor.transform(images).reshape(-1, 3, 4, 5, 6)
    mirrored = gabor.transform(images[:, :, ::-1]).reshape(cells.shape)
    expected = cells[:, :, :, ::-1, -np.arange(6) % 6]
    np.testing.assert_allclose(mirrored, expected, atol=1e-5)


def test_features_are_invariant_to_illumination(images):
    faces = images // 4
    gabor = GaborEnergy().fit(faces)
    np.testing.assert_allclose(gabor.transform(3 * faces + 20), gabor.transform(faces), atol=1e-5)
    plain = GaborEnergy(standardize=False).fit(faces)
    np.testing.assert_allclose(
        plain.transform(3 * faces + 20), 3 * plain.transform(faces), atol=1e-5
    )


def test_features_do_not_depend_on_the_batch(images):
    gabor = GaborEnergy().fit(images)
    expected = gabor.transform(images)
    np.testing.assert_array_equal(
        np.vstack([gabor.transform(images[i : i + 1]) for i in range(len(images))]), expected
    )
    many = np.concatenate([images] * 20)
    threads = GaborEnergy(n_jobs=2).fit_transform(many)
    np.testing.assert_array_equal(threads, np.tile(expected, (20, 1)))
    wide = np.repeat(images.astype(np.float64) / 255, 2, axis=2)[:, :, ::2]
    np.testing.assert_allclose(gabor.transform(wide), expected, atol=1e-5)


def test_cells_without_pixels_are_zero():
    image = np.random.default_rng(0).random((1, 3, 40))
    values = gabor_energies(image.astype(np.float32), grid=(7, 4))[0]
    empty = tent_weights(3, 7).sum(axis=0) == 0
    assert empty.any()
    np.testing.assert_array_equal((values == 0).all(axis=(0, 2, 3)), empty)


def test_feature_names_and_boxes(images):
    gabor = GaborEnergy((5, 7.5), orientations=4, grid=(2, 3), standardize=False).fit(images)
    names = gabor.get_feature_names_out()
    assert len(set(names)) == len(names) == 2 * 6 * 4
    assert (names[0], names[-1]) == ("gabor_l5_y0x0_o0", "gabor_l7.5_y1x2_o3")
    assert gabor.groups_[-1]["descriptor"] == "gabor_l7.5"
    np.testing.assert_allclose(gabor.groups_[-1].tolist()[1:], (1 / 2, 2 / 3, 1, 1), atol=1e-6)
    # A change in one corner affects the features there, not in the opposite corner.
    changed = images.copy()
    changed[:, 40:, 44:] ^= 255
    moved = np.abs(gabor.transform(changed) - gabor.transform(images)).max(axis=0)
    near, far = (np.char.find(names.astype(str), cell) > 0 for cell in ("_y1x2_", "_y0x0_"))
    assert moved[near].min() > 100 * moved[far].max()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"wavelengths": ()}, r"wavelengths must contain numbers from 2 to 1000; got \(\)"),
        ({"wavelengths": (4, 1.5)}, "wavelengths must contain numbers from 2 to 1000"),
        ({"wavelengths": (np.inf,)}, "wavelengths must contain numbers from 2 to 1000"),
        ({"orientations": 0}, "'orientations' parameter"),
        ({"bandwidth": 0}, "'bandwidth' parameter"),
        ({"grid": (6, 0)}, "grid must be two integers of at least 1"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        GaborEnergy(**parameters).fit(images)
