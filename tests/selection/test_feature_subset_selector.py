"""Compare each method with a direct implementation of its definition."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import f_classif, mutual_info_classif
from sklearn.metrics import mutual_info_score

from fertools.base import GROUP_DTYPE
from fertools.selection import (
    FeatureSubsetSelector,
    _correlation,
    _forward_selection,
    _mutual_information,
)
from fertools.selection._correlation import Correlations, StreamedCorrelations
from fertools.selection._mutual_information import Histograms, quantile_codes
from fertools.selection._selection_report import count_selected

METHODS = ["mrmr", "jmi", "cfs", "nmi", "anova"]


@pytest.fixture(scope="module")
def data():
    """Return informative features, near duplicates of them, a constant and noise."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 400)
    signal = np.eye(4)[y][:, :3] + rng.normal(scale=0.7, size=(400, 3))
    duplicates = signal + rng.normal(scale=0.05, size=(400, 3))
    noise = rng.normal(size=(400, 12))
    X = np.column_stack([noise, signal, duplicates, np.full(400, 0.1), noise[:, :3] ** 2])
    return X, np.array(["angry", "fear", "happy", "sad"])[y]


def entropy(codes):
    shares = np.unique(codes, return_counts=True)[1] / len(codes)
    return -(shares * np.log(shares)).sum()


def oracle(X, y, method, n_select):
    relevance = np.nan_to_num(f_classif(X, y)[0])
    varying = np.ptp(X, axis=0) > 0
    relevance[~varying] = 0
    y = np.unique(y, return_inverse=True)[1]
    d = X.shape[1]
    r = np.zeros((d, d))
    r[np.ix_(varying, varying)] = np.abs(np.corrcoef(X[:, varying].T))
    eta = np.zeros(d)
    for k in np.flatnonzero(varying):
        means = np.array([X[y == c, k].mean() for c in range(4)])[y]
        eta[k] = means.std() / X[:, k].std()
    codes = quantile_codes(X, 4).astype(int)
    mi = np.array([mutual_info_score(codes[:, k], y) for k in range(d)])
    chosen = []
    while len(chosen) < n_select:
        scores = np.full(d, -np.inf)
        for k in set(range(d)) - set(chosen):
            if method == "anova" or (method == "mrmr" and not chosen):
                scores[k] = relevance[k]
            elif method == "mrmr":
                scores[k] = relevance[k] / max(np.mean([r[k, s] for s in chosen]), 1e-6)
            elif method == "cfs":
                S = [*chosen, k]
                scores[k] = eta[S].sum() / np.sqrt(
                    r[np.ix_(S, S)].sum() - np.diag(r)[S].sum() + len(S)
                )
            elif not chosen:
                scores[k] = mi[k]
            elif method == "jmi":
                scores[k] = sum(mutual_info_score(codes[:, k] * 4 + codes[:, s], y) for s in chosen)
            else:
                shared = []
                for s in chosen:
                    smaller = min(entropy(codes[:, k]), entropy(codes[:, s]))
                    both = mutual_info_score(codes[:, k], codes[:, s])
                    shared.append(both / smaller if smaller > 0 else 0)
                scores[k] = mi[k] - np.mean(shared)
        chosen.append(int(np.argmax(scores)))
    return chosen


