import gc
import json
import subprocess
import sys

import keras
import numpy as np
import psutil
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from fertools.datasets import make_faces
from fertools.features import DiscreteCosine
from fertools.neural import KerasFeatureClassifier, KerasImageClassifier
from fertools.neural._checkpoint import Progress
from fertools.neural._training import batches, evaluate, train_epoch
from fertools.neural.networks import NETWORKS
from fertools.persistence import load, save
from fertools.plotting import LearningCurvesDisplay
from fertools.preprocessing import Augmenter

FIGURES = {"loss", "accuracy", "learning_rate", "seconds"}


@pytest.fixture(scope="module")
def faces():
    return make_faces(280, random_state=0)


@pytest.fixture(scope="module")
def features(faces):
    rows = DiscreteCosine(60).fit_transform(faces.images)
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


@pytest.fixture(scope="module")
def trained(features, faces):
    return KerasFeatureClassifier(epochs=12, batch_size=32, random_state=0).fit(
        features, faces.labels
    )


def test_history_of_a_fit_on_drawn_faces(trained, features, faces):
    history = trained.history_
    assert set(history) == {*FIGURES, "val_loss", "val_accuracy"}
    assert min(history["seconds"]) > 0
    assert {len(values) for values in history.values()} == {trained.n_iter_}
    assert trained.best_epoch_ == int(np.argmin(history["val_loss"]))
    assert history["loss"][-1] < history["loss"][0]
    assert trained.score(features, faces.labels) > 0.5
    assert trained.classes_.tolist() == sorted(faces.target_names)
    probabilities = trained.predict_proba(features)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert "Total params" in trained.summary()


class RunningMeans:
    """Model of Keras before 3.15, whose metrics are means of all batches since their reset."""

    layers = ()

    def __init__(self):
        self.losses = []

    def reset_metrics(self):
        self.losses = []

    def train_on_batch(self, X, y, sample_weight, return_dict):
        self.losses.append(X.mean())
        return {"loss": np.mean(self.losses)}

    test_on_batch = train_on_batch


def test_metrics_are_reset_before_each_batch():
    model, X = RunningMeans(), np.arange(12.0).reshape(6, 2)
    trained = train_epoch(model, X, X, None, 2, np.random.default_rng(0), lambda X, seed: X)
    assert trained == {"loss": pytest.approx(X.mean())}
    assert evaluate(model, X + 1, X, None, 2, lambda X, seed: X) == {"loss": X.mean() + 1}


def test_single_predictions_equal_batch_predictions(trained, features):
    batch = trained.predict_proba(features[:9])
    single = np.concatenate([trained.predict_proba(row[None]) for row in features[:9]])
    np.testing.assert_allclose(single, batch, atol=1e-6)
    own = np.asarray(trained.model_.predict(features[:9].astype(np.float32), verbose=0))
    np.testing.assert_allclose(own, batch, atol=1e-6)


def test_fit_is_reproducible(trained, features, faces):
    again = clone(trained).fit(features, faces.labels)
    np.testing.assert_allclose(
        again.predict_proba(features), trained.predict_proba(features), atol=1e-5
    )
    assert again.history_["loss"] == pytest.approx(trained.history_["loss"], rel=1e-4)


def test_saves_and_loads(trained, features, tmp_path):
    save(trained, tmp_path / "ann.fer")
    np.testing.assert_array_equal(
        load(tmp_path / "ann.fer").predict_proba(features), trained.predict_proba(features)
    )


def test_weights_and_label_smoothing_affect_the_loss(features, faces):
    kwargs = {"epochs": 15, "batch_size": 32, "learning_rate": 0.003, "random_state": 0}
    kwargs["network_options"] = {"hidden": (64,)}

    def disgust(**more):
        weights = more.pop("sample_weight", None)
        network = KerasFeatureClassifier(**kwargs, **more)
        network.fit(features, faces.labels, weights)
        return network.predict_proba(features)[:, 1].mean()

    plain = disgust()
    assert disgust(
        class_weight={name: 1.0 + 9 * (name == "disgust") for name in faces.target_names}
    ) > (plain + 0.05)
    assert disgust(sample_weight=np.where(faces.labels == "disgust", 10.0, 1.0)) > plain + 0.05
    smooth = KerasFeatureClassifier(**kwargs, label_smoothing=0.5)
    assert smooth.fit(features, faces.labels).predict_proba(features).max() < 0.8


