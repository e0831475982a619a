"""Assignment of labels, names in any case or numbers, to classes."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

_NUMBER = re.compile(r"[0-9]+")


class Classes(NamedTuple):
    """Classes of a data set.

    Attributes
    ----------
    names : dict
        Class name of each label in the data; None for a number without a class.
    target_names : list of str
        Classes to load, in order.
    numbers : dict of int to str, or None
        Class of each number; None if labels are names.
    """

    names: dict
    target_names: list
    numbers: dict | None


def class_key(name):
    """Return a normalized class name, which is equal for all spellings in upper and lower case."""
    return unicodedata.normalize("NFC", str(name)).strip().casefold()


def are_numbers(names):
    """Return whether a non-empty list of labels only contains numbers, as text."""
    return bool(names) and all(_NUMBER.fullmatch(name) for name in names)


def class_numbers(found, classes, parameter="classes"):
    """Map numbered labels to classes.

    Numbers start from 0 if 0 occurs, and from 1 if 0 does not occur and the largest label equals
    the number of classes.

    Parameters
    ----------
    found : iterable of int or float
        Labels in the data; those that are not whole numbers are ignored.
    classes : sequence of str, or dict of int to str
        Classes in the order of their numbers, or the class of each number.
    parameter : str, default="classes"
        Name of the parameter in error messages.

    Returns
    -------
    dict of int to str
        Class of each number.

    Raises
    ------
    ValueError
        If `classes` is invalid, or if the numbers could start from 0 or from 1.
    """
    if isinstance(classes, Mapping):
        names = list(classes.values())
        numbers = {int(key): name for key, name in classes.items() if _is_whole(key)}
        if len(numbers) < len(names):
            raise ValueError(f"{parameter} must have whole numbers as keys; got {list(classes)}.")
    else:
        names = [classes] if isinstance(classes, str) else list(classes)
        numbers = None
    if not names or len({class_key(name) for name in names}) < len(names):
        raise ValueError(f"{parameter} must be different names; got {names}.")
    if numbers is not None:
        return numbers
    whole = {int(number) for number in found if _is_whole(number)}
    if 0 in whole or not whole:
        return dict(enumerate(names))
    if max(whole) == len(names):
        return dict(enumerate(names, start=1))
    raise ValueError(
        f"{parameter} must be a dict such as {{1: {names[0]!r}, ...}} if the labels contain "
        f"neither 0 nor {len(names)}, the number of classes, because the numbers could start from "
        f"0 or from 1; got {len(names)} names for the labels {min(whole)} to {max(whole)}."
    )


def _is_whole(number):
    try:
        return math.isfinite(float(number)) and int(number) == float(number)
    except (TypeError, ValueError, OverflowError):
        return False


def name_classes(found, classes):
    """Determine the class of each label.

    Parameters
    ----------
    found : iterable of str
        Labels of the data set. Names that differ only in case are one class, with the name that
        comes first in sorted order.
    classes : str, sequence of str, dict of int to str, or None
        Classes to load, in any case; or, if labels are numbers, the classes of the numbers. None
        means all classes, sorted.

    Returns
    -------
    Classes

    Raises
    ------
    ValueError
        If `classes` does not match the labels.
    """
    found = sorted(set(found))
    first = {}
    for name in found:
        first.setdefault(class_key(name), name)
    if classes is None:
        return Classes({name: first[class_key(name)] for name in found}, list(first.values()), None)
    if isinstance(classes, Mapping) or (
        are_numbers(found) and not {class_key(name) for name in _as_list(classes)} & set(first)
    ):
        if not are_numbers(found):
            raise ValueError(f"classes must be names if labels are names; got {classes!r}.")
        numbers = class_numbers(map(int, found), classes)
        return Classes(
            {name: numbers.get(int(name)) for name in found}, list(numbers.values()), numbers
        )
    chosen = {class_key(name): str(name) for name in _as_list(classes)}
    if not chosen or len(chosen) < len(_as_list(classes)) or not set(chosen) <= set(first):
        raise ValueError(
            f"classes must be different names from {list(first.values())}; got {classes!r}."
        )
    names = {name: chosen.get(class_key(name), name) for name in found}
    return Classes(names, list(chosen.values()), None)


def _as_list(classes):
    return [classes] if isinstance(classes, str) else list(classes)


def describe_numbers(numbers):
    """Return a sentence with the class of each number, for the description of a data set."""
    listed = ", ".join(f"{number} {name}" for number, name in numbers.items())
    return f"Classes of the numbered labels: {listed}.\n"