@pytest.mark.parametrize("method", METHODS)
def test_selection_agrees_with_the_definition(data, method):
    X, y = data
    selector = FeatureSubsetSelector(method, n_features_to_select=10).fit(X, y)
    assert selector.selected_features_.tolist() == oracle(X, y, method, 10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("module", "constant", "value"),
    [
        (_forward_selection, "_LEAD", 1),
        (_correlation, "_BLOCK", 100),
        (_mutual_information, "_BLOCK", 3),
    ],
)
def test_selection_does_not_depend_on_block_sizes(
    data, method, module, constant, value, monkeypatch
):
    X, y = data
    expected = FeatureSubsetSelector(method).fit(X, y)
    monkeypatch.setattr(module, constant, value)
    selector = FeatureSubsetSelector(method).fit(X, y)
    np.testing.assert_array_equal(selector.selected_features_, expected.selected_features_)
    np.testing.assert_allclose(selector.scores_, expected.scores_, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_selection_does_not_depend_on_the_order_of_columns(data, method):
    X, y = data
    order = np.random.default_rng(1).permutation(X.shape[1])
    plain = FeatureSubsetSelector(method, n_features_to_select=8).fit(X, y)
    mixed = FeatureSubsetSelector(method, n_features_to_select=8).fit(X[:, order], y)
    np.testing.assert_array_equal(order[mixed.selected_features_], plain.selected_features_)


@pytest.mark.parametrize("method", METHODS)
def test_selection_does_not_depend_on_scale_and_offset(data, method):
    X, y = data
    gain = np.linspace(0.1, 50, X.shape[1])
    plain = FeatureSubsetSelector(method, n_features_to_select=8).fit(X, y)
    scaled = FeatureSubsetSelector(method, n_features_to_select=8).fit(X * gain - 3, y)
    np.testing.assert_array_equal(scaled.selected_features_, plain.selected_features_)


@pytest.mark.parametrize("method", ["mrmr", "nmi"])
def test_informative_features_are_selected_before_their_duplicates(data, method):
    X, y = data
    first = FeatureSubsetSelector(method, n_features_to_select=3).fit(X, y).selected_features_
    assert sorted((first - 12) % 3) == [0, 1, 2], "one of each pair of duplicates"
    assert set(first) <= set(range(12, 18))


@pytest.mark.parametrize("method", METHODS)
def test_first_of_equal_features_is_selected_first(data, method):
    """Rounding does not decide between duplicates with different scales and offsets."""
    rng = np.random.default_rng(2)
    y = data[1]
    X = rng.normal(size=(400, 37)) + np.unique(y, return_inverse=True)[1][:, None] / 4
    original = rng.permutation(np.tile(np.arange(37), 3))
    X = X[:, original] * rng.uniform(1, 9, len(original)) + rng.uniform(1, 9, len(original))
    selector = FeatureSubsetSelector(method, n_features_to_select=1.0).fit(X, y)
    for k in range(37):
        duplicates = np.flatnonzero(original == k)
        assert selector.ranking_[duplicates].argmin() == 0


@pytest.mark.parametrize("method", METHODS)
def test_constant_features_are_selected_last(data, method):
    """They follow even redundant features, to which "cfs" and "nmi" give negative scores."""
    X, y = data
    n = X.shape[1]
    repeated = np.column_stack([np.full(400, 0.1), X, X + 1])
    selector = FeatureSubsetSelector(method, n_features_to_select=1.0).fit(repeated, y)
    assert selector.selected_features_[-3:].tolist() == [0, 19, 19 + n]
    assert selector.relevance_[[0, 19, 19 + n]].tolist() == [0, 0, 0]


def test_relevance_is_finite_for_perfect_features():
    """F is finite, so that perfect features are still ranked by redundancy."""
    y = np.repeat([0, 1, 2], 20)
    X = np.column_stack([y, 2 * y, y == 1, np.tile([0, 1], 30)]).astype(float)
    selector = FeatureSubsetSelector(n_features_to_select=3).fit(X, y)
    assert selector.selected_features_.tolist() == [0, 2, 1]
    assert np.isfinite(selector.relevance_).all()


def test_feature_whose_variance_underflows_counts_as_constant(data):
    X, y = data
    X = np.column_stack([X[:, 12] * 1e-170, X])
    selector = FeatureSubsetSelector(n_features_to_select=5).fit(X, y)
    assert not selector.get_support()[0]
    classes = np.unique(y, return_inverse=True)[1]
    assert Correlations(X, classes).f[0] == 0


def test_fitted_attributes_are_consistent(data):
    X, y = data
    selector = FeatureSubsetSelector(n_features_to_select=6).fit(X, y)
    order = selector.selected_features_
    assert selector.ranking_[order].tolist() == [1, 2, 3, 4, 5, 6]
    assert (np.delete(selector.ranking_, order) == 7).all()
    np.testing.assert_array_equal(np.flatnonzero(selector.support_), np.sort(order))
    np.testing.assert_array_equal(selector.transform(X), X[:, np.sort(order)])
    assert len(selector.scores_) == 6
    assert selector.scores_[0] == selector.relevance_.max() == selector.relevance_[order[0]]


def test_f_statistic_agrees_with_scikit_learn(data):
    X, y = data
    varying = np.delete(X, 18, axis=1)
    selector = FeatureSubsetSelector("anova").fit(varying, y)
    np.testing.assert_allclose(selector.relevance_, f_classif(varying, y)[0], rtol=1e-9)


def test_mutual_information_agrees_with_scikit_learn(data):
    X, y = data
    codes = quantile_codes(X, 4)
    histograms = Histograms(codes, 4, np.unique(y, return_inverse=True)[1])
    expected = mutual_info_classif(codes, y, discrete_features=True)
    np.testing.assert_allclose(histograms.relevance(), expected, atol=1e-9)
    between = histograms.information_between(np.array([0, 12]))
    assert between[1, 15] == pytest.approx(mutual_info_score(codes[:, 12], codes[:, 15]), abs=1e-9)


def test_equal_values_share_a_bin():
    X = np.array([[0, 0, 0, 0, 0, 1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8]], float).T
    codes = quantile_codes(X, 4)
    assert set(codes[:5, 0]) == {0}
    assert (codes[5:, 0] > 0).all()
    assert np.bincount(codes[:, 1]).tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("n_features", "n_selected"), [(None, 11), (4, 4), (0.25, 5), (1.0, 22), (1e-6, 1)]
)
def test_number_of_selected_features(data, n_features, n_selected):
    X, y = data
    selector = FeatureSubsetSelector("anova", n_features_to_select=n_features).fit(X, y)
    assert selector.support_.sum() == n_selected


