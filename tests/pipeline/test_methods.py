"""Methods by name."""

import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.neural import KerasFeatureClassifier
from fertools.neural.networks import NETWORKS, recipe_of
from fertools.pipeline._methods import (
    FEATURE_NETWORKS,
    METHODS,
    TRANSFER_NETWORKS,
    fit_method,
    make_method,
    method_parameters,
)


@pytest.mark.parametrize("name", ["svm", "rf", "knn"])
def test_classifiers_are_calibrated_pipelines(name):
    pipeline = make_method(name, n_jobs=3, random_state=5)
    classifier = pipeline["classify"].get_params().get("estimator", pipeline["classify"])
    assert pipeline["features"].n_jobs == classifier.n_jobs == 3
    assert classifier.get_params().get("random_state", 5) == 5
    assert pipeline["select"].n_features_to_select == 0.2
    assert hasattr(pipeline["classify"], "predict_proba")


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name):
    estimator = make_method(name, epochs=2, random_state=5)
    network = estimator[-1] if name in FEATURE_NETWORKS else estimator
    assert (network.network, network.epochs, network.random_state) == (name, 2, 5)
    if network is estimator:
        assert (network.augmenter is not None) == recipe_of(name).augmentation
    assert ("weights" in method_parameters(name)) == (name in TRANSFER_NETWORKS)


def test_samplers_apply_to_the_training_images_of_a_network(monkeypatch):
    def fit(self, X, y, *, resume_from, X_val, y_val):
        seen.update(X=X, y=y, X_val=X_val, y_val=y_val)
        return self

    seen = {}
    monkeypatch.setattr(KerasFeatureClassifier, "fit", fit)
    training, validation = make_faces(42, random_state=0), make_faces(14, random_state=1)
    method = make_method("ann", features="dct", n_features=20, illumination="clahe", mirror=True)
    assert fit_method(method, training, validation) is method["classify"]
    assert seen["X"].shape == (84, 20) and seen["X_val"].shape == (14, 20)
    np.testing.assert_array_equal(seen["y"], np.repeat(training.labels, 2))
    np.testing.assert_array_equal(seen["y_val"], validation.labels)
    np.testing.assert_allclose(seen["X"].mean(axis=0), 0, atol=1e-4)


def test_transfer_networks():
    random = make_method("vgg16", size=64, weights="none")
    assert random.network_options == {"weights": None, "frozen": None, "size": 64}
    assert random.augmenter is not None
    loaded = make_method("vgg16", weights="w.h5", augment=False)
    assert loaded.network_options == {"weights": "w.h5"} and loaded.augmenter is None


@pytest.mark.parametrize(("name", "n_words"), [("fast", 200), ("accurate", 800)])
def test_recipes(name, n_words):
    parameters = make_method(name, random_state=5).get_params()
    assert [v for k, v in parameters.items() if k.endswith("__n_words")] == [n_words]
    seeds = [value for key, value in parameters.items() if key.endswith("__random_state")]
    assert set(seeds) == {5}


def test_baselines():
    images, labels = np.zeros((9, 4)), ["sad"] * 6 + ["happy"] * 3
    majority = make_method("majority", random_state=5).fit(images, labels)
    chance = make_method("chance", random_state=5).fit(images, labels)
    assert majority.predict_proba(images[:1]).tolist() == [[1 / 3, 2 / 3]]
    assert chance.predict_proba(images[:1]).tolist() == [[0.5, 0.5]]
    assert set(majority.predict(images)) == {"sad"}


@pytest.mark.parametrize("name", METHODS)
def test_unknown_parameters_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} takes .*; got 'colour'"):
        make_method(name, colour="red")


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of svm, rf, .*; got 'sift'"):
        make_method("sift")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("knn", {"n_neighbors": -1}),
        ("svm", {"selector": "best"}),
        ("fast", {"n_jobs": "many"}),
        ("five_conv", {"optimizer": "best"}),
        ("chance", {"strategy": "lucky"}),
    ],
)
def test_values_are_checked(name, parameters):
    [parameter] = parameters
    with pytest.raises(ValueError, match=parameter.removesuffix("_to_select")):
        make_method(name, **parameters)
