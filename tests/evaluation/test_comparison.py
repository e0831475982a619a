"""Comparisons: scores against scikit-learn, resuming, failures, costs and files."""

import sys

import cv2
import joblib
import numpy as np
import pytest
from comparison_methods import DimFaces, Network, Watched
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import (
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    roc_auc_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_info

from fertools.datasets import make_faces, take_samples
from fertools.detection import FaceLocalizer
from fertools.evaluation import (
    bootstrap_interval,
    compare,
    evaluate_published,
    expected_calibration_error,
    mcnemar,
)
from fertools.evaluation._costs import memory_peak
from fertools.evaluation._scores import summarize_confusion
from fertools.features import DiscreteCosine


class BrightDetector(BaseEstimator):
    """Detect the whole image as a face if it is bright."""

    def detect(self, image):
        return [(0, 0, *image.shape[::-1])] if image.mean() >= 100 else []


def test_scores_equal_scikit_learn(comparison, faces):
    result = comparison.results["lda"]
    truth, p = faces.labels[105:], result.probabilities.astype(float)
    order = np.argsort(result.classes)
    names, p_sorted = np.array(result.classes)[order], p[:, order]
    p_sorted /= p_sorted.sum(axis=1, keepdims=True)
    scores = result.scores["published"]
    np.testing.assert_array_equal(result.truth, truth)
    expected = {
        "accuracy": np.mean(result.predicted == truth),
        "balanced_accuracy": balanced_accuracy_score(truth, result.predicted),
        "macro_f1": f1_score(truth, result.predicted, average="macro"),
        "log_loss": log_loss(truth, p_sorted, labels=names),
        "brier": brier_score_loss(truth, p_sorted, labels=names),
        "ece": expected_calibration_error(truth, p, result.classes),
        "auc": roc_auc_score(truth, p_sorted, multi_class="ovr", labels=names),
        "coverage": 1.0,
    }
    assert {key: scores[key] for key in expected} == pytest.approx(expected, rel=1e-5)
    right = result.predicted == truth
    assert scores["intervals"]["accuracy"] == pytest.approx(bootstrap_interval(np.mean, right))
    for name, (low, high) in scores["intervals"].items():
        assert low < scores[name] < high


def test_scores_equal_evaluate_published(comparison, faces, methods):
    model = methods["knn"].fit(faces.images[:105], faces.labels[:105])
    reference = evaluate_published(model, faces, ["PrivateTest"])["PrivateTest"]
    result = comparison.results["knn"]
    assert np.flatnonzero(result.seen).tolist() == [0, 1]
    assert result.row.tolist() == list(range(105, 140))
    for protocol, scores in reference.items():
        for key, score in scores.items():
            rates = ("accuracy", "balanced_accuracy", "macro_f1")
            expected = pytest.approx(score) if key in rates else score
            assert result.scores[protocol][key] == expected
    assert result.scores["deduplicated"]["accuracy"] < result.scores["published"]["accuracy"]


def test_scores_of_probabilities_are_none_without_probabilities(comparison):
    result = comparison.results["svm"]
    scores = result.scores["published"]
    assert result.probabilities is None
    assert [scores[key] for key in ("log_loss", "brier", "ece", "auc")] == [None] * 4
    assert set(scores["intervals"]) == {"accuracy", "balanced_accuracy", "macro_f1"}
    assert comparison.table().loc["svm", ["log_loss", "auc"]].isna().all()


def test_table(comparison):
    table = comparison.table()
    assert list(table.index) == ["lda", "knn", "svm", "chance"]
    assert set(table["status"]) == {"ok"} and set(table["reason"]) == {""}
    assert ((table["accuracy_low"] < table["accuracy"]) & table["accuracy"].notna()).all()
    costs = ["fit_seconds", "ms_one", "ms_batch", "model_bytes"]
    assert (table[costs] > 0).all(axis=None)
    best, chance = table.loc["lda"], table.loc["chance"]
    assert best["accuracy_low"] > chance["accuracy"]


def test_pairs(comparison):
    pairs = comparison.pairs()
    assert len(pairs) == 6
    right = {name: result.predicted == result.truth for name, result in comparison.results.items()}
    for pair in pairs.itertuples():
        first, second = right[pair.first], right[pair.second]
        counts = int((first > second).sum()), int((second > first).sum())
        assert (pair.only_first, pair.only_second) == counts
        assert (pair.statistic, pair.p) == mcnemar(*counts)
    assert pairs["p_holm"].min() == pytest.approx(6 * pairs["p"].min())
    assert (pairs["p_holm"] >= pairs["p"]).all()


def test_known_persons_are_resampled_for_intervals(people):
    half = take_samples(people, np.arange(0, len(people.images), 2))
    method = {"knn": make_pipeline(DiscreteCosine(60), KNeighborsClassifier(1))}
    result = compare(method, half, "ckplus_person_independent").results["knn"]
    np.testing.assert_array_equal(result.group, half.groups[result.row])
    expected = bootstrap_interval(np.mean, result.predicted == result.truth, groups=result.group)
    scores = result.scores["published"]
    assert scores["intervals"]["accuracy"] == pytest.approx(expected)
    assert len(set(result.fold)) == 10 and len(result.row) == len(half.images)


def test_five_classes_keep_original_sample_index(faces):
    result = compare({"one": Watched()}, faces, "fer2013_5class_70_30").results["one"]
    np.testing.assert_array_equal(result.truth, faces.labels[result.row])
    assert result.classes == ["angry", "happy", "sad", "surprise", "neutral"]


def test_cross_dataset_results_describe_test_set(faces):
    other = make_faces(28, random_state=1)
    other.images[5] = faces.images[9]
    comparison = compare({"one": Watched()}, (faces, other), "cross_dataset")
    result = comparison.results["one"]
    assert result.row.tolist() == list(range(28))
    assert np.flatnonzero(result.seen).tolist() == [5]
    assert comparison.about["data"]["n_images"] == 28


def test_failed_method_is_recorded_and_others_run(faces):
    broken = {"broken": Watched(breaks=MemoryError("no\nroom")), "sound": Watched()}
    comparison = compare(broken, faces)
    result = comparison.results["broken"]
    assert (result.status, result.reason) == ("failed", "MemoryError: no room")
    assert len(result.row) == 0 and result.scores == {}
    assert comparison.results["sound"].status == "ok"
    table = comparison.table()
    assert table["status"].tolist() == ["failed", "ok"]
    assert np.isnan(table.loc["broken", "accuracy"])
    assert len(comparison.pairs()) == 0


def test_representation_has_no_memory_addresses(faces):
    method = Watched(name=test_table, answer="x" * 2000)
    result = compare({"a": method}, faces, "fer2013_published").results["a"]
    assert "<function test_table>" in result.parameters
    assert "x" * 2000 in result.parameters and "\n" not in result.parameters


def test_history_of_a_network(faces):
    methods = {"net": Network(), "last": make_pipeline(DiscreteCosine(9), Network())}
    results = compare(methods, faces, "fer2013_published").results
    for result in results.values():
        assert result.history == {"loss": [1.5, 1.0], "val_accuracy": [0.2, 0.3]}


@pytest.mark.parametrize("answer", [None, "", "no_face"])
def test_missed_faces_are_errors_and_lower_coverage(faces, answer):
    comparison = compare({"dim": DimFaces(answer=answer)}, faces, "fer2013_published")
    result = comparison.results["dim"]
    dark = faces.images[105:].mean(axis=(1, 2)) < 100
    assert 0 < dark.mean() < 1
    np.testing.assert_array_equal(result.found, ~dark)
    np.testing.assert_array_equal(result.predicted, np.where(dark, "no_face", "happy"))
    scores = result.scores["published"]
    assert scores["coverage"] == pytest.approx(1 - dark.mean())
    assert scores["accuracy"] == np.mean((faces.labels[105:] == "happy") & ~dark)
    # Macro-F1 is the mean over seven classes, without "no_face".
    n_happy = (faces.labels[105:] == "happy") & ~dark
    f1 = 2 * n_happy.sum() / (5 + (~dark).sum())
    assert scores["macro_f1"] == pytest.approx(f1 / 7)


def test_coverage_of_face_localizer(faces):
    localizer = FaceLocalizer(BrightDetector())
    method = make_pipeline(localizer, DiscreteCosine(30), LinearDiscriminantAnalysis())
    result = compare({"lda": method}, faces, "fer2013_published").results["lda"]
    bright = faces.images[105:].mean(axis=(1, 2)) >= 100
    np.testing.assert_array_equal(result.found, bright)
    assert set(result.predicted) <= set(faces.target_names)


def test_class_missing_from_training_has_probability_zero(faces):
    lacking = take_samples(faces, (faces.usage == "PrivateTest") | (faces.labels != "sad"))
    method = {"lda": make_pipeline(DiscreteCosine(30), LinearDiscriminantAnalysis())}
    result = compare(method, lacking, "fer2013_published").results["lda"]
    assert (result.probabilities[:, result.classes.index("sad")] == 0).all()
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert result.scores["published"]["per_class"]["sad"]["recall"] == 0


def test_frozen_estimator_is_not_fitted(faces):
    other = make_faces(70, random_state=2)
    model = make_pipeline(DiscreteCosine(30), LinearDiscriminantAnalysis())
    model.fit(other.images, other.labels)
    result = compare({"theirs": FrozenEstimator(model)}, faces, "fer2013_published").results[
        "theirs"
    ]
    np.testing.assert_array_equal(result.predicted, model.predict(faces.images[105:]))


def test_classes_beyond_those_of_the_data_lower_the_sums(faces):
    other = make_faces(70, random_state=2)
    labels = np.where(np.arange(70) % 2, "calm", other.labels)
    model = make_pipeline(DiscreteCosine(30), LinearDiscriminantAnalysis())
    model.fit(other.images, labels)
    frozen = {"theirs": FrozenEstimator(model)}
    result = compare(frozen, faces, "fer2013_published").results["theirs"]
    assert result.status == "ok" and 0 <= result.scores["published"]["ece"] <= 1
    assert result.probabilities.sum(axis=1).min() < 0.9


def test_parallel_folds_give_equal_results(methods):
    chosen, faces = {"lda": methods["lda"]}, make_faces(70, random_state=0)
    alone, together = (compare(chosen, faces, n_jobs=n).results["lda"] for n in (None, 2))
    with joblib.parallel_config("multiprocessing"):
        other = compare(chosen, faces, n_jobs=2).results["lda"]
    assert len(set(alone.fold)) == 5
    for field in ("row", "fold", "truth", "predicted", "probabilities", "seen", "scores"):
        np.testing.assert_array_equal(getattr(alone, field), getattr(together, field))
        np.testing.assert_array_equal(getattr(alone, field), getattr(other, field))


def test_progress():
    reports, faces = [], make_faces(70, random_state=0)
    methods = {"a": Watched(), "b": Watched(breaks=ValueError("x"))}
    compare(methods, faces, progress=reports.append)
    assert [(p.done, p.total, p.method, p.status, p.fold, p.n_folds) for p in reports] == [
        *[(0, 2, "a", "fitting", fold, 5) for fold in range(5)],
        (0, 2, "a", "measuring", 5, 5),
        (0, 2, "a", "scoring", 5, 5),
        (1, 2, "a", "ok", 5, 5),
        (1, 2, "b", "fitting", 0, 5),
        (2, 2, "b", "failed", 0, 5),
    ]
    assert [p.finished for p in reports] == [p.status in ("ok", "failed") for p in reports]
    assert all(p.seconds >= 0 for p in reports)


def test_faces_are_timed_on_one_thread(faces):
    threads, sizes = [], []

    class Counting(Watched):
        def __init__(self, name="method", answer="happy", breaks=None, n_jobs=2):
            super().__init__(name, answer, breaks)
            self.n_jobs = n_jobs

        def predict(self, X):
            blas = {pool["num_threads"] for pool in threadpool_info()}
            threads.append((blas, cv2.getNumThreads(), self.n_jobs))
            sizes.append(len(X))
            return super().predict(X)

    n_before = cv2.getNumThreads()
    result = compare({"a": Counting()}, faces, "fer2013_published").results["a"]
    assert all(thread == ({1}, 1, 1) for thread in threads[1:])
    assert sizes == [35, *[1] * 21, *[35] * 3]
    assert cv2.getNumThreads() == n_before
    assert result.costs["threads"] == 1
    # Model files do not accept user-defined types.
    assert result.costs["model_bytes"] is None


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is known on Linux only")
def test_memory_peak():
    with memory_peak() as peak:
        np.ones(2**23).sum()
    with memory_peak() as later:
        pass
    assert 60 < peak["mib"] < 80
    assert later["mib"] < 5


def test_summary_of_confusion_with_absent_classes():
    # Two samples of a, predicted as a and b; no samples of b; c is absent and never predicted.
    confusion = np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(summarize_confusion(confusion), [1 / 2, 1 / 2, (2 / 3 + 0) / 2])


@pytest.mark.parametrize(
    ("estimators", "message"),
    [
        ({}, "estimators must hold at least one estimator"),
        ([("a", Watched()), ("a", Watched())], "got 2 with 1 names"),
        ({"a/b": Watched()}, "estimators must have names of letters.*got 'a/b'"),
        ({"../a": Watched()}, "estimators must have names of letters"),
        ({"comparison": Watched()}, "other than 'comparison'"),
        ({"Scores": Watched()}, "got 'Scores'"),
        ({"con": Watched()}, "device names of Windows.*got 'con'"),
        ({"Nul.1": Watched()}, "device names of Windows"),
        ({"a.": Watched()}, "do not end in a blank or a dot"),
        ({"a ": Watched()}, "do not end in a blank or a dot"),
        ({"SVM": Watched(), "svm": Watched()}, "differ in more than case.*'SVM' and 'svm'"),
        ({"n" * 251: Watched()}, "at most 250 bytes in UTF-8; got 251 bytes"),
        ({"\u00fc" * 126: Watched()}, "at most 250 bytes in UTF-8; got 252 bytes"),
        ({1: Watched()}, "estimators must have names of letters.*got 1"),
        ({"a": "svm"}, "estimators must hold scikit-learn estimators; 'a' is a str"),
        ([Watched()], r"a dict or a list of pairs \(name, estimator\); got a Watched in a list"),
        ([make_pipeline(Watched(), Watched())], "got a Pipeline in a list"),
        (["ab"], "got a str in a list"),
        ([([], Watched())], r"estimators must have names of letters.*got \[\]"),
    ],
)
def test_invalid_estimators_raise(faces, estimators, message):
    with pytest.raises(ValueError, match=message):
        compare(estimators, faces)


@pytest.mark.parametrize(
    "options", [{"protocol": "best"}, {"random_state": None}, {"n_jobs": "all"}, {"progress": 1}]
)
def test_invalid_parameters_raise(faces, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        compare({"a": Watched()}, faces, **options)
