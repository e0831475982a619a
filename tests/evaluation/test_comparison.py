"""Methods on the same rows: scores against scikit-learn, resuming, failures, costs, files."""

import json
import sys
from dataclasses import fields

import cv2
import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
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
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_info

from fertools.datasets import make_faces, take_rows
from fertools.detection import FaceLocalizer
from fertools.evaluation import (
    Comparison,
    bootstrap_interval,
    compare,
    evaluate_published,
    expected_calibration_error,
    mcnemar,
)
from fertools.evaluation._costs import memory_peak
from fertools.evaluation._scores import summarize_confusion
from fertools.features import DiscreteCosine

FITTED = []


class Watched(ClassifierMixin, BaseEstimator):
    """Calls every face by one name, notes each fit, and breaks where it is told to."""

    def __init__(self, name="method", answer="happy", breaks=None):
        self.name = name
        self.answer = answer
        self.breaks = breaks

    def fit(self, X, y):
        FITTED.append(self.name)
        if self.breaks is not None:
            raise self.breaks
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.answer)


class DimFaces(Watched):
    """Finds no face in a dark image, and says so as it is told to."""

    def predict(self, X):
        return [self.answer if image.mean() < 100 else "happy" for image in X]


class Network(Watched):
    """Has learning curves."""

    def fit(self, X, y):
        self.history_ = {"loss": [np.float32(1.5), 1.0], "val_accuracy": [0.2, 0.3]}
        return super().fit(X, y)


class BrightDetector(BaseEstimator):
    """Finds the whole image to be a face where it is bright."""

    def detect(self, image):
        return [(0, 0, *image.shape[::-1])] if image.mean() >= 100 else []


@pytest.fixture(autouse=True)
def nothing_fitted():
    FITTED.clear()


@pytest.fixture(scope="module")
def faces():
    """Drawn faces, published splits; rows 105 and 106, of PrivateTest, are copies of Training."""
    bunch = make_faces(140, random_state=0)
    bunch.usage = np.repeat(["Training", "PrivateTest"], [105, 35])
    bunch.images[[105, 106]] = bunch.images[[0, 1]]
    return bunch


@pytest.fixture(scope="module")
def methods():
    return {
        "lda": make_pipeline(DiscreteCosine(30), LinearDiscriminantAnalysis()),
        "knn": make_pipeline(DiscreteCosine(60), KNeighborsClassifier(1)),
        "svm": make_pipeline(DiscreteCosine(30), LinearSVC(random_state=0)),
        "chance": DummyClassifier(strategy="stratified", random_state=0),
    }


@pytest.fixture(scope="module")
def comparison(faces, methods):
    return compare(methods, faces, "fer2013_published")


def assert_equal_cases(first, second):
    for field in fields(first):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b, field.name


def test_scores_are_those_of_scikit_learn(comparison, faces):
    case = comparison.results["lda"]
    truth, p = faces.labels[105:], case.probabilities.astype(float)
    order = np.argsort(case.classes)
    names, p_sorted = np.array(case.classes)[order], p[:, order]
    p_sorted /= p_sorted.sum(axis=1, keepdims=True)
    scores = case.scores["published"]
    np.testing.assert_array_equal(case.truth, truth)
    expected = {
        "accuracy": np.mean(case.predicted == truth),
        "balanced_accuracy": balanced_accuracy_score(truth, case.predicted),
        "macro_f1": f1_score(truth, case.predicted, average="macro"),
        "log_loss": log_loss(truth, p_sorted, labels=names),
        "brier": brier_score_loss(truth, p_sorted, labels=names),
        "ece": expected_calibration_error(truth, p, case.classes),
        "auc": roc_auc_score(truth, p_sorted, multi_class="ovr", labels=names),
        "coverage": 1.0,
    }
    assert {key: scores[key] for key in expected} == pytest.approx(expected, rel=1e-5)
    right = case.predicted == truth
    assert scores["intervals"]["accuracy"] == pytest.approx(bootstrap_interval(np.mean, right))
    for name, (low, high) in scores["intervals"].items():
        assert low < scores[name] < high