def test_invalid_input_is_reported(data):
    X, y = data
    with pytest.raises(ValueError, match="must be at most 22, the number of features; got 2000"):
        FeatureSubsetSelector(n_features_to_select=2000).fit(X, y)
    with pytest.raises(ValueError, match="'method' parameter"):
        FeatureSubsetSelector("relief").fit(X, y)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        FeatureSubsetSelector().fit(np.where(X > 2, np.nan, X), y)


def test_report_counts_features_per_group(data):
    X, y = data
    left, right, whole = (0, 0, 1, 0.5), (0, 0.5, 1, 1), (0, 0, 1, 1)
    rows = [("lbp_r1", *left)] * 6 + [("lbp_r1", *right)] * 6
    rows += [("dct", *whole)] * 5 + [("zernike", *whole)] * 5
    groups = np.array(rows, dtype=GROUP_DTYPE)
    selector = FeatureSubsetSelector(n_features_to_select=6).fit(X, y)
    report = selector.report(groups)
    columns = ["descriptor", "y0", "x0", "y1", "x1", "available"]
    assert report[columns].to_numpy().tolist() == [
        ["lbp_r1", *left, 6],
        ["lbp_r1", *right, 6],
        ["dct", *whole, 5],
        ["zernike", *whole, 5],
    ]
    support = selector.get_support()
    assert report["selected"].tolist() == [
        support[part].sum() for part in (slice(6), slice(6, 12), slice(12, 17), slice(17, 22))
    ]
    assert report["share"].tolist() == (report["selected"] / report["available"]).tolist()
    pd.testing.assert_frame_equal(count_selected(groups, support.tolist()), report)


def test_invalid_groups_and_masks_are_reported(data):
    X, y = data
    selector = FeatureSubsetSelector(n_features_to_select=6).fit(X, y)
    names = [f"dct_0_{k}" for k in range(22)]
    for groups in (names, np.array(names)):
        with pytest.raises(TypeError, match="groups must be a structured array with the fields"):
            selector.report(groups)
    groups = np.zeros(20, dtype=GROUP_DTYPE)
    with pytest.raises(ValueError, match=r"support must be a boolean mask of shape \(20,\).*22"):
        selector.report(groups)
    with pytest.raises(ValueError, match=r"boolean mask.* got int64"):
        count_selected(groups, selector.get_support(indices=True))


def test_data_frames_keep_their_column_names(data):
    X, y = data
    frame = pd.DataFrame(X, columns=[f"dct_0_{k}" for k in range(22)])
    selector = FeatureSubsetSelector(n_features_to_select=5).set_output(transform="pandas")
    chosen = selector.fit_transform(frame, y)
    pd.testing.assert_frame_equal(chosen, frame[chosen.columns])
    assert chosen.columns.tolist() == selector.get_feature_names_out().tolist()


def test_labels_are_required(data):
    X, _ = data
    assert FeatureSubsetSelector().__sklearn_tags__().target_tags.required
    with pytest.raises(ValueError, match="requires y to be passed"):
        FeatureSubsetSelector().fit(X, None)
    with pytest.raises(ValueError, match="Unknown label type"):
        FeatureSubsetSelector().fit(X, X[:, 0])


@pytest.mark.parametrize("sizes", [[200], [1, 99, 0, 100]])
def test_streamed_correlations_equal_those_of_the_whole_array(sizes):
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 200)
    X = random.normal(size=(200, 30)) @ random.normal(size=(30, 30)) + classes[:, None] + 1000
    X[:, 4] = 7
    streamed = StreamedCorrelations(30, 4)
    for chunk in np.split(np.arange(200), np.cumsum(sizes)[:-1]):
        streamed.add(X[chunk], classes[chunk])
    streamed.finish()
    whole = Correlations(X, classes)
    np.testing.assert_allclose(streamed.f, whole.f, rtol=1e-6)
    np.testing.assert_allclose(streamed.eta_squared, whole.eta_squared, rtol=1e-6)
    np.testing.assert_array_equal(streamed.varying, whole.varying)
    chosen = np.array([3, 4, 9])
    np.testing.assert_allclose(streamed.absolute(chosen), whole.absolute(chosen), atol=1e-9)
