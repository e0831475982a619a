"""Serialization of networks in Keras' own format, with checks before loading."""

import hashlib
import io
import json
import math
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from weakref import WeakValueDictionary
from zipfile import ZipFile

import numpy as np

from .._utils.optional import import_optional
from ._seeding import seeded

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = {"metadata.json", _CONFIG, _WEIGHTS}
# Limits of the bytes of a configuration, and of the values that a layer returns for one sample.
_MAX_CONFIG, _MAX_VALUES = 2**25, 2**26
# Weak cache by digest, so that a network that occurs twice in a pipeline is saved once.
_SAVED = WeakValueDictionary()


def to_bytes(model):
    """Return a network in Keras' own format, without its optimizer, as an array of uint8."""
    digest = hashlib.sha256(model.to_json().encode())
    for weights in model.get_weights():
        digest.update(weights.tobytes())
    content = _SAVED.get(digest.digest())
    if content is None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "network.keras")
            model.save(path, include_optimizer=False)
            content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
        _SAVED[digest.digest()] = content
    return content


def from_bytes(content):
    """Return the network serialized by `to_bytes`.

    Parameters
    ----------
    content : ndarray of shape (n_bytes,), uint8

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError
        If the archive is damaged, or if its network is larger than the weights in it. Keras itself
        refuses layers that could run code from the file.
    """
    content = content.tobytes()
    with seeded(0), tempfile.TemporaryDirectory() as folder:
        check_archive(io.BytesIO(content))
        path = Path(folder, "network.keras")
        path.write_bytes(content)
        return import_optional("keras", "neural").saving.load_model(
            path, compile=False, safe_mode=True
        )


def check_archive(file):
    """Check that the network of a ``.keras`` archive needs no more memory than its weights.

    Parameters
    ----------
    file : path or file object

    Raises
    ------
    ValueError
        If members are missing or unexpected, if the weights refer to other files or expand too
        much, if the configuration describes more weights than the file contains, or if a layer
        returns too many values.
    """
    with ZipFile(file) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        stored = sum(info.compress_size for info in archive.infolist())
        if sizes.keys() != _MEMBERS or len(archive.infolist()) != len(_MEMBERS):
            raise ValueError(f"a network must only have the members {sorted(_MEMBERS)}.")
        if sizes[_CONFIG] > _MAX_CONFIG or sum(sizes.values()) > 10 * stored + _MAX_CONFIG:
            raise ValueError("the members of the network expand to much more than their file.")
        config = json.loads(archive.read(_CONFIG))
        n_stored = count_values(io.BytesIO(archive.read(_WEIGHTS)))
    # Keras keeps uninitialized variables per thread and would initialize them later; a thread of
    # its own discards them.
    with ThreadPoolExecutor(1) as thread:
        n_weights, n_values = thread.submit(count_symbolically, config).result()
    if n_weights > n_stored:
        raise ValueError(f"the network has {n_weights:,} weights, but the file {n_stored:,}.")
    if n_values > _MAX_VALUES:
        raise ValueError(
            f"a layer must return at most {_MAX_VALUES:,} values per sample; got {n_values:,}."
        )


def count_values(file):
    """Count the values in an HDF5 file of weights; raise ValueError if some are stored elsewhere.

    Parameters
    ----------
    file : file object

    Returns
    -------
    int
    """
    import h5py

    total = 0
    with h5py.File(file, "r") as weights:
        pending, seen = [weights], set()
        while pending:
            group = pending.pop()
            for name in group:
                if type(group.get(name, getlink=True)) is not h5py.HardLink:
                    raise ValueError(f"weights must not be links; {name!r} is one.")
                item = group[name]
                address = h5py.h5o.get_info(item.id).addr
                if address in seen:
                    continue
                seen.add(address)
                if isinstance(item, h5py.Group):
                    pending.append(item)
                    continue
                if item.external or item.is_virtual or item.id.get_storage_size() < item.nbytes:
                    raise ValueError(f"weights must be stored in the file; {name!r} is not.")
                total += item.size
    return total


def count_symbolically(config):
    """Build a network without memory for its weights.

    Parameters
    ----------
    config : dict
        Configuration in the format of Keras.

    Returns
    -------
    n_weights : int
        Values of all weights.
    n_values : int
        Values that the largest layer returns for one sample.
    """
    keras = import_optional("keras", "neural")
    config = config | {"compile_config": None}
    with keras.StatelessScope(initialize_variables=False):
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    if not isinstance(model, keras.Model) or not model.built:
        raise ValueError("the configuration must describe a network with an input shape.")
    n_weights = sum(math.prod(map(int, weight.shape)) for weight in model.weights)
    shapes = [tensor.shape for tensor in _outputs(model)]
    return n_weights, max(math.prod(int(n) for n in shape if n is not None) for shape in shapes)


def _outputs(model):
    """Yield the symbolic inputs and outputs of a network and of the networks in it."""
    yield from model.inputs
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _outputs(layer)
        else:
            for node in layer._inbound_nodes:
                yield from node.output_tensors
