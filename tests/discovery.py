"""Discover the public names of the package, for tests that apply to all of them."""

import importlib
import importlib.util
import inspect
import pkgutil

from sklearn.base import BaseEstimator

import fertools
from fertools.base import ImageTransformer


def public_items():
    """Return the functions and classes in each `__all__` by their full names."""
    found = {}
    for info in pkgutil.walk_packages(fertools.__path__, "fertools."):
        if not any(part.startswith("_") for part in info.name.split(".")):
            module = importlib.import_module(info.name)
            for name in getattr(module, "__all__", ()):
                item = getattr(module, name)
                if inspect.isroutine(item) or inspect.isclass(item):
                    found[f"{info.name}.{name}"] = item
    return found


def public_estimators():
    """Return the public subclasses of BaseEstimator, sorted by name.

    Networks are only included if Keras is installed.
    """
    found = {
        item.__name__: item
        for item in public_items().values()
        if inspect.isclass(item)
        and issubclass(item, BaseEstimator)
        and item is not ImageTransformer  # a base class
    }
    if importlib.util.find_spec("keras") is None:
        found = {name: item for name, item in found.items() if not name.startswith("Keras")}
    return [found[name] for name in sorted(found)]
