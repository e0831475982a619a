"""Metadata that fertools writes into model files."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version

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
        If `metadata` has an entry that fertools sets.
    """
    parts = list(_nested_estimators(estimator))
    shapes = [part.image_shape_ for part in parts if hasattr(part, "image_shape_")]
    facts = {
        "format_version": FORMAT_VERSION,
        "versions": installed_versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "estimator": type(estimator).__name__,
        "classes": getattr(estimator, "classes_", None),
        "image_shape": shapes[0] if shapes else None,
        "network": getattr(parts[-1], "network", None),
    }
    taken = sorted(facts.keys() & metadata.keys())
    if taken:
        raise ValueError(f"metadata must not contain {taken}, which fertools sets.")
    return {**facts, **metadata}


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
