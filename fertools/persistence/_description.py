"""Metadata that fertools writes into model files."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np

from .. import __version__
from ._archive import FORMAT_VERSION


def describe(estimator, metadata):
    """Return the metadata of an estimator.

    Parameters
    ----------
    estimator : BaseEstimator
        Fitted estimator.
    metadata : dict
        Further entries.

    Returns
    -------
    dict
        Entries that fertools sets (see `read_metadata`), then those of `metadata`.

    Raises
    ------
    ValueError
        If `metadata` is not a dict, has an entry that fertools sets, or contains NaN or infinity.
    """
    if not isinstance(metadata, dict):
        raise ValueError(f"metadata must be a dict or None; got {metadata!r}.")
    _check_finite(metadata, "metadata")
    parts = list(_nested_estimators(estimator))
    shapes = [part.image_shape_ for part in parts if hasattr(part, "image_shape_")]
    network = getattr(parts[-1], "network", None)
    if callable(network):
        network = getattr(network, "__name__", type(network).__name__)
    facts = {
        "format_version": FORMAT_VERSION,
        "versions": installed_versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "estimator": type(estimator).__name__,
        "classes": getattr(estimator, "classes_", None),
        "image_shape": shapes[0] if shapes else None,
        "network": network,
    }
    taken = sorted(facts.keys() & metadata.keys())
    if taken:
        raise ValueError(f"metadata must not contain {taken}, which fertools sets.")
    return {**facts, **metadata}


def _check_finite(value, name):
    """Raise a ValueError if a number is NaN or infinite, which JSON cannot represent."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (dict, list, tuple)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            _check_finite(item, f"{name}[{key!r}]")
    elif isinstance(value, float) and not np.isfinite(value):
        raise ValueError(f"{name} must be finite; got {value}.")


def _nested_estimators(estimator):
    """Yield an estimator, the steps of a pipeline, and wrapped estimators."""
    yield estimator
    for _, step in getattr(estimator, "steps", []):
        yield from _nested_estimators(step)
    if hasattr(estimator, "estimator"):
        yield from _nested_estimators(estimator.estimator)


def installed_versions():
    """Return the versions of Python, fertools and the libraries that models depend on."""
    names = ("fertools", "scikit-learn", "numpy", "scipy", "skops")
    found = {"fertools": __version__} | {name: version(name) for name in names[1:]}
    return {"python": platform.python_version(), **found}
