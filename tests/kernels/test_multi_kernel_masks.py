"""Kernels of features with a mask of odd features."""

import numpy as np
import pytest
from kernel_groups import GROUPS, WEIGHTS, draw
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from fertools.datasets import make_faces
from fertools.features import (
    FeatureFusion,
    GaborEnergy,
    OrientedGradients,
    PrincipalFeatures,
)
from fertools.kernels import GramSVC, MultiKernel
from fertools.kernels._kernel_functions import (
    similarity_with_mirror,
)
from fertools.persistence import load, save


@pytest.fixture(scope="module")
def principal():
    """Return features of 105 faces and their mirror images, labels, groups and the odd mask."""
    faces = make_faces(105, random_state=0)
    fusion = FeatureFusion(
        [
            ("hog", PrincipalFeatures(OrientedGradients(), 40, random_state=0)),
            ("gabor", PrincipalFeatures(GaborEnergy(), 20, random_state=0)),
        ]
    ).fit(faces.images)
    sides = [fusion.transform(side) for side in (faces.images, faces.images[:, :, ::-1])]
    return sides, faces.labels, fusion.groups_["descriptor"], fusion.odd_


@pytest.mark.parametrize(
    "kernel, combine",
    [("rbf", "sum"), ("rbf", "product"), ({"hog_6x6": "linear", "gabor_l4": "rbf"}, "sum")],
)
def test_mask_of_odd_features_equals_halves(kernel, combine, principal):
    (features, reflected), _, groups, odd = principal
    both = np.hstack([features, reflected])
    parameters = {"kernel": kernel, "combine": combine}
    masked = MultiKernel(groups, symmetry=odd, **parameters).fit(features)
    halved = MultiKernel(groups, symmetry="halves", **parameters).fit(both)
    assert masked.n_terms_ == halved.n_terms_ == 2
    assert masked.gammas_ == pytest.approx(halved.gammas_)
    K = masked.matrix(features)
    assert_allclose(K, halved.matrix(both), atol=1e-5)
    assert_allclose(masked.matrix(features, features[:9].copy()), K[:, :9], atol=1e-6)
    assert_allclose(masked.matrix(reflected, features), K, atol=1e-5)
    # The kernel without symmetry differs.
    assert abs(MultiKernel(groups, **parameters).fit(features).matrix(features) - K).max() > 0.1


def test_mask_averages_over_images_and_mirror_images():
    rng = np.random.default_rng(0)
    X, Y, odd = rng.normal(size=(40, 17)), rng.normal(size=(30, 17)), np.arange(17) % 3 == 0
    one_half = MultiKernel(GROUPS, weights=WEIGHTS).fit(X)
    sides = [(X, np.where(odd, -X, X)), (Y, np.where(odd, -Y, Y))]
    terms = [one_half.matrix(x.copy(), y.copy()) for x in sides[0] for y in sides[1]]
    # A list is accepted as well.
    multi = MultiKernel(GROUPS, weights=WEIGHTS, symmetry=odd.tolist()).fit(X)
    assert_allclose(multi.matrix(X, Y), np.mean(terms, axis=0), atol=1e-12)


@pytest.mark.parametrize("odd", [np.arange(17) > 4, np.zeros(17, bool), np.ones(17, bool)])
@pytest.mark.parametrize("combine", ["sum", "product"])
def test_contiguous_empty_and_full_masks(odd, combine):
    X, Y = draw(70)[0], draw(50, seed=1)[0]
    parameters = {"weights": WEIGHTS, "combine": combine}
    one_half = MultiKernel(GROUPS, **parameters).fit(X)
    multi = MultiKernel(GROUPS, symmetry=odd, **parameters).fit(X)
    terms = [one_half.matrix(side, Y) for side in (X, np.where(odd, -X, X))]
    assert_allclose(multi.matrix(X, Y), np.mean(terms, axis=0), atol=1e-12)


def test_contiguous_features_are_not_copied(monkeypatch):
    X, odd = draw(60)[0], np.isin(np.arange(17), [6, 7, 8, 12, 13, 16])
    seen = []

    def similarity(X, Y, even, odd, *given):
        seen.extend([Y[:, even], Y[:, odd]])
        return similarity_with_mirror(X, Y, even, odd, *given)

    monkeypatch.setattr("fertools.kernels._multi_kernel.similarity_with_mirror", similarity)
    MultiKernel(GROUPS, symmetry=odd).fit(X).matrix(X[:2], X)
    assert [part.shape[1] for part in seen] == [6, 3, 3, 2, 2, 1]
    assert all(np.shares_memory(part, X) for part in seen)


def test_histograms_are_allowed_beside_odd_features():
    X, odd = draw(60)[0], np.arange(17) < 4
    kernels = {"hog": "rbf", "lbp": "chi2", "dct": "intersection"}
    multi, plain = (MultiKernel(GROUPS, kernel=kernels, symmetry=s).fit(X) for s in (odd, None))
    reflected = plain.matrix(np.where(odd, -X, X), X)
    assert_allclose(multi.matrix(X), (plain.matrix(X) + reflected) / 2, atol=1e-12)


def test_decisions_with_a_mask_are_mirror_invariant(principal):
    (features, reflected), labels, groups, odd = principal
    gram = GramSVC(C=3, kernel=MultiKernel(groups, symmetry=odd)).fit(features[:70], labels[:70])
    decisions = gram.decision_function(features[70:])
    assert_allclose(gram.decision_function(reflected[70:]), decisions, atol=1e-4)
    assert_array_equal(gram.predict(reflected[70:]), gram.predict(features[70:]))
    plain = GramSVC(C=3, kernel=MultiKernel(groups)).fit(features[:70], labels[:70])
    sides = [plain.decision_function(side[70:]) for side in (features, reflected)]
    assert abs(sides[0] - sides[1]).max() > 1e-2


def test_mask_is_cloned_and_saved(principal, tmp_path):
    (features, _), labels, groups, odd = principal
    gram = GramSVC(kernel=MultiKernel(groups, symmetry=odd))
    assert_array_equal(clone(gram).kernel.symmetry, odd)
    gram.fit(features, labels)
    save(gram, tmp_path / "model.fer")
    loaded = load(tmp_path / "model.fer")
    assert_array_equal(loaded.decision_function(features), gram.decision_function(features))
    assert_array_equal(
        loaded.fit(features, labels).decision_function(features), gram.decision_function(features)
    )


@pytest.mark.parametrize(
    "symmetry, got",
    [
        (np.ones(5, bool), r"shape \(5,\) and dtype bool"),
        (np.ones((17, 2), bool), r"shape \(17, 2\) and dtype bool"),
        (np.arange(17), r"shape \(17,\) and dtype int"),
        (np.full(17, 0.5), r"shape \(17,\) and dtype float"),
    ],
)
def test_invalid_masks_are_rejected(symmetry, got):
    rule = r"symmetry must be None, 'halves' or a boolean mask of shape \(17,\); got "
    with pytest.raises(ValueError, match=rule + got):
        MultiKernel(GROUPS, symmetry=symmetry).fit(draw()[0])


def test_odd_features_require_rbf_or_linear():
    with pytest.raises(ValueError, match="'rbf' or 'linear' for a group with odd features; got"):
        MultiKernel(kernel="chi2", symmetry=np.ones(17, bool)).fit(draw()[0])
