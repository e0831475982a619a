"""Assignment of labels, names in any case or numbers, to classes."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

_NUMBER = re.compile(r"[0-9]+")


class Classes(NamedTuple):
    """The classes of a data set.

    Attributes
    ----------
    names : dict
        The name of the class of each label that was found, None for a number of no class.
    target_names : list of str
        The classes to load, in order.
    numbers : dict of int to str, or None
        The class of each number; None if labels are names.
    """

    names: dict
    target_names: list
    numbers: dict | None


def class_key(name):
    """Return what the names of one class have in common, in upper and lower case."""
    return unicodedata.normalize("NFC", str(name)).strip().casefold()


def are_numbers(names):
    """Say whether labels are the numbers of classes written as text, at least one."""
    return bool(names) and all(_NUMBER.fullmatch(name) for name in names)


def class_numbers(found, classes, parameter="classes"):
    """Decide whether numbered labels count from 0 or from 1.

    They count from 0 where 0 occurs, and from 1 where 0 does not occur and the largest label is
    the number of classes.

    Parameters
    ----------
    found : iterable of int or float
        The labels; those that are not whole numbers do not count.
    classes : sequence of str, or dict of int to str
        The classes in the order of their numbers, or the class of each number.
    parameter : str, default="classes"
        Name of the parameter in error messages.

    Returns
    -------
    dict of int to str
        The class of each number.

    Raises
    ------
    ValueError
        If `classes` is wrong, or if the labels could count from 0 or from 1.
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
        f"{parameter} must tell the class of each number where the labels hold neither 0 nor "
        f"{len(names)}, the number of classes, so that they could count from 0 or from 1: pass a "
        f"dict such as {{1: {names[0]!r}, ...}}; got {len(names)} names for the labels "
        f"{min(whole)} to {max(whole)}."
    )


def _is_whole(number):
    try:
        return math.isfinite(float(number)) and int(number) == float(number)
    except (TypeError, ValueError, OverflowError):
        return False


def name_classes(found, classes):
    """Decide which class each label is.

    Parameters
    ----------
    found : iterable of str
        Labels of the data set. Names that differ in case only are one class, under the first of
        the names when sorted.
    classes : str, sequence of str, dict of int to str, or None
        The classes to load, out of the names of the data set in any case; or, where labels are
        numbers, the classes they denote. None means all, sorted.

    Returns
    -------
    Classes

    Raises
    ------
    ValueError
        If `classes` does not fit the labels.
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
            raise ValueError(f"classes must be names where labels are names; got {classes!r}.")
        numbers = class_numbers(map(int, found), classes)
        return Classes(
            {name: numbers.get(int(name)) for name in found}, list(numbers.values()), numbers
        )
    chosen = {class_key(name): str(name) for name in _as_list(classes)}
    if not chosen or len(chosen) < len(_as_list(classes)) or not set(chosen) <= set(first):
        raise ValueError(
            f"classes must be different names out of {list(first.values())}; got {classes!r}."
        )
    names = {name: chosen.get(class_key(name), name) for name in found}
    return Classes(names, list(chosen.values()), None)


def _as_list(classes):
    return [classes] if isinstance(classes, str) else list(classes)


def told_numbers(numbers):
    """Return a line on how numbers were read, for the description of a data set."""
    listed = ", ".join(f"{number} {name}" for number, name in numbers.items())
    return f"Labels were read as numbers of classes: {listed}.\n"
