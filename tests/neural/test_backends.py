"""Training and prediction in threads and processes, and several steps per call, by backend."""

import importlib.util
import os
import subprocess
import sys
from textwrap import indent

import numpy as np
import pytest

from fertools.neural import KerasFeatureClassifier
from fertools.neural._multi_step_training import block_length, blocks_of, padded

BACKENDS = ["tensorflow", "jax", "torch"]
COMMON = """
import numpy as np
from concurrent.futures import ThreadPoolExecutor
from sklearn.base import clone
from fertools.neural import KerasFeatureClassifier, KerasImageClassifier
rng = np.random.default_rng(0)
X, y = rng.normal(size=(72, 10)), np.tile(["a", "b", "c"], 24)
X[y == "b"] += 1
network = KerasFeatureClassifier(
    epochs=2,
    batch_size=12,
    network_options={"hidden": (8,)},
    validation_fraction=0,
    random_state=0,
)
"""
FEATURES_IN_THREADS = """
alone = clone(network).fit(X, y)
wanted = alone.predict_proba(X)
with ThreadPoolExecutor(3) as pool:
    for got in pool.map(lambda _: alone.predict_proba(X), range(30)):
        np.testing.assert_allclose(got, wanted, atol=1e-6)
    for other in pool.map(lambda _: clone(network).fit(X, y), range(3)):
        np.testing.assert_allclose(other.predict_proba(X), wanted, atol=1e-5)
"""
FEATURES_IN_PROCESSES = """
from sklearn.model_selection import GridSearchCV
grid = {"learning_rate": [1e-2]}
search = GridSearchCV(network, grid, cv=2, n_jobs=2, refit=False).fit(X, y)
alone = GridSearchCV(network, grid, cv=2, refit=False).fit(X, y)
for fold in ("split0_test_score", "split1_test_score"):
    np.testing.assert_allclose(search.cv_results_[fold], alone.cv_results_[fold], atol=0.02)
"""
IMAGES = """
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from fertools.datasets import make_faces
from fertools.preprocessing import Augmenter
faces = make_faces(42, size=24, random_state=0)
images = KerasImageClassifier(
    "ann",
    network_options={"hidden": (8,)},
    epochs=1,
    batch_size=14,
    augmenter=Augmenter(),
    validation_fraction=0,
    random_state=0,
)
grid = {"learning_rate": [1e-3], "mixed_precision": [None, "bfloat16"]}
search = GridSearchCV(images, grid, cv=2, n_jobs=2).fit(faces.images, faces.labels)
assert np.isfinite(search.predict_proba(faces.images)).all()
members = [("image", images), ("other", clone(images).set_params(random_state=1))]
voting = VotingClassifier(members, voting="soft", n_jobs=2).fit(faces.images, faces.labels)
alone = images.fit(faces.images, faces.labels).predict_proba(faces.images)
np.testing.assert_allclose(
    voting.estimators_[0].predict_proba(faces.images), alone, atol=1e-4
)
"""
IMAGES_IN_THREADS = f"""
from joblib import parallel_config
with parallel_config("threading"):
{indent(IMAGES, "    ")}
"""
SHARED = """
import pickle
alone = clone(network).fit(X, y)
wanted = alone.predict_proba(X)

def check_copy():
    copied = pickle.loads(pickle.dumps(alone))
    np.testing.assert_allclose(copied.predict_proba(X), wanted, atol=1e-6)

def check():
    np.testing.assert_allclose(alone.predict_proba(X), wanted, atol=1e-5)

with ThreadPoolExecutor(4) as pool:
    jobs = [check, check_copy, check, lambda: alone.fit(X, y)] * 2
    for job in [pool.submit(job) for job in jobs]:
        job.result()
"""
PRECISIONS = """
import sys
from fertools.persistence import load, save
wanted = clone(network).fit(X, y).predict_proba(X)
for precision in ("bfloat16", "float16"):
    folder = sys.argv[1] + precision
    mixed = clone(network).set_params(mixed_precision=precision, checkpoint=folder)
    got = mixed.fit(X, y).predict_proba(X)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got.sum(axis=1), 1)
    np.testing.assert_allclose(got, wanted, atol=0.05)
    save(mixed, folder + ".fer")
    np.testing.assert_allclose(load(folder + ".fer").predict_proba(X), got, atol=1e-6)
    longer = clone(mixed).set_params(epochs=3, checkpoint=None).fit(X, y, resume_from=folder)
    assert longer.n_iter_ == 3
    assert longer.history_["loss"][:2] == mixed.history_["loss"]
    try:
        clone(network).fit(X, y, resume_from=folder)
    except ValueError as error:
        assert "differs in ['mixed_precision']" in str(error)
    else:
        raise AssertionError
"""
FUSED = """
from fertools.datasets import make_faces
from fertools.preprocessing import Augmenter
faces = make_faces(77, size=24, random_state=0)
parameters = {
    "epochs": 1, "batch_size": 16, "network_options": {"hidden": (8,)}, "random_state": 0,
}
for one, X, y in [
    (KerasFeatureClassifier(class_weight="balanced", **parameters), X, y),
    (KerasImageClassifier("ann", augmenter=Augmenter(), **parameters), faces.images, faces.labels),
]:
    stepwise = clone(one).fit(X, y)
    fused = clone(one).set_params(steps_per_execution=3).fit(X, y)
    np.testing.assert_allclose(fused.predict_proba(X), stepwise.predict_proba(X), atol=1e-4)
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(fused.history_[name], stepwise.history_[name], rtol=1e-4)
"""
ELSEWHERE = """
import sys
import keras
from fertools.datasets import make_faces
from fertools.inspection import grad_cam
from fertools.neural import KerasEmbedding
from fertools.neural.networks import make_network

faces = make_faces(42, size=30, random_state=0)
network = KerasImageClassifier(
    "ckplus_cnn",
    epochs=1,
    batch_size=21,
    validation_fraction=0,
    checkpoint=sys.argv[1],
    random_state=0,
)
network.fit(faces.images, faces.labels)
network.set_params(epochs=2, checkpoint=None).fit(
    faces.images, faces.labels, resume_from=sys.argv[1]
)
assert network.n_iter_ == 2
together = network.predict_proba(faces.images[:2])
np.testing.assert_allclose(network.predict_proba(faces.images[:1]), together[:1], atol=1e-5)
embedding = KerasEmbedding(network).fit(faces.images, faces.labels)
assert embedding.transform(faces.images).shape == (42, 256)
heat = grad_cam(network, faces.images[:2])
assert heat.shape == (2, 30, 30) and heat.max() == 1
backbone = make_network("vgg16", (48, 48, 1), 7, weights=None, frozen=None)
assert backbone.count_params() == 14_847_815
assert keras.backend.backend() == sys.argv[2]
"""


