import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fertools.base import WHOLE, ImageTransformer
from fertools.datasets import make_faces
from fertools.features import (
    FeatureFusion,
    LocalBinaryPatterns,
    OrientedGradients,
    PrincipalFeatures,
    VisualWords,
    WithMirror,
)
from fertools.features._principal_features import principal_axes
from fertools.persistence import load, save

WORDS = VisualWords(40, grids=((3, 3),), n_samples=2000, random_state=0)
DESCRIPTORS = {
    "words": WORDS,
    "lbp": LocalBinaryPatterns((1,), grid=(3, 3)),
    "hog": OrientedGradients(),
    "symmetric hog": OrientedGradients(direction="both", norm="four-way", symmetric=True),
    "scaled hog": WithMirror(make_pipeline(OrientedGradients(), StandardScaler())),
}
every_descriptor = pytest.mark.parametrize("descriptor", DESCRIPTORS.values(), ids=DESCRIPTORS)


@pytest.fixture(scope="module")
def images():
    """Return faces illuminated from one side, which are asymmetric even on average."""
    illumination = np.linspace(1, 0.4, 48)
    return (make_faces(60, random_state=0).images * illumination).astype(np.uint8)


def describe_both_sides(principal, images):
    """Return features of the descriptor for the images and for their mirror images."""
    return [principal.transformer_.transform(side) for side in (images, images[:, :, ::-1])]


@pytest.mark.parametrize("n_components, n_found", [(3, 3), (9, 5)])
def test_principal_axes_are_singular_vectors(n_components, n_found):
    rows = np.random.default_rng(0).normal(size=(8, 5)) * [5, 4, 3, 2, 1]
    values, axes = principal_axes(rows, n_components, np.random.RandomState(0))
    _, expected, directions = np.linalg.svd(rows, full_matrices=False)
    np.testing.assert_allclose(values, expected[:n_found])
    np.testing.assert_allclose(abs(directions[:n_found] @ axes), np.eye(n_found), atol=1e-8)


@every_descriptor
def test_components_equal_pca_of_images_and_mirror_images(descriptor, images):
    principal = PrincipalFeatures(descriptor, 30, random_state=0).fit(images)
    rows = principal.transform(images)
    both = np.vstack(describe_both_sides(principal, images)).astype(np.float64)
    pca = PCA(30, svd_solver="full").fit(both)
    # PCA sees each image twice, which doubles the squared singular values.
    order = np.argsort(-principal.singular_values_)
    found = principal.singular_values_[order] * np.sqrt(2)
    np.testing.assert_allclose(found, pca.singular_values_, rtol=1e-2)
    # Components of similar variance, among the last, may mix.
    expected = pca.transform(both[: len(images)])[:, :12]
    found = rows[:, order[:12]]
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, atol=2e-2 * np.abs(expected).max())


@every_descriptor
def test_mirroring_changes_the_sign_of_odd_components(descriptor, images):
    train, test = images[:40], images[40:]
    principal = PrincipalFeatures(descriptor, 50, random_state=0).fit(train)
    rows, mirrored = principal.transform(test), principal.transform(test[:, :, ::-1])
    np.testing.assert_allclose(mirrored, np.where(principal.odd_, -rows, rows), atol=1e-4)
    assert 0 < principal.odd_.sum() < 50
    # No component is pure noise.
    assert np.abs(rows).mean(axis=0).min() > 1e-3


@every_descriptor
def test_all_components_together_preserve_distances(descriptor, images):
    principal = PrincipalFeatures(descriptor, random_state=0)
    distances = pdist(principal.fit_transform(images))
    described = pdist(describe_both_sides(principal, images)[0])
    np.testing.assert_allclose(distances, described, rtol=1e-3)


def test_number_of_components_is_limited_by_the_number_of_images(images):
    principal = PrincipalFeatures(WORDS, random_state=0).fit(images[:9])
    assert principal.transform(images).shape == (60, 18)
    assert principal.odd_.tolist() == [False] * 9 + [True] * 9
    assert PrincipalFeatures(WORDS, n_samples=5).fit_transform(images).shape == (60, 10)


def test_constant_images_yield_the_requested_number_of_components():
    flat = np.full((6, 24, 24), 99, np.uint8)
    rows = PrincipalFeatures(OrientedGradients(), 4).fit_transform(flat)
    np.testing.assert_array_equal(rows, np.zeros((6, 4)))