@pytest.mark.parametrize(
    "optimizer", ["sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop"]
)
def test_optimizers(optimizer, features, faces):
    network = KerasFeatureClassifier(
        network_options={"hidden": (16,), "activation": "tanh"},
        optimizer=optimizer,
        learning_rate=0.01,
        loss="hinge" if optimizer == "sgd" else "crossentropy",
        epochs=1,
    ).fit(features, faces.labels)
    assert np.isfinite(network.history_["loss"]).all()
    assert (
        type(network.model_.optimizer)
        .__name__.lower()
        .startswith("sgd" if optimizer in ("momentum", "nesterov") else optimizer)
    )


def test_given_validation_data_stop_training(features, faces):
    train, held = slice(0, 210), slice(210, 280)
    network = KerasFeatureClassifier(epochs=30, patience=2, drop_after=1, random_state=0)
    network.fit(
        features[train], faces.labels[train], X_val=features[held], y_val=faces.labels[held][::-1]
    )
    assert network.n_iter_ < 30, "labels in the wrong order: the loss soon rises"
    assert network.n_iter_ == network.best_epoch_ + 3
    rates = network.history_["learning_rate"]
    assert rates[-1] == pytest.approx(0.2 * rates[-2], rel=1e-4)
    with pytest.raises(ValueError, match="y_val must contain classes of y"):
        network.fit(features, faces.labels, X_val=features[:1], y_val=["bored"])


def test_fit_with_augmented_images(faces):
    network = KerasImageClassifier(
        "ckplus_cnn",
        epochs=2,
        augmenter=Augmenter(rotation=5, shift=0.02, shear=0, zoom=0),
        validation_fraction=0,
        random_state=0,
    ).fit(faces.images[:70], faces.labels[:70])
    assert set(network.history_) == FIGURES
    expected = network.predict_proba(faces.images[:5])
    np.testing.assert_allclose(network.predict_proba(faces.images[:5] / 255), expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"X must hold images of 48x48 .* got 48x40"):
        network.predict(faces.images[:, :, :40])


def tiny_backbone(include_top, weights, input_tensor):
    outputs = keras.layers.Conv2D(4, 3, strides=8)(input_tensor)
    return keras.Model(keras.utils.get_source_inputs(input_tensor), outputs)


@pytest.mark.parametrize("name", sorted(set(NETWORKS) - {"ann", "conv1d"}))
@pytest.mark.usefixtures("eager_training")
def test_every_network_trains_one_step(name, monkeypatch):
    transfer = name in ("mobilenet_v2", "vgg16", "resnet50_v2", "inception_resnet_v2")
    # Compiling a large backbone takes up to a minute; only MobileNetV2 is trained as a whole.
    for application in ("VGG16", "ResNet50V2", "InceptionResNetV2"):
        monkeypatch.setattr(keras.applications, application, tiny_backbone)
    faces = make_faces(7, size=32, random_state=0)
    network = KerasImageClassifier(
        name,
        network_options={"weights": None, "frozen": None} if transfer else None,
        optimizer="sgd",  # needs the least memory
        epochs=1,
        batch_size=7,
        validation_fraction=0,
        random_state=0,
    ).fit(faces.images, faces.labels)
    assert np.isfinite(network.history_["loss"]).all()
    assert network.predict_proba(faces.images[:2]).shape == (2, 7)
    del network
    gc.collect()


KILLED = """
import os, sys
import keras, numpy as np
from fertools.neural import KerasFeatureClassifier

class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            os._exit(9)

rng = np.random.default_rng(0)
X, y = rng.normal(size=(80, 10)), np.repeat(["a", "b"], 40)
network = KerasFeatureClassifier(epochs=4, batch_size=16, random_state=0, checkpoint=sys.argv[1],
                                 callbacks=[Kill()])
network.fit(X, y)
"""


