"""Results of comparisons are saved, loaded and reused."""

import json
import sys
from dataclasses import fields

import numpy as np
import pytest
from comparison_methods import FITTED, Network, Watched
from sklearn.dummy import DummyClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from fertools.datasets import make_faces, take_samples
from fertools.evaluation import (
    Comparison,
    compare,
)
from fertools.evaluation._compare import describe_estimator
from fertools.features import DiscreteCosine


def assert_equal_results(first, second):
    for field in fields(first):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b, field.name


def test_finished_results_are_reused(faces, tmp_path):
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
    # Other methods are kept.
    assert run(a="happy", c="sad") == []
    assert list(Comparison.load(tmp_path / "one").results) == ["a", "b", "c"]
    assert run(a="happy", folder="two") == ["a"]
    assert run(a="happy", folder="two", protocol="fer2013_deduplicated") == ["a"]
    assert run(a="happy", folder="two", protocol="fer2013_deduplicated", random_state=1) == ["a"]
    brighter = take_samples(faces, slice(None))
    brighter.images[139, 0, 0] ^= 1
    assert run(brighter, a="happy", folder="two") == ["a"]
    assert run(take_samples(brighter, np.arange(140)[::-1]), a="happy", folder="two") == ["a"]


def test_results_of_another_version_are_not_reused(faces, tmp_path, monkeypatch):
    compare({"a": Watched("a")}, faces, "fer2013_published", results_dir=tmp_path)
    module = sys.modules["fertools.evaluation._compare"]
    monkeypatch.setattr(module, "__version__", "9.9")
    compare({"a": Watched("a")}, faces, "fer2013_published", results_dir=tmp_path)
    assert FITTED == ["a", "a"]


def test_failed_method_is_run_again(faces, tmp_path):
    options = {"protocol": "fer2013_published", "results_dir": tmp_path}
    compare({"a": Watched("a", breaks=ValueError("x"))}, faces, **options)
    compare({"a": Watched("a", breaks=ValueError("x"))}, faces, **options)
    assert FITTED == ["a", "a"]


def test_interruption_keeps_finished_results(faces, tmp_path):
    options = {"protocol": "fer2013_published", "results_dir": tmp_path}
    methods = {name: Watched(name) for name in "abc"}
    with pytest.raises(KeyboardInterrupt):
        compare(methods | {"b": Watched("b", breaks=KeyboardInterrupt())}, faces, **options)
    assert list(Comparison.load(tmp_path).results) == ["a"]
    assert list(compare(methods, faces, **options).results) == ["a", "b", "c"]
    assert FITTED == ["a", "b", "b", "c"]


def test_saved_comparison_loads_equal(comparison, faces, tmp_path):
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
    for name, result in comparison.results.items():
        assert_equal_results(result, loaded.results[name])
    text = (tmp_path / "new" / "folder" / "lda.json").read_text()
    assert json.loads(text)["scores"] == comparison.results["lda"].scores
    assert "NaN" not in text


def test_load_without_summary_raises(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"comparison\.json"):
        Comparison.load(tmp_path)


def test_progress_of_reused_results(faces, tmp_path):
    reports = []
    options = {"protocol": "fer2013_published", "results_dir": tmp_path}
    compare({"a": Watched()}, faces, **options)
    compare({"a": Watched()}, faces, **options, progress=reports.append)
    assert [(p.method, p.status, p.done, p.finished) for p in reports] == [("a", "reused", 1, True)]


def test_other_fitted_state_is_tested_again(tmp_path):
    train, test = make_faces(35, random_state=0), make_faces(35, random_state=5)
    shuffled = np.random.default_rng(0).permutation(train.labels)
    good, bad = (
        FrozenEstimator(make_pipeline(DiscreteCosine(30), GaussianNB()).fit(train.images, labels))
        for labels in (train.labels, shuffled)
    )
    first = compare({"m": good}, test, results_dir=tmp_path).results["m"]
    second = compare({"m": bad}, test, results_dir=tmp_path).results["m"]
    assert (first.predicted != second.predicted).any()
    seen = []
    compare({"m": bad}, test, results_dir=tmp_path, progress=lambda p: seen.append(p.status))
    assert seen == ["reused"]


def test_parameters_that_a_repr_abridges_are_described():
    weights = {f"class {number}": 1.0 for number in range(40)}
    one = describe_estimator(SVC(class_weight=weights))
    assert one == describe_estimator(SVC(class_weight=dict(weights)))
    assert one != describe_estimator(SVC(class_weight=weights | {"class 39": 2.0}))
    one, other = (DummyClassifier(constant=np.r_[np.zeros(2000), end]) for end in (1, 2))
    assert describe_estimator(one) != describe_estimator(other)
