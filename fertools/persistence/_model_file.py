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

import platform
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import sklearn
import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from .. import __version__
from ..exceptions import ModelFileError
from ._archive import FORMAT_VERSION, check_skops, read_archive, write_archive
from ._checks import check_model
from ._trusted_types import TRUSTED_TYPES

_MODELS = Path(__file__).parents[1] / "models"


def save(estimator, path, metadata=None, *, trusted_types=()):
    """Write an estimator to a model file.

    The file is replaced atomically: if writing fails, an existing file stays as it was.

    Parameters
    ----------
    estimator : BaseEstimator
        A fitted estimator or Pipeline, of types that `load` accepts.
    path : str or path-like
        The file, by custom ``.fer``. An existing file is replaced.
    metadata : dict or None, default=None
        Further entries, of JSON types or NumPy numbers and arrays. The names that `read_metadata`
        lists are set by fertools.
    trusted_types : sequence of str, default=()
        Full names of further types, such as ``"my_package.MyDescriptor"``. `load` needs them too.

    Raises
    ------
    ModelFileError
        If the estimator contains an object of a type that `load` would refuse.
    ValueError
        If `metadata` uses a name that fertools sets.

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
    _check_types(_unknown_types(content, trusted_types), path, "not written")
    write_archive(path, content, _describe(estimator, metadata or {}))


def load(path, *, trusted_types=()):
    """Read an estimator from a model file.

    Parameters
    ----------
    path : str or path-like
        A file that `save` wrote.
    trusted_types : sequence of str, default=()
        Full names of types that the file may hold in addition to those of fertools and
        scikit-learn, such as ``"my_package.MyDescriptor"``. Name only types that you know: their
        modules are imported, and their attributes are set without checks.

    Returns
    -------
    BaseEstimator
        It predicts what the saved one did, byte for byte, under the same versions.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file is damaged, is not a model file, was written in a newer format, contains a type
        that is not trusted, expands to far more than its size, or if fitted attributes do not fit
        together, so that predicting could crash.

    Warns
    -----
    UserWarning
        If the file was written with another minor version of scikit-learn. A model that is shipped
        with fertools gives this warning only if a stored prediction is not reproduced.
    """
    return read_model(path, trusted_types=trusted_types)[0]


def read_model(path, prepare=lambda about: None, *, trusted_types=()):
    """Read an estimator and its metadata from a model file.

    Parameters
    ----------
    path : str or path-like
        A file that `save` wrote.
    prepare : callable, default=lambda about: None
        Function of the metadata, called before the estimator is rebuilt.
    trusted_types : sequence of str, default=()
        As in `load`.

    Returns
    -------
    estimator : BaseEstimator
        As `load` returns it; errors and warnings are those of `load` too.
    about : dict
        As `read_metadata` returns it.
    """
    path = Path(path)
    content, about = read_archive(path)
    versions = about["versions"]
    prepare(about)
    try:
        check_skops(content)
        unknown = _unknown_types(content, trusted_types)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            estimator = (
                None
                if unknown
                else skops.io.loads(content, trusted=[*TRUSTED_TYPES, *trusted_types])
            )
    except Exception as error:
        raise ModelFileError(
            f"{path}: written with {_by_name(versions)}; it cannot be rebuilt with "
            f"{_by_name(_versions())} ({type(error).__name__}: {error})."
        ) from error
    _check_types(unknown, path, "not loaded")
    try:
        if not hasattr(estimator, "get_params"):
            raise ValueError(f"got a {type(estimator).__name__} instead of an estimator.")
        check_model(estimator)
    except ValueError as error:
        raise ModelFileError(f"{path}: the estimator is damaged or forged: {error}") from error
    _compare_versions(estimator, path, versions["scikit-learn"])
    return estimator, about


def _compare_versions(estimator, path, written):
    """Warn about another minor version of scikit-learn, unless a shipped model is unaffected."""
    if _minor(written) == _minor(sklearn.__version__):
        return
    advice = "compare its scores before relying on it."
    if path.parent.resolve() == _MODELS.resolve():
        from ._shipped import predicts_as_expected

        if predicts_as_expected(estimator, path):
            return
        advice = "its predictions differ from those it was tested with. Install another version."
    warnings.warn(
        f"{path}: written with scikit-learn {written} and loaded with {sklearn.__version__}; "
        f"{advice}",
        stacklevel=4,
    )


def read_metadata(path):
    """Read the metadata of a model file, without loading the model.

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
    return read_archive(path)[1]


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
        If no model of that name is shipped.
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
        If no model of that name is shipped.
    """
    names = sorted(path.stem for path in _MODELS.glob("*.fer"))
    if name not in names:
        raise ValueError(f"name must be one of {names}, the models shipped; got {name!r}.")
    return _MODELS / f"{name}.fer"


def _describe(estimator, metadata):
    """Return the metadata of an estimator: entries set by fertools, and those of the caller."""
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


def _unknown_types(content, trusted_types=()):
    if isinstance(trusted_types, str):
        raise ValueError(
            f"trusted_types must be a sequence of full names of types; got {trusted_types!r}."
        )
    found = set(skops.io.get_untrusted_types(data=content))
    return sorted(found - set(TRUSTED_TYPES) - set(trusted_types))


def _check_types(unknown, path, outcome):
    if unknown:
        raise ModelFileError(
            f"{path}: {outcome}; a model file must hold trusted types only; got {unknown}. Name "
            "types of your own in trusted_types."
        )


def _minor(release):
    return release.split(".")[:2]


def _by_name(versions):
    return ", ".join(f"{name} {number}" for name, number in versions.items())