def test_published_and_deduplicated_are_those_of_the_house(comparison, faces, methods):
    model = methods["knn"].fit(faces.images[:105], faces.labels[:105])
    house = evaluate_published(model, faces, ["PrivateTest"])["PrivateTest"]
    case = comparison.results["knn"]
    assert np.flatnonzero(case.seen).tolist() == [0, 1]
    assert case.row.tolist() == list(range(105, 140))
    for protocol, scores in house.items():
        for key, score in scores.items():
            rates = ("accuracy", "balanced_accuracy", "macro_f1")
            expected = pytest.approx(score) if key in rates else score
            assert case.scores[protocol][key] == expected
    assert case.scores["deduplicated"]["accuracy"] < case.scores["published"]["accuracy"]


def test_without_probabilities_there_are_no_scores_of_them(comparison):
    case = comparison.results["svm"]
    scores = case.scores["published"]
    assert case.probabilities is None
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
    right = {name: case.predicted == case.truth for name, case in comparison.results.items()}
    for pair in pairs.itertuples():
        first, second = right[pair.first], right[pair.second]
        counts = int((first > second).sum()), int((second > first).sum())
        assert (pair.only_first, pair.only_second) == counts
        assert (pair.statistic, pair.p) == mcnemar(*counts)
    assert pairs["p_holm"].min() == pytest.approx(6 * pairs["p"].min())
    assert (pairs["p_holm"] >= pairs["p"]).all()


def test_intervals_are_over_persons_where_they_are_known(people):
    half = take_rows(people, np.arange(0, len(people.images), 2))
    method = {"knn": make_pipeline(DiscreteCosine(60), KNeighborsClassifier(1))}
    case = compare(method, half, "ckplus_person_independent").results["knn"]
    np.testing.assert_array_equal(case.group, half.groups[case.row])
    expected = bootstrap_interval(np.mean, case.predicted == case.truth, groups=case.group)
    scores = case.scores["published"]
    assert scores["intervals"]["accuracy"] == pytest.approx(expected)
    assert len(set(case.fold)) == 10 and len(case.row) == len(half.images)


def test_rows_of_five_classes_are_those_of_the_data(faces):
    case = compare({"one": Watched()}, faces, "fer2013_5class_70_30").results["one"]
    np.testing.assert_array_equal(case.truth, faces.labels[case.row])
    assert case.classes == ["angry", "happy", "sad", "surprise", "neutral"]


def test_across_data_sets_rows_and_copies_are_of_the_second(faces):
    other = make_faces(28, random_state=1)
    other.images[5] = faces.images[9]
    comparison = compare({"one": Watched()}, (faces, other), "cross_dataset")
    case = comparison.results["one"]
    assert case.row.tolist() == list(range(28))
    assert np.flatnonzero(case.seen).tolist() == [5]
    assert comparison.about["data"]["n_images"] == 28


def test_a_failure_is_a_case_and_the_others_go_on(faces):
    broken = {"broken": Watched(breaks=MemoryError("no\nroom")), "sound": Watched()}
    comparison = compare(broken, faces)
    case = comparison.results["broken"]
    assert (case.status, case.reason) == ("failed", "MemoryError: no room")
    assert len(case.row) == 0 and case.scores == {}
    assert comparison.results["sound"].status == "ok"
    table = comparison.table()
    assert table["status"].tolist() == ["failed", "ok"]
    assert np.isnan(table.loc["broken", "accuracy"])
    assert len(comparison.pairs()) == 0


