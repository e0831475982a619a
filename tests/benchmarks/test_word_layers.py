"""Benchmark of one and two layers of visual words, on drawn faces."""

import json

import numpy as np
import pytest

from fertools.kernels import KernelRidgeClassifierCV


@pytest.fixture
def layers(load_script):
    return load_script("word_layers")


def test_duplicates_of_training_images_are_found(layers):
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4)).astype(np.uint8)
    images[1], images[5] = images[0], images[2]
    training = np.array([True, True, True, True, False, False])
    unseen = layers.without_duplicate(images, training)
    # The duplicate of image 2 is a test image, which does not spoil leaving out image 2.
    np.testing.assert_array_equal(unseen, [False, False, True, True, True, False])


def test_scores_equal_those_of_the_classifier(layers):
    rng = np.random.default_rng(0)
    X, odd = rng.normal(size=(60, 5)).astype(np.float32), np.arange(5) > 2
    labels, training = np.array(list("abc"))[np.digitize(X[:, 0], [-0.5, 0.5])], np.arange(60) < 40
    unseen = np.arange(60) != 3
    scores = layers.scored([X[:, :4], X[:, 4:]], [odd[:4], odd[4:]], labels, training, unseen, 1)
    kernel = layers.kernel_on([odd[:4], odd[4:]])
    assert set(kernel.weights.values()) == {0.5}
    ridge = KernelRidgeClassifierCV([layers.ALPHA], kernel=kernel).fit(X[:40], labels[:40])
    assert scores["public_test"] == ridge.score(X[40:], labels[40:])
    is_right = ridge.classes_[ridge.loo_decisions_.argmax(axis=1)] == labels[:40]
    assert scores["leave_one_out"] == pytest.approx(np.delete(is_right, 3).mean())
    assert (scores["n_leave_one_out"], scores["n_public_test"]) == (39, 20)


def test_completed_descriptors_are_not_repeated(run_script, drawn_fer2013, tmp_path):
    names = ["200 SIFT words, 12 pixels", "400 SIFT words, 12 pixels"]
    arguments = ("--descriptors", *names, "--faces", 60, "--n-jobs", 1)
    folders = ("--out", tmp_path, "--checkpoints", tmp_path)
    run_script("word_layers", drawn_fer2013, *arguments, *folders)
    result = json.loads((tmp_path / "word_layers.json").read_text())
    assert list(result["cases"]) == [*names, " + ".join(names)]
    assert all(0.5 < case["public_test"] <= 1 for case in result["cases"].values())
    assert result["n_training"] == 60
    assert run_script("word_layers", drawn_fer2013, *arguments, *folders) == ""
