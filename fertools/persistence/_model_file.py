"""Save and load fitted estimators, in files that contain data but no code.

A model file (``.fer``) is a zip archive with three members:

``estimator.skops``
    Estimator in the format of skops. Only types of a closed list are rebuilt, and nothing is
    unpickled.
``metadata.json``
    Versions, classes, image shape, and entries of the writer, such as the hash of the training
    data, scores or a model card.
``manifest.json``
    SHA-256 checksums of the other two members.
"""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sklearn
import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from ..exceptions import ModelFileError
from ._archive import check_skops, read_archive, write_archive
from ._checks import check_model
from ._description import describe, installed_versions
from ._trusted_types import TRUSTED_TYPES

_MODELS = Path(__file__).parents[1] / "models"


def save(
    estimator: Any,
    path: str | os.PathLike[str],
    metadata: dict[str, Any] | None = None,
    *,
    trusted_types: Sequence[str] = (),
) -> None:
    """Write an estimator to a model file.

    The file is replaced atomically: if writing fails, an existing file is not changed.

    Parameters
    ----------
    estimator : BaseEstimator
        Fitted estimator or Pipeline, of types that `load` accepts.
    path : str or path-like
        Output file, with the suffix ``.fer`` by convention. An existing file is replaced.
    metadata : dict or None, default=None
        Further entries of the metadata: JSON types, or NumPy numbers and arrays; numbers must be
        finite. Entries that fertools sets (see `read_metadata`) must not be among them.
    trusted_types : sequence of str, default=()
        Full names of further types, such as ``"my_package.MyDescriptor"``, to be passed to `load`
        too.

    Raises
    ------
    ModelFileError
        If the estimator contains an object of a type that `load` would refuse.
    ValueError
        If `metadata` is not a dict, has an entry that fertools sets, or contains NaN or infinity.

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
    advice = "Save its best_estimator_ instead." if hasattr(estimator, "best_estimator_") else None
    _check_types(_unknown_types(content, trusted_types), path, "not written", advice)
    write_archive(path, content, describe(estimator, {} if metadata is None else metadata))


def load(path: str | os.PathLike[str], *, trusted_types: Sequence[str] = ()) -> Any:
    """Read an estimator from a model file.

    Parameters
    ----------
    path : str or path-like
        Model file written by `save`.
    trusted_types : sequence of str, default=()
        Full names of types that the file may contain in addition to those of fertools and
        scikit-learn, such as ``"my_package.MyDescriptor"``. Name only types that you trust: their
        modules are imported, and their attributes are set without checks.

    Returns
    -------
    BaseEstimator
        Fitted estimator. With the same versions of the libraries, its predictions equal those of
        the saved estimator to the last bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file is damaged, is not a model file, was written in a newer format, contains a type
        that is not trusted or exceeds the size limits, or if its fitted attributes are
        inconsistent, so that `predict` could crash.

    Warns
    -----
    UserWarning
        If the file was written with another minor version of scikit-learn. For a model shipped
        with fertools, only if it does not reproduce its stored predictions.
    """
    return read_model(path, trusted_types=trusted_types)[0]


def read_model(path, prepare=lambda about: None, *, trusted_types=()):
    """Read an estimator and its metadata from a model file.

    Parameters
    ----------
    path : str or path-like
        Model file written by `save`.
    prepare : callable, default=lambda about: None
        Function of the metadata that is called before the estimator is rebuilt.
    trusted_types : sequence of str, default=()
        As in `load`.

    Returns
    -------
    estimator : BaseEstimator
        As in `load`, which also lists the errors and warnings.
    about : dict
        Metadata, as in `read_metadata`.
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
            f"{_by_name(installed_versions())} ({type(error).__name__}: {error})."
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
    """Warn about another minor version of scikit-learn, except for unaffected shipped models."""
    if _minor(written) == _minor(sklearn.__version__):
        return
    advice = "compare its scores before relying on it."
    if path.parent.resolve() == _MODELS.resolve():
        from ._shipped import predicts_as_expected

        if predicts_as_expected(estimator, path):
            return
        advice = "its predictions differ from the stored ones. Install another version."
    warnings.warn(
        f"{path}: written with scikit-learn {written} and loaded with {sklearn.__version__}; "
        f"{advice}",
        stacklevel=4,
    )


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the metadata of a model file without loading the model.

    Parameters
    ----------
    path : str or path-like
        Model file written by `save`.

    Returns
    -------
    dict
        `format_version`, `versions` (of Python, fertools and the libraries), `created` (UTC, ISO
        8601), `estimator` (the class name), `classes`, `image_shape` and `network` (None if the
        estimator has none), and the entries of the writer.

    Raises
    ------
    FileNotFoundError, ModelFileError
        As in `load`.
    """
    return read_archive(path)[1]


def load_pretrained(name: str = "fast") -> Any:
    """Load a model that is shipped with fertools.

    Parameters
    ----------
    name : {"fast", "accurate"}, default="fast"
        Name of the model.

    Returns
    -------
    BaseEstimator
        Fitted `fertools.calibration.ConformalClassifier` of face crops of 48 x 48 pixels.

    Raises
    ------
    ValueError
        If no model of that name is shipped.
    """
    return load(pretrained_path(name))


def model_path(model, parameter="pipeline", other="an estimator"):
    """Return the path of a shipped model, by its name, or of a model file.

    Parameters
    ----------
    model : str or path-like
        Name of a shipped model, or path of a file: "./fast" is the file of that name.
    parameter : str, default="pipeline"
        Name of the parameter in the error message.
    other : str, default="an estimator"
        What else the parameter may be.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If there is neither such a model nor such a file.
    """
    if model in pretrained_names():
        return pretrained_path(model)
    path = os.path.expanduser(model)
    if not os.path.exists(path):
        raise ValueError(
            f"{parameter} must be one of {pretrained_names()}, the path of a model file, or "
            f"{other}; got {str(model)!r}."
        )
    return Path(path)


def pretrained_path(name="fast"):
    """Return the path of a model that is shipped with fertools.

    Parameters
    ----------
    name : {"fast", "accurate"}, default="fast"
        Name of the model.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If no model of that name is shipped.
    """
    names = pretrained_names()
    if name not in names:
        raise ValueError(f"name must be one of {names}, the shipped models; got {name!r}.")
    return _MODELS / f"{name}.fer"


def is_pretrained(path):
    """Return whether a path is the file of a model that is shipped with fertools."""
    return Path(path).resolve().parent == _MODELS.resolve()


def pretrained_names():
    """Return the sorted names of the models that are shipped with fertools."""
    return sorted(path.stem for path in _MODELS.glob("*.fer"))


def _unknown_types(content, trusted_types=()):
    if isinstance(trusted_types, str):
        raise ValueError(
            f"trusted_types must be a sequence of full names of types; got {trusted_types!r}."
        )
    found = set(skops.io.get_untrusted_types(data=content))
    return sorted(found - set(TRUSTED_TYPES) - set(trusted_types))


def _check_types(unknown, path, outcome, advice=None):
    if unknown:
        raise ModelFileError(
            f"{path}: {outcome}; a model file must contain trusted types only; got {unknown}. "
            f"{advice or 'Name your own types in trusted_types.'}"
        )


def _minor(release):
    return release.split(".")[:2]


def _by_name(versions):
    return ", ".join(f"{name} {number}" for name, number in versions.items())