def test_components_with_largest_singular_values_are_kept(images):
    few, many = (PrincipalFeatures(WORDS, n, random_state=0).fit(images) for n in (10, 200))
    values = [np.sort(principal.singular_values_)[::-1] for principal in (few, many)]
    np.testing.assert_allclose(values[0], values[1][:10], rtol=1e-3)
    for kind in (False, True):
        of_kind = many.singular_values_[many.odd_ == kind]
        assert (np.diff(of_kind) <= 0).all()


def test_even_components_have_zero_mean_on_the_sample(images):
    principal = PrincipalFeatures(WORDS, 20, random_state=0)
    rows = principal.fit_transform(images)
    np.testing.assert_allclose(rows[:, ~principal.odd_].mean(axis=0), 0, atol=1e-6)


def test_mirror_invariant_descriptor_has_only_even_components(images):
    class Rows(ImageTransformer):
        """Mean gray level of each row of pixels."""

        def __init__(self, image_shape=None, n_jobs=None):
            self.image_shape = image_shape
            self.n_jobs = n_jobs

        @property
        def mirror_(self):
            return np.arange(48)

        def _describe(self, images):
            return images.mean(axis=2, dtype=np.float32)

        def _blocks(self):
            return [("rows", WHOLE, [f"row{y}" for y in range(48)])]

    principal = PrincipalFeatures(Rows(), 5, random_state=0)
    rows = principal.fit_transform(images)
    assert not principal.odd_.any()
    expected = PCA(5, svd_solver="full").fit_transform(images.mean(axis=2))
    np.testing.assert_allclose(np.abs(rows), np.abs(expected), atol=1e-2)


def test_descriptor_without_mirror_is_cloned_and_wrapped(images):
    hog = OrientedGradients()
    principal = PrincipalFeatures(hog, 20, random_state=0).fit(images)
    assert isinstance(principal.transformer_, WithMirror)
    assert not hasattr(hog, "image_shape_")
    wrapped = PrincipalFeatures(WithMirror(hog), 20, random_state=0).fit(images)
    np.testing.assert_array_equal(wrapped.transform(images), principal.transform(images))
    assert isinstance(wrapped.transformer_.transformer_, OrientedGradients)


@pytest.mark.parametrize(
    "descriptor",
    [
        OrientedGradients(symmetric=True),
        OrientedGradients(direction="both", grids=((8, 8),), norm="four-way", symmetric=True),
        LocalBinaryPatterns(),
        LocalBinaryPatterns((2,), points=12, method="ror", grid=(3, 3)),
    ],
    ids=repr,
)
def test_descriptor_with_mirror_is_not_wrapped(descriptor, images):
    principal, wrapped = (
        PrincipalFeatures(kind, 12, random_state=0).fit(images)
        for kind in (descriptor, WithMirror(descriptor))
    )
    assert type(principal.transformer_) is type(descriptor)
    np.testing.assert_array_equal(principal.odd_, wrapped.odd_)
    # WithMirror doubles the features, which scales distances by the square root of 2.
    found, expected = (np.abs(p.transform(images)) for p in (principal, wrapped))
    np.testing.assert_allclose(found * np.sqrt(2), expected, atol=1e-2 * expected.max())


def test_descriptor_with_asymmetric_cells_is_wrapped(images):
    for descriptor in (
        OrientedGradients(grids=((6, 6), (5, 5)), symmetric=True),
        LocalBinaryPatterns(grid=(6, 5)),
        LocalBinaryPatterns(points=9),
    ):
        principal = PrincipalFeatures(descriptor, 4, random_state=0).fit(images)
        assert isinstance(principal.transformer_, WithMirror)


def test_labels_are_passed_to_the_descriptor(images):
    class Labeled(OrientedGradients):
        def fit(self, X, y=None):
            self.y_ = y
            return super().fit(X)

    principal = PrincipalFeatures(Labeled(), 2).fit(images[:3], ["sad", "happy", "sad"])
    assert principal.transformer_.transformer_.y_.tolist() == ["sad", "happy", "sad"] * 2


def test_feature_names_and_groups(images):
    principal = PrincipalFeatures(WORDS, 20, random_state=0).fit(images)
    n_odd = principal.odd_.sum()
    names = principal.get_feature_names_out()
    assert names[0] == "words_s12_3x3_even0" and names[-1] == f"words_s12_3x3_odd{n_odd - 1}"
    assert len(set(names)) == 20
    assert set(principal.groups_["descriptor"]) == {"words_s12_3x3"}
    assert principal.groups_[0].tolist() == ("words_s12_3x3", *WHOLE)