def test_killed_training_resumes(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path], capture_output=True, check=False
    )
    assert done.returncode == 9, done.stderr
    assert len(json.loads((tmp_path / "state.json").read_text())["history"]["loss"]) == 2
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 10)), np.repeat(["a", "b"], 40)
    network = KerasFeatureClassifier(epochs=4, batch_size=16, random_state=0)
    whole = clone(network).fit(X, y)
    resumed = network.fit(X, y, resume_from=tmp_path)
    assert resumed.n_iter_ == 4
    assert len(resumed.history_["seconds"]) == 4
    for name, values in whole.history_.items():
        if name == "seconds":
            continue
        assert resumed.history_[name] == pytest.approx(values, rel=1e-4), name
    with pytest.raises(ValueError, match=r"same training; .* differs in \['data', 'rows'\]"):
        network.fit(X[:60], y[:60], resume_from=tmp_path)
    with pytest.raises(FileNotFoundError, match="resume_from must be the folder of a checkpoint"):
        network.fit(X, y, resume_from=tmp_path / "nothing")


def test_checkpoint_keeps_other_files(tmp_path):
    others = {"epoch_notes.txt", "epoch_20.weights.h5", "epoch_best.keras"}
    for name in others:
        (tmp_path / name).touch()
    X, y = np.random.default_rng(0).normal(size=(20, 4)), np.repeat(["a", "b"], 10)
    KerasFeatureClassifier(epochs=2, checkpoint=tmp_path, random_state=0).fit(X, y)
    own = {"epoch_0002.keras", "epoch_0002.npz", "state.json"}
    assert {path.name for path in tmp_path.iterdir()} == others | own


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_mixed_precision_reaches_the_same_loss(dtype, trained, features, faces, tmp_path):
    mixed = clone(trained).set_params(mixed_precision=dtype, drop_after=1)
    mixed.fit(features, faces.labels)
    scaled = type(mixed.model_.optimizer).__name__ == "LossScaleOptimizer"
    assert scaled == (dtype == "float16")
    assert mixed.model_.layers[1].compute_dtype == dtype
    assert mixed.history_["val_loss"][-1] == pytest.approx(
        trained.history_["val_loss"][-1], rel=0.1
    )
    save(mixed, tmp_path / "mixed.fer")
    np.testing.assert_array_equal(
        load(tmp_path / "mixed.fer").predict_proba(features), mixed.predict_proba(features)
    )


def test_one_face_is_predicted_without_keras_predict(monkeypatch):
    faces = make_faces(14, size=32, random_state=0)
    network = KerasImageClassifier("ckplus_cnn", epochs=1, validation_fraction=0, random_state=0)
    network.fit(faces.images, faces.labels)
    face = faces.images[:1]
    expected = network.model_.predict(face[..., None].astype(np.float32), verbose=0)

    def refuse(*args, **kwargs):
        raise AssertionError("Model.predict takes several times as long; see single_frame.json.")

    monkeypatch.setattr(type(network.model_), "predict", refuse)
    np.testing.assert_allclose(network.predict_proba(face), expected, atol=1e-6)


def test_batches_cover_all_samples():
    for n, size in [(10, 4), (9, 4), (1, 4), (4, 4)]:
        parts = list(batches(n, size, np.random.default_rng(0)))
        assert sorted(np.concatenate(parts)) == list(range(n))
        assert n == 1 or min(map(len, parts)) > 1


def test_progress_keeps_the_best_epoch():
    progress = Progress({})
    assert [progress.add({"loss": x}, "loss") for x in (3, 2, 2.5, 4, 1)] == [1, 1, 0, 0, 1]
    assert (progress.best_epoch, progress.waited, progress.epochs) == (4, 0, 5)


def test_loss_that_is_not_a_number_is_the_worst():
    progress = Progress({})
    losses = (float("nan"), float("inf"), 3, float("nan"), 2)
    assert [progress.add({"loss": x}, "loss") for x in losses] == [1, 0, 1, 0, 1]


def test_progress_by_accuracy_prefers_the_lower_loss_of_equal_accuracies():
    progress = Progress({})
    epochs = [(2.0, 0.5), (3.0, 0.6), (2.5, 0.6), (float("nan"), 0.9), (2.6, 0.6), (1.0, 0.4)]
    found = [
        progress.add({"loss": 0, "val_loss": loss, "val_accuracy": accuracy}, "accuracy", "val_")
        for loss, accuracy in epochs
    ]
    assert found == [1, 1, 1, 0, 0, 0]
    assert (progress.best_epoch, progress.waited) == (2, 3)


