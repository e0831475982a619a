"""Save and load fitted estimators, in files that can hold data but no code.

A model file (``.fer``) is a zip archive of

``estimator.skops``
    The estimator in the format of skops, from which only types that are known beforehand are
    rebuilt. Nothing is ever unpickled.
``metadata.json``
    Versions, classes and image shape, and what the writer added: the hash of the training data,
    scores, a model card.
``manifest.json``
    The SHA-256 of the other two.
"""

import hashlib
import io
import json
import platform
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from lzma import LZMAError
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile
from zlib import error as ZlibError

import numpy as np
import sklearn
import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from . import __version__
from ._files import replacing
from ._trusted import TRUSTED_TYPES
from .exceptions import ModelFileError

__all__ = ["TRUSTED_TYPES", "load", "load_pretrained", "pretrained_path", "read_metadata", "save"]

FORMAT_VERSION = 1
_MODELS = Path(__file__).parent / "models"
_ESTIMATOR, _METADATA, _MANIFEST = "estimator.skops", "metadata.json", "manifest.json"
# What zipfile and json raise on damaged bytes.
_DAMAGE = (
    BadZipFile,
    ZlibError,
    LZMAError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def save(estimator, path, metadata=None):
    """Write an estimator to a model file.

    The file appears whole or not at all: it is written beside `path` and moved into its place.

    Parameters
    ----------
    estimator : BaseEstimator
        A fitted estimator or Pipeline, of types that `load` accepts.
    path : str or path-like
        The file, by custom ``.fer``. An existing file is replaced.
    metadata : dict or None, default=None
        What else to tell about the model, as JSON knows it; NumPy numbers and arrays are taken.
        The names that `read_metadata` lists are set by fertools.

    Raises
    ------
    ModelFileError
        Where the estimator holds an object of a type that `load` would refuse.
    ValueError
        Where `metadata` uses a name that is fertools' own.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from fertools.datasets import make_faces
    >>> from fertools.persistence import load, read_metadata, save
    >>> faces = make_faces(60, random_state=0)
    >>> X = faces.images.reshape(60, -1) / 255
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.fer"
    ...     save(GaussianNB().fit(X, faces.labels), path, {"data": "make_faces"})
    ...     model, about = load(path), read_metadata(path)
    >>> model.predict(X[:3]).shape, about["data"]
    ((3,), 'make_faces')
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: there is no such folder.")
    try:
        content = skops.io.dumps(estimator)
    except TypeError as error:
        raise ModelFileError(f"{path}: not written. {error}") from error
    _check_types(_unknown_types(content), path, "not written")
    about = _to_json(_describe(estimator, metadata or {}))
    members = {_ESTIMATOR: content, _METADATA: about}
    members[_MANIFEST] = _to_json({name: _sha256(data) for name, data in members.items()})
    with replacing(path) as beside, ZipFile(beside, "w", compression=ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def load(path):
    """Read an estimator from a model file.

    Parameters
    ----------
    path : str or path-like
        A file that `save` wrote.

    Returns
    -------
    BaseEstimator
        It predicts what the saved one did, byte for byte, under the same versions.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ModelFileError
        Where the file is damaged, is no model file, was written in a newer format, or holds a type
        that is not trusted.

    Warns
    -----
    UserWarning
        Once, where the file was written with another minor version of scikit-learn.
    """
    return read_model(path)[0]


def read_model(path, prepare=lambda about: None):
    """Read an estimator and what the file tells about it, in one go.

    Parameters
    ----------
    path : str or path-like
        A file that `save` wrote.
    prepare : callable, default=lambda about: None
        Takes what the file tells, before the estimator is rebuilt.

    Returns
    -------
    estimator : BaseEstimator
        As `load` returns it; errors and warnings are those of `load` too.
    about : dict
        As `read_metadata` returns it.
    """
    members = _read_members(path)
    content, about = members[_ESTIMATOR], json.loads(members[_METADATA])
    versions = about["versions"]
    prepare(about)
    try:
        unknown = _unknown_types(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            estimator = None if unknown else skops.io.loads(content, trusted=TRUSTED_TYPES)
    except Exception as error:
        raise ModelFileError(
            f"{path}: written with {_by_name(versions)}; it cannot be rebuilt with "
            f"{_by_name(_versions())} ({type(error).__name__}: {error})."
        ) from error
    _check_types(unknown, path, "not loaded")
    written = versions["scikit-learn"]
    if _minor(written) != _minor(sklearn.__version__):
        warnings.warn(
            f"{path}: written with scikit-learn {written} and loaded with {sklearn.__version__}; "
            "compare its scores before relying on it.",
            stacklevel=3,
        )
    return estimator, about


def read_metadata(path):
    """Read what a model file tells about its model, without loading the model.

    Parameters
    ----------
    path : str or path-like
        A file that `save` wrote.

    Returns
    -------
    dict
        `format_version`, `versions` (of python, fertools and the libraries), `created` (UTC, ISO
        8601), `estimator` (the class), `classes`, `image_shape` and `network` (None where the
        estimator has none), and what the writer added.

    Raises
    ------
    FileNotFoundError, ModelFileError
        As `load`.
    """
    return json.loads(_read_members(path)[_METADATA])


def load_pretrained(name="fast"):
    """Load a model that is shipped with fertools.

    Parameters
    ----------
    name : str, default="fast"
        "fast" or "accurate".

    Returns
    -------
    BaseEstimator

    Raises
    ------
    ValueError
        Where no model of that name is shipped.
    """
    return load(pretrained_path(name))


def pretrained_path(name="fast"):
    """Return the path of a model that is shipped with fertools.

    Parameters
    ----------
    name : str, default="fast"
        "fast" or "accurate".

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        Where no model of that name is shipped.
    """
    names = sorted(path.stem for path in _MODELS.glob("*.fer"))
    if name not in names:
        raise ValueError(f"name must be one of {names}, the models shipped; got {name!r}.")
    return _MODELS / f"{name}.fer"


def _describe(estimator, metadata):
    """Join what fertools tells about the estimator and what the caller does."""
    parts = list(_parts(estimator))
    shapes = [part.image_shape_ for part in parts if hasattr(part, "image_shape_")]
    facts = {
        "format_version": FORMAT_VERSION,
        "versions": _versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "estimator": type(estimator).__name__,
        "classes": getattr(estimator, "classes_", None),
        "image_shape": shapes[0] if shapes else None,
        "network": getattr(parts[-1], "network", None),
    }
    taken = sorted(facts.keys() & metadata.keys())
    if taken:
        raise ValueError(f"metadata must not hold {taken}, which fertools sets.")
    return {**facts, **metadata}


def _parts(estimator):
    """Yield an estimator, the steps of a pipeline, and what others are wrapped around."""
    yield estimator
    for _, step in getattr(estimator, "steps", []):
        yield from _parts(step)
    if hasattr(estimator, "estimator"):
        yield from _parts(estimator.estimator)


def _versions():
    names = ("fertools", "scikit-learn", "numpy", "scipy", "skops")
    found = {"fertools": __version__} | {name: version(name) for name in names[1:]}
    return {"python": platform.python_version(), **found}


def _read_members(path):
    """Read the archive's members, each held against the manifest."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    try:
        with ZipFile(io.BytesIO(path.read_bytes())) as archive:
            foreign = {_ESTIMATOR, _METADATA, _MANIFEST} - set(archive.namelist())
            members = {} if foreign else {name: archive.read(name) for name in archive.namelist()}
        intact = not foreign and json.loads(members[_MANIFEST]) == {
            name: _sha256(members[name]) for name in (_ESTIMATOR, _METADATA)
        }
    except _DAMAGE as error:
        raise ModelFileError(
            f"{path}: the file is damaged, cut short or no model file ({error})."
        ) from error
    if foreign:
        raise ModelFileError(f"{path}: not a model file; it lacks {sorted(foreign)}.")
    if not intact:
        raise ModelFileError(f"{path}: the file was changed; its content and manifest differ.")
    about = json.loads(members[_METADATA])
    if about["format_version"] > FORMAT_VERSION:
        raise ModelFileError(
            f"{path}: written by fertools {about['versions']['fertools']} in format "
            f"{about['format_version']}; fertools {__version__} reads up to format "
            f"{FORMAT_VERSION}. Install a newer fertools."
        )
    return members


def _unknown_types(content):
    return sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES))


def _check_types(unknown, path, outcome):
    if unknown:
        raise ModelFileError(
            f"{path}: {outcome}; a model file must hold types of TRUSTED_TYPES only; got {unknown}."
        )


def _to_json(content):
    return json.dumps(content, indent=1, default=_to_plain).encode()


def _to_plain(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"metadata must hold what JSON knows; got a {type(value).__name__}.")


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _minor(release):
    return release.split(".")[:2]


def _by_name(versions):
    return ", ".join(f"{name} {number}" for name, number in versions.items())