def test_a_finished_case_is_not_fitted_again(faces, tmp_path):
    def run(data=faces, protocol="fer2013_published", random_state=0, folder="one", **answers):
        FITTED.clear()
        methods = {name: Watched(name, answer) for name, answer in answers.items()}
        folder = tmp_path / folder
        compare(methods, data, protocol, results_dir=folder, random_state=random_state)
        return list(FITTED)

    assert run(a="happy", b="sad") == ["a", "b"]
    assert run(a="happy", b="sad") == []
    assert run(a="happy", b="angry") == ["b"]
    assert run(a="happy", b="angry", c="sad") == ["c"]
    assert run(b="angry") == []
    # What was not asked for is still there.
    assert run(a="happy", c="sad") == []
    assert list(Comparison.load(tmp_path / "one").results) == ["a", "b", "c"]
    assert run(a="happy", folder="two") == ["a"]
    assert run(a="happy", folder="two", protocol="fer2013_deduplicated") == ["a"]
    assert run(a="happy", folder="two", protocol="fer2013_deduplicated", random_state=1) == ["a"]
    brighter = take_rows(faces, slice(None))
    brighter.images[139, 0, 0] ^= 1
    assert run(brighter, a="happy", folder="two") == ["a"]
    assert run(take_rows(brighter, np.arange(140)[::-1]), a="happy", folder="two") == ["a"]


def test_another_version_of_fertools_fits_again(faces, tmp_path, monkeypatch):
    compare({"a": Watched("a")}, faces, "fer2013_published", results_dir=tmp_path)
    module = sys.modules["fertools.evaluation._compare"]
    monkeypatch.setattr(module, "__version__", "9.9")
    compare({"a": Watched("a")}, faces, "fer2013_published", results_dir=tmp_path)
    assert FITTED == ["a", "a"]


def test_a_failed_case_is_tried_again(faces, tmp_path):
    options = {"protocol": "fer2013_published", "results_dir": tmp_path}
    compare({"a": Watched("a", breaks=ValueError("x"))}, faces, **options)
    compare({"a": Watched("a", breaks=ValueError("x"))}, faces, **options)
    assert FITTED == ["a", "a"]


def test_an_interruption_loses_the_running_case_alone(faces, tmp_path):
    options = {"protocol": "fer2013_published", "results_dir": tmp_path}
    methods = {name: Watched(name) for name in "abc"}
    with pytest.raises(KeyboardInterrupt):
        compare(methods | {"b": Watched("b", breaks=KeyboardInterrupt())}, faces, **options)
    assert list(Comparison.load(tmp_path).results) == ["a"]
    assert list(compare(methods, faces, **options).results) == ["a", "b", "c"]
    assert FITTED == ["a", "b", "b", "c"]


def test_parameters_are_equal_in_every_process(faces):
    method = Watched(name=test_table, answer="x" * 2000)
    case = compare({"a": method}, faces, "fer2013_published").results["a"]
    assert "<function test_table>" in case.parameters
    assert "x" * 2000 in case.parameters and "\n" not in case.parameters


def test_files_hold_everything(comparison, faces, tmp_path):
    more = compare({"net": Network(), "broken": Watched(breaks=ValueError("x"))}, faces)
    comparison = Comparison(
        comparison.protocol, comparison.about, comparison.results | more.results, faces.target_names
    )
    comparison.save(tmp_path / "new" / "folder")
    loaded = Comparison.load(tmp_path / "new" / "folder")
    assert loaded.protocol == "fer2013_published"
    assert loaded.about == comparison.about
    assert loaded.target_names == faces.target_names
    assert list(loaded.results) == list(comparison.results)
    for name, case in comparison.results.items():
        assert_equal_cases(case, loaded.results[name])
    text = (tmp_path / "new" / "folder" / "lda.json").read_text()
    assert json.loads(text)["scores"] == comparison.results["lda"].scores
    assert "NaN" not in text


def test_history_of_a_network(faces):
    methods = {"net": Network(), "last": make_pipeline(DiscreteCosine(9), Network())}
    cases = compare(methods, faces, "fer2013_published").results
    for case in cases.values():
        assert case.history == {"loss": [1.5, 1.0], "val_accuracy": [0.2, 0.3]}


def test_load_of_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"comparison\.json"):
        Comparison.load(tmp_path)