def test_fusion_concatenates_odd_masks(images):
    fusion = FeatureFusion(
        [
            ("words", PrincipalFeatures(WORDS, 12, random_state=0)),
            ("hog", PrincipalFeatures(OrientedGradients(symmetric=True), 9, random_state=0)),
        ]
    ).fit(images)
    rows, mirrored = fusion.transform(images), fusion.transform(images[:, :, ::-1])
    assert fusion.odd_.shape == (21,) and 0 < fusion.odd_.sum() < 21
    np.testing.assert_allclose(mirrored, np.where(fusion.odd_, -rows, rows), atol=1e-4)
    assert len(set(fusion.get_feature_names_out())) == 21
    assert set(fusion.groups_["descriptor"]) == {"words_s12_3x3", "hog_6x6"}


def test_fusion_has_no_odd_mask_if_a_descriptor_has_none(images):
    fusion = FeatureFusion(
        [("hog", PrincipalFeatures(OrientedGradients(), 9)), ("lbp", LocalBinaryPatterns())]
    ).fit(images)
    with pytest.raises(AttributeError, match=r"LocalBinaryPatterns.*odd_"):
        fusion.odd_  # noqa: B018


def test_mirroring_exchanges_the_halves_of_with_mirror(images):
    pair = WithMirror(OrientedGradients()).fit(images)
    mirrored = pair.transform(images[:, :, ::-1])
    np.testing.assert_allclose(mirrored, pair.transform(images)[:, pair.mirror_], atol=1e-5)


@pytest.mark.parametrize("name", ["words", "hog"])
def test_saving_and_loading_preserves_features(name, images, tmp_path):
    principal = PrincipalFeatures(DESCRIPTORS[name], 20, random_state=0).fit(images)
    save(principal, tmp_path / "principal.fer")
    loaded = load(tmp_path / "principal.fer")
    np.testing.assert_array_equal(loaded.transform(images), principal.transform(images))
    np.testing.assert_array_equal(loaded.odd_, principal.odd_)
    np.testing.assert_array_equal(loaded.groups_, principal.groups_)


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"transformer": StandardScaler()}, "transformer.*ImageTransformer.*StandardScaler"),
        ({"n_components": 0}, "n_components.*Got 0"),
        ({"n_samples": 0}, "n_samples.*Got 0"),
    ],
)
def test_invalid_parameters_raise(parameters, message, images):
    with pytest.raises(ValueError, match=message):
        PrincipalFeatures(**{"transformer": OrientedGradients(), **parameters}).fit(images)


@pytest.mark.parametrize("whiten", [0.4, 1.0])
def test_whitening_divides_by_a_power_of_the_standard_deviation(whiten, images):
    plain, whitened = (
        PrincipalFeatures(WORDS, 30, whiten=power, random_state=0).fit(images)
        for power in (0.0, whiten)
    )
    rows, scaled = plain.transform(images), whitened.transform(images)
    deviations = np.sqrt((rows.astype(np.float64) ** 2).mean(axis=0))
    np.testing.assert_allclose(scaled, rows / deviations**whiten, rtol=1e-3, atol=1e-5)


def test_constant_images_yield_zeros_with_whitening():
    flat = np.full((5, 48, 48), 7, dtype=np.uint8)
    rows = PrincipalFeatures(OrientedGradients(), 3, whiten=1.0, random_state=0).fit_transform(flat)
    np.testing.assert_array_equal(rows, 0)


def test_rounding_preserves_parity_and_approximates_features(images):
    exact = PrincipalFeatures(LocalBinaryPatterns(), 20, random_state=0).fit(images)
    found = PrincipalFeatures(LocalBinaryPatterns(), 20, rounding=0.5, random_state=0).fit(images)
    assert all(len(np.unique(axis)) < 40 for axis in np.asarray(found.components_[0]))
    rows = found.transform(images)
    mirrored = found.transform(images[:, :, ::-1])
    np.testing.assert_allclose(mirrored, np.where(found.odd_, -rows, rows), rtol=0, atol=1e-5)
    gap = np.abs(rows - exact.transform(images)).mean(axis=0)
    assert np.all(gap < 0.4 * exact.transform(images).std(axis=0) + 1e-6)
