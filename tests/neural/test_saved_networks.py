import io
import json
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import h5py
import keras
import numpy as np
import pytest
from sklearn.base import clone

from fertools.exceptions import ModelFileError
from fertools.neural import KerasFeatureClassifier
from fertools.neural._checkpoint import fingerprint
from fertools.neural._serialization import count_values, from_bytes, to_bytes
from fertools.persistence import load, read_metadata, save


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(80, 10)).astype(np.float32), np.repeat(["a", "b"], 40)


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    network = KerasFeatureClassifier(
        epochs=2, batch_size=40, random_state=0, checkpoint=folder, network_options={"hidden": (8,)}
    )
    return network.fit(*data)


@pytest.fixture
def members(trained):
    with ZipFile(io.BytesIO(to_bytes(trained.model_).tobytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members, compression=ZIP_STORED):
    with ZipFile(buffer := io.BytesIO(), "w", compression=compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


def edited(members, edit):
    """Return members with an edit applied to every object of the configuration."""
    config = json.loads(members["config.json"])
    pending = [config]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            edit(part)
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return members | {"config.json": json.dumps(config).encode()}


def test_intact_network_is_loaded(members, trained, data):
    rebuilt = from_bytes(packed(members))
    np.testing.assert_array_equal(
        rebuilt.predict_on_batch(data[0]), trained.model_.predict_on_batch(data[0])
    )


def test_layer_larger_than_the_file_is_refused(members, trained, tmp_path):
    """Without the check, the process runs out of memory."""
    wide = edited(members, lambda part: part.update(units=10**6) if "units" in part else None)
    with pytest.raises(ValueError, match=r"weights|incompatible|must"):
        from_bytes(packed(wide))
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 10], "name": "x"}},
        {"class_name": "Dense", "config": {"units": 2_000_000_000, "name": "wide"}},
        {"class_name": "Dense", "config": {"units": 2, "name": "last"}},
    ]
    for layer in layers:
        layer |= {"module": "keras.layers", "registered_name": None}
    config = {
        "class_name": "Sequential",
        "module": "keras",
        "registered_name": None,
        "config": {"name": "forged", "layers": layers},
    }
    forged = members | {"config.json": json.dumps(config).encode()}
    with pytest.raises(ValueError, match=r"the network has 26,000,000,002 weights, but the file"):
        from_bytes(packed(forged))
    # No uninitialized variables remain that a later network would initialize.
    from_bytes(packed(members))


def test_layer_with_too_many_outputs_is_refused(members):
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 10], "name": "x"}},
        {"class_name": "RepeatVector", "config": {"n": 2_000_000_000, "name": "many"}},
    ]
    for layer in layers:
        layer |= {"module": "keras.layers", "registered_name": None}
    config = {
        "class_name": "Sequential",
        "module": "keras",
        "registered_name": None,
        "config": {"name": "forged", "layers": layers},
    }
    with pytest.raises(ValueError, match=r"at most 67,108,864 values per sample; got 20,000"):
        from_bytes(packed(members | {"config.json": json.dumps(config).encode()}))


@pytest.mark.parametrize(
    "change",
    [
        lambda members: {"config.json": members["config.json"]},
        lambda members: members | {"assets/x": b""},
        lambda members: members | {"config.json": b"{"},
        lambda members: members | {"config.json": b"[]"},
        lambda members: members | {"config.json": b"[" * 10**5},
        lambda members: members | {"config.json": b'{"class_name": "Lambda", "config": {}}'},
        lambda members: members | {"model.weights.h5": b"HDF"},
    ],
)
def test_malformed_archives_are_refused(change, members, trained, tmp_path):
    with pytest.raises((ValueError, OSError, TypeError, RecursionError, KeyError)):
        from_bytes(packed(change(members)))


def test_archives_that_expand_are_refused(members):
    bomb = members | {"model.weights.h5": bytes(2**28)}
    with pytest.raises(ValueError, match="expand to much more than their file"):
        from_bytes(packed(bomb, ZIP_DEFLATED))


def weights_file(write):
    with h5py.File(buffer := io.BytesIO(), "w") as file:
        write(file)
    return io.BytesIO(buffer.getvalue())


def test_weights_must_be_in_the_file(tmp_path):
    def external(file):
        file.create_dataset("x", (100,), "f4", external=[("/etc/passwd", 0, 400)])

    def link(file):
        file["x"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/x")

    def soft(file):
        file["x"] = h5py.SoftLink("/y")

    def unwritten(file):
        file.create_dataset("x", (10**12,), "f4", chunks=(1000,))

    def compressed(file):
        file.create_dataset("x", data=np.zeros(10**6), compression="gzip")

    for write in (external, link, soft, unwritten, compressed):
        with pytest.raises(ValueError, match="weights must"):
            count_values(weights_file(write))

    def shared(file):
        file["x"] = np.zeros(100)
        for k in range(50):
            file[f"y{k}"] = file["x"]

    assert count_values(weights_file(shared)) == 100


def test_forged_network_in_a_model_file_is_refused(trained, members, data, tmp_path, monkeypatch):
    from fertools.neural import _keras_classifier

    monkeypatch.setattr(
        _keras_classifier, "to_bytes", lambda model: packed(members | {"config.json": b"{}"})
    )
    save(trained, tmp_path / "model.fer")
    with pytest.raises(ModelFileError, match="cannot be rebuilt"):
        load(tmp_path / "model.fer")


def linear(input_shape, n_classes):
    """Return a network without a hidden layer."""
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, keras.layers.Dense(n_classes, activation="softmax")(inputs))


