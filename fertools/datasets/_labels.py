"""One name for each expression, and data sets of the same classes."""

import numpy as np

from ._bunch import EXPRESSIONS, report_frame, take_samples
from ._classes import are_numbers, class_numbers

LABEL_SETS = {
    "fer7": EXPRESSIONS,
    "ck7": ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise"),
    "basic6": ("angry", "disgust", "fear", "happy", "sad", "surprise"),
    "five": ("angry", "happy", "sad", "surprise", "neutral"),
    # In the order of the columns of fer2013new.csv.
    "ferplus8": ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
}
# Names in the data sets; the codes of two letters are those of JAFFE.
_NAMES = {
    "angry": ("anger", "an"),
    "contempt": ("contemptuous",),
    "disgust": ("disgusted", "di"),
    "fear": ("fearful", "afraid", "scared", "fe"),
    "happy": ("happiness", "joy", "ha"),
    "neutral": ("ne",),
    "sad": ("sadness", "sa"),
    "surprise": ("surprised", "su"),
}
_EXPRESSION = {name: ours for ours, others in _NAMES.items() for name in (ours, *others)}


def expression_of(name):
    """Return our name of an expression that a data set calls `name`, or None."""
    return _EXPRESSION.get(name.strip().casefold())


def map_labels(bunch, to, *, classes=None):
    """Bring the labels of any data set to one set of classes, by name.

    Anger, Angry and AN become angry, happiness and joy become happy, and so on. Rows of other
    classes are left out.

    Parameters
    ----------
    bunch : Bunch
        As the loaders return it.
    to : {"fer7", "ck7", "basic6", "five", "ferplus8"}
        A name in `LABEL_SETS`: the seven classes of FER-2013, with neutral; the seven of CK+,
        with contempt; the six without both; the five without disgust and fear; the eight of FER+.
    classes : sequence of str, dict of int to str or None, default=None
        If the classes of `bunch` are numbers, as where folders are named 0 to 6 or 1 to 7: the
        expressions they denote, in order, or the expression of each number. Numbers count
        from 0 or from 1 as in `load_frame`.

    Returns
    -------
    Bunch
        `target_names` are the classes of `to` in their order, whether there are rows of them or
        not; `labels` and `target` follow. What has an entry a row has those of the rows that
        stay. `soft` of FER+ is brought to the new classes and to sum 1 again. `report` has a
        row more, with status "no_class", for each row left out.

    Raises
    ------
    ValueError
        When `to` is not the name of a set, no row is left, or `classes` is missing where classes
        are numbers, or given where they are not.

    Examples
    --------
    >>> from fertools.datasets import make_faces, map_labels
    >>> faces = make_faces(7, random_state=0)
    >>> five = map_labels(faces, "five")
    >>> five.labels.tolist()
    ['angry', 'happy', 'sad', 'surprise', 'neutral']
    >>> five.report.file.tolist()
    ['face 1', 'face 2']
    """
    if to not in LABEL_SETS:
        raise ValueError(f"to must be one of {list(LABEL_SETS)}; got {to!r}.")
    wanted = LABEL_SETS[to]
    ours = [expression_of(name) for name in _named(bunch.target_names, classes)]
    number = np.array([wanted.index(name) if name in wanted else -1 for name in ours])
    target = number[bunch.target]
    stays = target >= 0
    if not stays.any():
        raise ValueError(
            f"bunch must hold rows of {', '.join(wanted)}; its classes are {bunch.target_names}."
        )
    mapped = take_samples(bunch, stays)
    mapped.target = target[stays]
    mapped.target_names = list(wanted)
    mapped.labels = np.array(wanted)[mapped.target]
    if "soft" in bunch:
        weights = mapped.soft[:, number >= 0]
        mapped.soft = np.zeros((len(weights), len(wanted)))
        mapped.soft[:, number[number >= 0]] = weights / weights.sum(axis=1, keepdims=True)
    left_out = [
        (row, "no_class", f"The class {str(label)!r} is none of {to}.")
        for row, label in zip(bunch.ids[~stays].tolist(), bunch.labels[~stays], strict=True)
    ]
    mapped.report = report_frame([*bunch.report.itertuples(index=False, name=None), *left_out])
    return mapped


def _named(target_names, classes):
    """Return the names of classes that may be numbers."""
    names = [str(name) for name in target_names]
    if are_numbers(names):
        if classes is None:
            raise ValueError(
                "classes must name the expressions that the classes of bunch denote, in order, "
                f"as they are numbers; got None for {names}."
            )
        numbers = class_numbers(map(int, names), classes)
        return [numbers.get(int(name), name) for name in names]
    if classes is not None:
        raise ValueError(
            f"classes must be None where the classes of bunch are names, {names}; got {classes!r}."
        )
    return names