@pytest.mark.parametrize("answer", [None, "", "no_face"])
def test_a_missed_face_is_wrong_and_lowers_the_coverage(faces, answer):
    comparison = compare({"dim": DimFaces(answer=answer)}, faces, "fer2013_published")
    case = comparison.results["dim"]
    dark = faces.images[105:].mean(axis=(1, 2)) < 100
    assert 0 < dark.mean() < 1
    np.testing.assert_array_equal(case.found, ~dark)
    np.testing.assert_array_equal(case.predicted, np.where(dark, "no_face", "happy"))
    scores = case.scores["published"]
    assert scores["coverage"] == pytest.approx(1 - dark.mean())
    assert scores["accuracy"] == np.mean((faces.labels[105:] == "happy") & ~dark)
    # The mean F1 is over the seven classes: "no_face" is none.
    n_happy = (faces.labels[105:] == "happy") & ~dark
    f1 = 2 * n_happy.sum() / (5 + (~dark).sum())
    assert scores["macro_f1"] == pytest.approx(f1 / 7)


def test_coverage_of_a_localizer(faces):
    localizer = FaceLocalizer(BrightDetector())
    method = make_pipeline(localizer, DiscreteCosine(30), LinearDiscriminantAnalysis())
    case = compare({"lda": method}, faces, "fer2013_published").results["lda"]
    bright = faces.images[105:].mean(axis=(1, 2)) >= 100
    np.testing.assert_array_equal(case.found, bright)
    assert set(case.predicted) <= set(faces.target_names)


def test_a_class_that_training_lacks_has_no_probability(faces):
    lacking = take_rows(faces, (faces.usage == "PrivateTest") | (faces.labels != "sad"))
    method = {"lda": make_pipeline(DiscreteCosine(30), LinearDiscriminantAnalysis())}
    case = compare(method, lacking, "fer2013_published").results["lda"]
    assert (case.probabilities[:, case.classes.index("sad")] == 0).all()
    np.testing.assert_allclose(case.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert case.scores["published"]["per_class"]["sad"]["recall"] == 0


def test_a_frozen_model_is_compared_as_it_is(faces):
    other = make_faces(70, random_state=2)
    model = make_pipeline(DiscreteCosine(30), LinearDiscriminantAnalysis())
    model.fit(other.images, other.labels)
    case = compare({"theirs": FrozenEstimator(model)}, faces, "fer2013_published").results["theirs"]
    np.testing.assert_array_equal(case.predicted, model.predict(faces.images[105:]))


def test_folds_in_parallel_give_the_same(methods):
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


def test_progress_of_reused_results(faces, tmp_path):
    reports = []
    options = {"protocol": "fer2013_published", "results_dir": tmp_path}
    compare({"a": Watched()}, faces, **options)
    compare({"a": Watched()}, faces, **options, progress=reports.append)
    assert [(p.method, p.status, p.done, p.finished) for p in reports] == [("a", "reused", 1, True)]


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
    case = compare({"a": Counting()}, faces, "fer2013_published").results["a"]
    assert all(thread == ({1}, 1, 1) for thread in threads[1:])
    assert sizes == [35, *[1] * 21, *[35] * 3]
    assert cv2.getNumThreads() == n_before
    assert case.costs["threads"] == 1
    # A type of the user is none that a model file may hold.
    assert case.costs["model_bytes"] is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of memory")
def test_peak_of_memory():
    with memory_peak() as peak:
        np.ones(2**23).sum()
    with memory_peak() as later:
        pass
    assert 60 < peak["mib"] < 80
    assert later["mib"] < 5


def test_confusion_of_classes_that_do_not_occur():
    # Two of a are called a and b; b does not occur; c neither occurs nor is answered.
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
    ],
)
def test_estimators_that_are_refused(faces, estimators, message):
    with pytest.raises(ValueError, match=message):
        compare(estimators, faces)


@pytest.mark.parametrize(
    "options", [{"protocol": "best"}, {"random_state": None}, {"n_jobs": "all"}, {"progress": 1}]
)
def test_parameters_that_are_refused(faces, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        compare({"a": Watched()}, faces, **options)
