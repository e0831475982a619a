import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from fertools.datasets import make_faces
from fertools.features import DiscreteCosine, FeatureFusion
from fertools.neural import KerasEmbedding, KerasFeatureClassifier, KerasImageClassifier
from fertools.persistence import load, save
from fertools.pipeline import make_fer_pipeline


@pytest.fixture(scope="module")
def faces():
    return make_faces(140, random_state=0)


@pytest.fixture(scope="module")
def network():
    own = make_faces(140, random_state=1)
    network = KerasImageClassifier("ann", network_options={"hidden": (40, 20)}, epochs=8)
    return network.set_params(batch_size=16, random_state=0).fit(own.images, own.labels)


@pytest.fixture(scope="module")
def embedding(network, faces):
    return KerasEmbedding(FrozenEstimator(network)).fit(faces.images)


def test_softmax_of_embedding_gives_the_probabilities(embedding, network, faces):
    hidden = embedding.transform(faces.images)
    assert hidden.shape == (140, 20) and hidden.dtype == np.float32
    weights, bias = network.model_.layers[-1].get_weights()
    scores = np.exp(hidden @ weights + bias)
    expected = network.predict_proba(faces.images)
    np.testing.assert_allclose(scores / scores.sum(axis=1, keepdims=True), expected, atol=1e-5)


def test_frozen_network_is_not_trained(embedding, network, faces):
    assert clone(embedding).fit(faces.images, faces.labels).estimator_ is network


def test_unfrozen_network_is_trained(network, faces):
    untrained = KerasEmbedding(clone(network))
    with pytest.raises(ValueError, match="requires y to be passed"):
        untrained.fit(faces.images)
    fitted = untrained.fit(faces.images, faces.labels)
    assert fitted.estimator_ is not fitted.estimator
    expected = clone(network).fit(faces.images, faces.labels)
    np.testing.assert_allclose(
        fitted.estimator_.predict_proba(faces.images),
        expected.predict_proba(faces.images),
        atol=1e-5,
    )
    assert untrained.set_params(estimator__epochs=3).estimator.epochs == 3


def test_embedding_is_one_group_of_a_fusion(embedding, faces):
    parts = [("dct", DiscreteCosine(50)), ("deep", embedding)]
    fusion = FeatureFusion(parts, n_jobs=2).fit(faces.images, faces.labels)
    rows = fusion.transform(faces.images)
    np.testing.assert_allclose(rows[:, 50:], embedding.transform(faces.images), atol=1e-5)
    assert fusion.get_feature_names_out()[50] == "ann_0"
    assert fusion.groups_[50].tolist() == ("ann", 0.0, 0.0, 1.0, 1.0)


def test_pipeline_with_embedding_is_saved_and_loaded(embedding, faces, tmp_path):
    features = [("dct", DiscreteCosine(50)), ("deep", embedding)]
    pipeline = make_fer_pipeline(features, n_features=40, classifier="knn")
    pipeline.fit(faces.images, faces.labels)
    save(pipeline, tmp_path / "fused.fer")
    loaded = load(tmp_path / "fused.fer")
    expected = pipeline.predict_proba(faces.images)
    np.testing.assert_allclose(loaded.predict_proba(faces.images), expected, atol=1e-6)
    one = tmp_path / "one.fer"
    save(embedding.estimator_, one)
    # The file contains the network once, although it occurs twice in the pipeline.
    assert (tmp_path / "fused.fer").stat().st_size < 1.7 * one.stat().st_size


def test_invalid_estimators_are_rejected(embedding, faces):
    with pytest.raises(TypeError, match="estimator must contain a KerasImageClassifier; got Keras"):
        KerasEmbedding(FrozenEstimator(KerasFeatureClassifier())).fit(faces.images)
    with pytest.raises(ValueError, match="'estimator' parameter of KerasEmbedding"):
        KerasEmbedding("five_conv").fit(faces.images, faces.labels)
    with pytest.raises(ValueError, match=r"estimator was trained on, \(48, 48\); got \(24, 24\)"):
        clone(embedding).fit(faces.images[:, ::2, ::2])
