"""Benchmark scripts on tiny data, and the tables of the committed results."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from fertools.datasets import load_fer2013
from fertools.persistence import load, read_metadata

FOLDER = Path(__file__).parents[2] / "benchmarks"


def run_process(script, *arguments):
    """Run a script that needs a process of its own."""
    command = [sys.executable, "-W", "error", FOLDER / script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def result(folder, name):
    content = json.loads((folder / f"{name}.json").read_text())
    assert content["environment"]["versions"]["numpy"]
    return content


def test_fer2013_handcrafted_resumes(run_script, drawn_fer2013, tmp_path):
    arguments = (drawn_fer2013, "--n-features", 900, "--n-jobs", 1, "--out", tmp_path)
    run_script("fer2013_handcrafted", *arguments)
    first = result(tmp_path, "fer2013_handcrafted")
    assert list(first["methods"]) == ["SVM (RBF)", "random forest", "k nearest neighbors"]
    for method in first["methods"].values():
        assert method["scores"]["PrivateTest"]["published"]["n"] == 35
        assert method["scores"]["PrivateTest"]["deduplicated"]["n"] == 34
        assert method["scores"]["PrivateTest"]["published"]["accuracy"] > 0.3
    del first["methods"]["random forest"]
    (tmp_path / "fer2013_handcrafted.json").write_text(json.dumps(first))
    run_script("fer2013_handcrafted", *arguments)
    again = result(tmp_path, "fer2013_handcrafted")["methods"]
    assert again["SVM (RBF)"] == first["methods"]["SVM (RBF)"] and "random forest" in again
    assert "Nothing to do" in run_script("fer2013_handcrafted", *arguments)


def test_train_pretrained(run_script, drawn_fer2013, tables, tmp_path):
    folders = ("--models", tmp_path, "--out", tmp_path)
    run_script("train_pretrained", drawn_fer2013, "--names", "fast", "--n-jobs", "1", *folders)
    about = result(tmp_path, "pretrained")["models"]["fast"]
    assert 0 < about["PrivateTest"]["ece"] < 1 and about["share_of_one_image"] < 0.85
    assert 0 < about["ms_per_face"] <= about["ms_of_one_face"]
    assert "# Model card: fast" in (tmp_path / "fast.md").read_text()
    model, facts = load(tmp_path / "fast.fer"), read_metadata(tmp_path / "fast.fer")
    assert len(model.classes_) == 7 and model.coverage == about["stated_coverage"]
    assert facts["image_shape"] == [48, 48]
    assert "`fast`" in tables.TABLES["pretrained"](tmp_path)


def test_augmentation(run_script, tmp_path):
    run_script(
        "augmentation", "--images", 50, "--peer-images", 5, "--repeats", 1, "--out", tmp_path
    )
    assert result(tmp_path, "augmentation")


def test_speed_resumes(drawn_fer2013, tables, tmp_path):
    arguments = (drawn_fer2013, "--tiny", "--out", tmp_path, "--checkpoints", tmp_path)
    run_process("speed.py", *arguments)
    first = result(tmp_path, "speed")
    rows, checks, growth = (dict(first[section]) for section in ("rows", "checks", "growth"))
    for row in rows.values():
        assert row["us"]["min"] > 0 and row["share"] > 0 and row["peak_mib"] >= 0
        assert row.get("ratio", row["us"])["median"] > 0
    assert rows["lbp"]["runs"] == 2
    for name in ("cascade", "k_best", "mrmr", "svm_predict"):
        assert rows[name]["equal"] == 1, name
    for name in ("dct", "dct_batch", "hog", "haralick", "mutual_info"):
        assert rows[name]["largest_difference"] < 1e-4, name
    assert all(found["unequal"] == 0 for found in checks["lbp_exactness"].values())
    assert max(checks["zernike_exactness"].values()) < 1e-6
    assert all(checks["first_call"][kind]["first"] > 0 for kind in ("compiling", "cached"))
    assert set(growth) == {"images", "sides", "features", "samples"}

    del first["checks"]["zernike_exactness"], first["growth"]["samples"]
    first["rows"]["dct"]["runs"] = 1000
    (tmp_path / "speed.json").write_text(json.dumps(first))
    run_process("speed.py", *arguments, "--only", "zernike_exactness", "dct")
    again = result(tmp_path, "speed")
    assert again["checks"] == checks and "samples" not in again["growth"]
    assert again["rows"]["dct"]["runs"] == 1000
    for name, table in tables.SPEED_TABLES.items():
        assert table(tmp_path).count("\n") >= 4, name
    tables._cost_scaling.plot(growth, tmp_path)
    assert all((tmp_path / f"growth_{axis}.svg").stat().st_size < 60_000 for axis in growth)


@pytest.mark.usefixtures("eager_training")
def test_fer2013_neural_resumes(run_script, drawn_fer2013, tables, tmp_path):
    common = ("--data", drawn_fer2013, "--n-features", 300, "--n-jobs", 1)
    common += ("--out", tmp_path, "--checkpoints", tmp_path / "checkpoints")
    run_script("fer2013_neural", "ann", "ckplus_cnn", *common, "--epochs", 1)
    first = {name: result(tmp_path, f"neural_{name}") for name in ("ann", "ckplus_cnn")}
    assert first["ann"]["n_features"] == 300 and first["ckplus_cnn"]["size"] == 48
    run_script("fer2013_neural", "ckplus_cnn", *common, "--epochs", 2)
    more = result(tmp_path, "neural_ckplus_cnn")
    assert (more["epochs"], more["schedule"], more["complete"]) == (2, 20, False)
    assert more["history"]["loss"][:1] == first["ckplus_cnn"]["history"]["loss"]
    assert more["scores"]["PrivateTest"]["published"]["n"] == 35
    assert more["scores"]["PrivateTest"]["deduplicated"]["n"] == 34
    run_script("fer2013_neural", "mobilenet_v2", *common, "--epochs", 1, "--size", 32)
    transfer = result(tmp_path, "neural_mobilenet_v2_32")
    assert transfer["weights"] == "random initialization"
    table = tables.TABLES["neural"](tmp_path)
    # Only completely trained networks are in the table.
    assert "`mobilenet_v2`, 32 px; random initialization (1 of 15 epochs)" in table
    assert "| `mobilenet_v2`" not in table and "% on PrivateTest" not in table
    more["complete"] = True
    (tmp_path / "neural_ckplus_cnn.json").write_text(json.dumps(more))
    assert "| `ckplus_cnn`, 48 px | 947,207 | 2 (" in tables.TABLES["neural"](tmp_path)
    with np.load(tmp_path / "networks" / "ckplus_cnn.npz") as arrays:
        assert arrays["PublicTest"].shape == arrays["PrivateTest"].shape == (35, 7)
        assert len(arrays["classes"]) == 7


def test_cached_features_depend_on_data_and_number(load_script, drawn_fer2013, tmp_path):
    script = load_script("fer2013_neural")
    data = load_fer2013(drawn_fer2013)
    for samples, most in ((data, 30), (data, 20), (script.limited(data, 35), 30)):
        parts, labels = script.feature_parts(samples, most, False, most, 1, tmp_path)
        assert parts["Training"].shape == (len(labels), most)
        assert len(labels) == (samples.usage == "Training").sum()
    assert len(list(tmp_path.iterdir())) == 3


def test_name_of_a_run_may_end_in_the_image_size(load_script):
    script = load_script("fer2013_neural")
    for name, network, size in (("mobilenet_v2", "mobilenet_v2", 48), ("vgg16_96", "vgg16", 96)):
        found, arguments = script.published_run(name)
        classifier = script.make_classifier(found, arguments, arguments.size)
        assert found == network and classifier.network_options["size"] == size
        assert script.result_name(found, arguments) == f"neural_{name}"


@pytest.mark.usefixtures("eager_training")
def test_fer2013_neural_variants(run_script, drawn_fer2013, tables, tmp_path):
    common = ("ckplus_cnn", "--data", drawn_fer2013, "--epochs", 2, "--out", tmp_path)
    common += ("--no-checkpoints", "--seconds", 0.001)
    run_script("fer2013_neural", *common, "--augmentation", "on")
    augmented = result(tmp_path, "neural_ckplus_cnn_augmented")
    assert augmented["augmentation"] and augmented["epochs"] == 1 and not augmented["complete"]
    run_script("fer2013_neural", *common, "--five-classes")
    five = result(tmp_path, "neural_ckplus_cnn_five")
    assert set(five["scores"]) == {"Test"} and len(five["scores"]["Test"]["labels"]) == 5
    assert sum(five["images"].values()) == 125
    table = tables.TABLES["neural"](tmp_path)
    assert "augmented (1 of 20 epochs)" in table and "five classes (1 of 20 epochs)" in table
    assert "five-class 70:30 protocol" not in table
    five["complete"] = True
    (tmp_path / "neural_ckplus_cnn_five.json").write_text(json.dumps(five))
    assert "With the five-class 70:30 protocol, " in tables.TABLES["neural"](tmp_path)
    tables._neural_tables.plot(tmp_path, tmp_path)
    assert (tmp_path / tables._neural_tables.PLOT).stat().st_size < 60_000


def test_single_frame(run_script, tmp_path):
    run_script(
        "single_frame",
        "ckplus_cnn",
        "--repeats",
        10,
        "--single-predictions",
        20,
        "--out",
        tmp_path,
    )
    row = result(tmp_path, "single_frame")["rows"]["ckplus_cnn"]
    assert row["ratio"] > 0 and row["largest_difference"] < 1e-6


def test_preprocessing_resumes(run_script, drawn_fer2013, tmp_path):
    arguments = (drawn_fer2013, "--n-features", 300, "--n-jobs", 1, "--out", tmp_path)
    run_script("preprocessing", *arguments, "--only", "baseline", "scaling: minmax")
    first = result(tmp_path, "preprocessing")["rows"]
    run_script("preprocessing", *arguments, "--only", "baseline", "mirror, balance: 0.5, gentle")
    rows = result(tmp_path, "preprocessing")["rows"]
    assert list(rows) == ["baseline", "scaling: minmax", "mirror, balance: 0.5, gentle"]
    assert rows["baseline"] == first["baseline"] and rows["baseline"]["svm"]["p_value"] == 1
    assert [row["training_samples"] for row in rows.values()] == [105, 105, 210]
    for row in rows.values():
        for classifier in ("svm", "knn"):
            scores = row[classifier]["scores"]["published"]
            assert scores["n"] == len(row[classifier]["predicted"]) == 35
            assert scores["accuracy"] > 0.3 and 0 <= row[classifier]["p_value"] <= 1


def test_tables_of_the_pages_are_up_to_date(tables):
    for page in tables.PAGES:
        assert tables.filled(page.read_text()) == page.read_text(), (
            f"Run tables.py to update {page.name}."
        )


@pytest.mark.skipif(not os.environ.get("FERTOOLS_DATA"), reason="FERTOOLS_DATA is not set")
def test_explanations(run_script, tables, tmp_path):
    run_script("explanations", "fast", "--people", 2, "--out", tmp_path)
    found = result(tmp_path, "explanations")
    assert found["people"] == 2
    fast = found["models"]["fast"]
    assert fast["largest_error_of_sum"] < 1e-8
    assert fast["largest_difference_from_single_precision"] < 1e-4
    assert "`fast`" in tables.TABLES["explanations"](tmp_path)


@pytest.mark.skipif(not os.environ.get("FERTOOLS_DATA"), reason="FERTOOLS_DATA is not set")
def test_across_data_sets(run_script, tables, tmp_path):
    with ZipFile(Path(os.environ["FERTOOLS_DATA"], "london.zip")) as archive:
        archive.extractall(
            tmp_path / "people",
            [f"{label}/{n}.jpg" for label in ("happy", "neutral") for n in ("001", "002", "003")]
            + ["people.csv"],
        )
    run_script("across", tmp_path / "people", "--models", "fast", "--out", tmp_path)
    found = result(tmp_path, "across")["datasets"]["people"]
    assert found["photos"] == 6
    fast = found["models"]["fast"]
    scores = fast["variants"]["wide search"]
    assert scores["found"] == 1 and scores["refined crops and priors"]["n"] == 6
    assert sum(g["n"] for g in fast["groups"] if g["column"] == "face_gender") == 6
    for name in ("across", "across_margins", "across_groups", "across_confidence"):
        assert "`fast`" in tables.TABLES[name](tmp_path)
