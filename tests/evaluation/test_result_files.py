"""Files of a results folder: names, damage and concurrent runs."""

import json
import shutil
import threading

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from fertools.datasets import make_faces
from fertools.evaluation import Comparison, MethodResult, compare


@pytest.fixture(scope="module")
def faces():
    return make_faces(70, random_state=0)


@pytest.fixture(scope="module")
def stored(faces, tmp_path_factory):
    """Return a folder with the results of two methods."""
    folder = tmp_path_factory.mktemp("stored")
    compare(methods("ab"), faces, results_dir=folder)
    return folder


@pytest.fixture
def folder(stored, tmp_path):
    return shutil.copytree(stored, tmp_path / "results")


def methods(names):
    return {name: DummyClassifier() for name in names}


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_longest_names_are_saved(faces, tmp_path):
    for name in ("n" * 250, "\u00fc" * 125):
        compare(methods([name]), faces, results_dir=tmp_path)
    assert list(Comparison.load(tmp_path).results) == ["n" * 250, "\u00fc" * 125]


@pytest.mark.parametrize("name", ["../a", "/tmp/a", "a/../../b", "..", "a\\b", "", 3, None, ["a"]])
def test_paths_in_summary_raise(name, folder):
    (folder.parent / "a.json").write_bytes((folder / "a.json").read_bytes())
    (folder.parent / "a.npz").write_bytes((folder / "a.npz").read_bytes())
    change(folder / "comparison.json", cases=[name])
    with pytest.raises(ValueError, match=r"comparison\.json: the file is damaged.*cases must"):
        Comparison.load(folder)


def test_names_with_paths_are_not_written(tmp_path):
    case = MethodResult("../a", "failed", "x", "", [])
    comparison = Comparison("image_folder", {"data": {}}, {"../a": case}, [])
    with pytest.raises(ValueError, match="results must have names"):
        comparison.save(tmp_path / "results")
    assert not (tmp_path / "a.json").exists() and not (tmp_path / "a.npz").exists()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "[" * 100_000, '{"protocol": 3}', "\xff", '{"cases": "ab"}'],
)
def test_damaged_summary_raises_value_error(text, folder, faces):
    (folder / "comparison.json").write_bytes(text.encode("latin-1"))
    for read in (Comparison.load, lambda path: compare(methods("a"), faces, results_dir=path)):
        with pytest.raises(ValueError, match=r"comparison\.json: the file is damaged"):
            read(folder)


@pytest.mark.parametrize("about", [{"data": 3}, {"data": {}, "versions": []}])
def test_summary_with_invalid_fields_raises_value_error(about, folder):
    change(folder / "comparison.json", about=about)
    with pytest.raises(ValueError, match="damaged"):
        Comparison.load(folder)


def test_damaged_result_is_reported_and_run_again(folder, faces):
    np.savez(folder / "a.npz", row=np.array([{}], dtype=object))
    with pytest.warns(UserWarning, match=r"a\.json: the method is left out"):
        assert list(Comparison.load(folder).results) == ["b"]
    with pytest.warns(UserWarning, match=r"a\.json: the method is left out"):
        compare(methods("ab"), faces, results_dir=folder)
    assert set(Comparison.load(folder).results) == {"a", "b"}


@pytest.mark.parametrize(
    "values", [{"name": "b"}, {"status": "good"}, {"more": 1}, {"arrays_sha256": "0"}]
)
def test_inconsistent_result_is_left_out(values, folder):
    change(folder / "a.json", **values)
    with pytest.warns(UserWarning, match="left out"):
        assert list(Comparison.load(folder).results) == ["b"]


def test_arrays_of_another_run_are_rejected(folder, faces, tmp_path):
    # As if the process was killed between writing the two files.
    compare({"a": DummyClassifier(strategy="uniform")}, faces, results_dir=tmp_path / "other")
    shutil.copy(tmp_path / "other" / "a.npz", folder / "a.npz")
    with pytest.warns(UserWarning, match="of another run"):
        assert list(Comparison.load(folder).results) == ["b"]


def test_other_methods_are_added_to_summary(folder, faces):
    comparison = compare(methods("cd"), faces, results_dir=folder)
    assert list(comparison.results) == ["c", "d"]
    assert list(Comparison.load(folder).results) == ["a", "b", "c", "d"]


def test_concurrent_runs_keep_all_methods(faces, tmp_path):
    wait = threading.Barrier(2)

    def run(names):
        def progress(state):
            # Both runs read the empty folder before one of them writes to it.
            if (state.done, state.status) == (0, "fitting"):
                wait.wait(60)

        compare(methods(names), faces, results_dir=tmp_path, progress=progress)

    threads = [threading.Thread(target=run, args=[names]) for names in ("ab", "cd")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Comparison.load(tmp_path).results) == set("abcd")


def test_results_of_another_seed_are_not_overwritten(folder, faces):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ValueError, match=r"must be a new folder.*those of b\.") as caught:
        compare(methods("ac"), faces, results_dir=folder, random_state=1)
    assert str(folder) in str(caught.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    # All methods are run again, so nothing is lost.
    compare(methods("abc"), faces, results_dir=folder, random_state=1)
    assert list(Comparison.load(folder).results) == ["a", "b", "c"]


def test_names_that_differ_in_case_raise(folder, faces):
    with pytest.raises(ValueError, match="differ in more than case"):
        compare(methods("A"), faces, results_dir=folder)


def test_unwritable_folder_is_reported_before_fitting(faces, tmp_path):
    class Unfitted(DummyClassifier):
        def fit(self, X, y):
            raise AssertionError

    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        compare({"a": Unfitted()}, faces, results_dir=tmp_path / "file")


def test_other_files_in_folder_are_ignored(folder):
    for name, text in {"notes": "[1, 2", "scores": "{}", "list": "[]"}.items():
        (folder / f"{name}.json").write_text(text)
    assert list(Comparison.load(folder).results) == ["a", "b"]