def test_monitor_selects_the_best_epoch(features, faces):
    best = {}
    for monitor in ("loss", "accuracy"):
        network = KerasFeatureClassifier(
            epochs=8, learning_rate=0.01, monitor=monitor, patience=None, random_state=0
        )
        network.fit(features, faces.labels)
        history = network.history_
        ranks = np.array(history["val_loss"])
        if monitor == "accuracy":
            accuracy = np.array(history["val_accuracy"])
            ranks = np.where(accuracy == accuracy.max(), ranks, np.inf)
        assert network.best_epoch_ == np.argmin(ranks)
        best[monitor] = network.best_epoch_
        display = LearningCurvesDisplay.from_estimator(network)
        assert display.best_epoch_ == network.best_epoch_
    assert best["loss"] != best["accuracy"]


def test_monitor_without_validation_data_uses_the_training_data(features, faces):
    network = KerasFeatureClassifier(
        epochs=3, monitor="accuracy", validation_fraction=0, random_state=0
    )
    network.fit(features, faces.labels)
    assert network.best_epoch_ == np.argmax(network.history_["accuracy"])


def test_diverged_training_is_reported(features, faces):
    network = KerasFeatureClassifier(optimizer="sgd", learning_rate=1e30, epochs=2, random_state=0)
    with pytest.raises(ValueError, match="The training diverged"):
        network.fit(features, faces.labels)
    with pytest.raises(NotFittedError):
        network.predict(features)


def test_validation_data_are_checked(features, faces):
    network = KerasFeatureClassifier(epochs=1)
    for held, message in [
        ({"X_val": features}, "X_val and y_val must be given together; y_val is None"),
        ({"y_val": faces.labels}, "y_val and X_val must be given together; X_val is None"),
        ({"X_val": features[:5], "y_val": faces.labels[:6]}, "inconsistent numbers of samples"),
        ({"X_val": features[:5, :4], "y_val": faces.labels[:5]}, "X has 4 features"),
    ]:
        with pytest.raises(ValueError, match=message):
            network.fit(features, faces.labels, **held)


def test_class_of_one_sample(features, faces):
    labels = np.where(np.arange(40) == 7, "rare", faces.labels[:40])
    network = KerasFeatureClassifier(epochs=1, random_state=0).fit(features[:40], labels)
    assert "rare" in network.classes_
    assert np.isfinite(network.predict_proba(features)).all()


def dense(shape, n_classes, n_outputs=None):
    inputs = keras.Input(shape)
    return keras.Model(inputs, keras.layers.Dense(n_outputs or n_classes)(inputs))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"network": "lenet"}, "network must be one of ann, conv1d"),
        ({"optimizer": "adamax"}, "'optimizer' parameter of KerasFeatureClassifier"),
        ({"loss": "hinge", "label_smoothing": 0.1}, "label_smoothing must be 0 .* got 0.1"),
        ({"epochs": 0}, "'epochs' parameter"),
        ({"mixed_precision": True}, "'mixed_precision' .* Got True instead"),
        ({"mixed_precision": "float32"}, "'mixed_precision' .* Got 'float32' instead"),
        ({"network": lambda shape, n: None}, "returns a keras.Model; got NoneType"),
        ({"network": dense}, "network must return probabilities, .* softmax activation"),
        (
            {"network": dense, "network_options": {"n_outputs": 3}},
            r"7 probabilities .* \(None, 3\)",
        ),
    ],
)
def test_invalid_parameters_are_rejected(parameters, message, features, faces):
    with pytest.raises(ValueError, match=message):
        KerasFeatureClassifier(**parameters).fit(features, faces.labels)


def test_memory_of_single_predictions(trained, features):
    process = psutil.Process()
    row = features[:1]
    for _ in range(100):
        trained.predict_proba(row)
    before = process.memory_info().rss
    for _ in range(1000):
        trained.predict_proba(row)
    assert process.memory_info().rss - before < 10e6