def test_network_given_as_a_function_is_saved(data, tmp_path):
    classifier = KerasFeatureClassifier(linear, epochs=1, random_state=0).fit(*data)
    trusted = [f"{linear.__module__}.linear"]
    save(classifier, tmp_path / "m.fer", trusted_types=trusted)
    assert read_metadata(tmp_path / "m.fer")["network"] == "linear"
    loaded = load(tmp_path / "m.fer", trusted_types=trusted)
    np.testing.assert_array_equal(loaded.predict_proba(data[0]), classifier.predict_proba(data[0]))


def test_network_with_other_outputs_is_refused(trained, tmp_path):
    forged = clone(trained)
    vars(forged).update(vars(trained))
    forged.classes_ = np.array(["a", "b", "c"])
    save(forged, tmp_path / "model.fer")
    with pytest.raises(ModelFileError, match="a network must have 3 outputs; got 2"):
        load(tmp_path / "model.fer")


def test_checkpoint_of_other_data_is_not_resumed(trained, data):
    X, y = data
    network = clone(trained).set_params(checkpoint=None, epochs=3)
    folder = trained.checkpoint
    other = X.copy()
    other[17, 3] += 1
    swapped = y.copy()
    swapped[[0, -1]] = swapped[[-1, 0]]
    weights = np.ones(len(X))
    for arguments, options, differing in [
        ((other, y), {}, "'data'"),
        ((X, swapped), {}, "'data'"),
        ((X, y), {"sample_weight": weights}, "'data'"),
        ((X, y), {"X_val": X[:8], "y_val": y[:8]}, "'data', 'rows'"),
    ]:
        with pytest.raises(ValueError, match=rf"differs in \[{differing}\]"):
            network.fit(*arguments, resume_from=folder, **options)
    changed = {"drop_after": 1, "learning_rate": 0.5, "network_options": None}
    changed |= {"mixed_precision": "bfloat16"}
    for name, value in changed.items():
        with pytest.raises(ValueError, match=rf"differs in \['{name}'\]"):
            clone(network).set_params(**{name: value}).fit(X, y, resume_from=folder)


def test_resumed_training_keeps_its_validation_split(trained, data):
    """Resumed training without a random state has the same validation data."""
    network = clone(trained).set_params(checkpoint=None, epochs=3, random_state=None)
    assert network.fit(*data, resume_from=trained.checkpoint).n_iter_ == 3


STATES = {
    "empty": "",
    "cut": '{"files": "epoch_0002", "run"',
    "list": "[]",
    "null": "null",
    "no files": {"files": None},
    "files elsewhere": {"files": "../epoch_0002"},
    "unknown entry": {"more": 1},
    "no seed": {"run": {}},
    "run is a list": {"run": []},
    "history is a list": {"history": []},
    "history of text": {"history": {"loss": ["a", "b"]}},
    "history of two lengths": {"history": {"loss": [1, 2], "accuracy": [1]}},
    "best epoch beyond": {"best_epoch": 7},
    "best epoch is text": {"best_epoch": "1"},
    "waited is null": {"waited": None},
    "stopped is text": {"stopped": "no"},
    "files of another epoch": {"files": "epoch_0009"},
}


@pytest.mark.parametrize("change", STATES.values(), ids=STATES.keys())
def test_damaged_state_of_a_checkpoint_is_reported(change, trained, data, tmp_path):
    for file in trained.checkpoint.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    state = json.loads((tmp_path / "state.json").read_text())
    text = change if isinstance(change, str) else json.dumps(state | change)
    (tmp_path / "state.json").write_text(text)
    network = clone(trained).set_params(checkpoint=None)
    with pytest.raises(ValueError, match=r"must be an intact checkpoint; .* is damaged"):
        network.fit(*data, resume_from=tmp_path)


@pytest.mark.parametrize("suffix", ["keras", "npz"])
@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 2], None])
def test_damaged_file_of_a_checkpoint_is_reported(damage, suffix, trained, data, tmp_path):
    for file in trained.checkpoint.iterdir():
        content = file.read_bytes()
        if file.suffix == f".{suffix}":
            if damage is None:
                continue
            content = damage(content)
        (tmp_path / file.name).write_bytes(content)
    network = clone(trained).set_params(checkpoint=None)
    with pytest.raises(ValueError, match=r"must be an intact checkpoint; .* is damaged"):
        network.fit(*data, resume_from=tmp_path)


def test_weights_of_another_network_are_refused(trained, data, tmp_path):
    for file in trained.checkpoint.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    np.savez(tmp_path / "epoch_0002.npz", np.zeros(3))
    with pytest.raises(ValueError, match="shapes of the best weights do not match the network"):
        clone(trained).set_params(checkpoint=None).fit(*data, resume_from=tmp_path)


def test_fingerprints_differ_in_values_types_and_shapes():
    array = np.arange(12, dtype=np.uint8)
    others = [
        array.reshape(3, 4),
        array.astype(np.int8),
        array[::-1],
        array[:-1],
        np.where(array == 5, 6, array).astype(np.uint8),
    ]
    digests = [fingerprint(array), *map(fingerprint, others), fingerprint(array, None)]
    assert len(set(digests)) == len(digests)
    assert fingerprint(np.asfortranarray(array.reshape(3, 4))) == fingerprint(others[0])