def run(code, backend, *arguments):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", COMMON + code, *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_give_the_results_of_one_thread(backend):
    run(FEATURES_IN_THREADS + IMAGES_IN_THREADS, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_grid_search_and_ensemble_in_two_processes(backend):
    run(FEATURES_IN_PROCESSES + IMAGES, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_fitted_network_is_shared_by_threads_that_predict_save_and_refit(backend):
    run(SHARED, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_half_precision_is_saved_and_resumed(backend, tmp_path):
    run(PRECISIONS, backend, f"{tmp_path}/")


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_checkpoints_embeddings_and_heat_maps_work(backend, tmp_path):
    run(ELSEWHERE, backend, tmp_path, backend)


def test_fused_steps_train_like_single_steps():
    run(FUSED, "jax")


def test_fused_steps_need_jax():
    import keras

    if keras.backend.backend() == "jax":
        pytest.skip("Keras runs on JAX")
    network = KerasFeatureClassifier(steps_per_execution=8)
    match = r"steps_per_execution must be 1 with the \w+ backend; got 8\."
    with pytest.raises(ValueError, match=match):
        network.fit(np.eye(8), [0, 1] * 4)


def test_blocks_have_a_length_that_is_compiled_once():
    assert [block_length(n, 64) for n in (224, 448, 897, 7, 131, 0)] == [56, 64, 39, 7, 64, 1]
    batches = [(np.zeros((n, 2)), None) for n in [4] * 5 + [3]]
    assert [len(block) for block in blocks_of(batches, 2)] == [2, 2, 1, 1]
    assert list(blocks_of([], 2)) == []


def test_padding_repeats_the_last_sample():
    np.testing.assert_array_equal(padded(np.arange(3), 5), [0, 1, 2, 2, 2])
    assert padded(np.zeros((4, 2)), 4).shape == (4, 2)
