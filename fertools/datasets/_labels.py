"""Names of expressions in different data sets, and mapping of labels to common classes."""

import numpy as np
from sklearn.utils import Bunch

from ._bunch import EXPRESSIONS, report_frame, take_samples
from ._classes import are_numbers, class_key, class_numbers

LABEL_SETS = {
    "fer7": EXPRESSIONS,
    "ck7": ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise"),
    "basic6": ("angry", "disgust", "fear", "happy", "sad", "surprise"),
    "five": ("angry", "happy", "sad", "surprise", "neutral"),
    # Order of the columns of fer2013new.csv.
    "ferplus8": ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
}
# Names used by data sets; the two-letter codes are those of JAFFE.
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
    """Return the common name of an expression with the name `name` in a data set, or None."""
    return _EXPRESSION.get(name.strip().casefold())


def match_classes(bunch, classes):
    """Rename the classes of a data set to those of a classifier.

    Names match if they only differ in case, or if they name the same expression, such as happiness
    and happy. Other classes are not renamed.

    Parameters
    ----------
    bunch : Bunch
        Data set returned by a loader.
    classes : sequence
        Classes of a classifier.

    Returns
    -------
    bunch : Bunch
        Data set with other `labels`, `target` and `target_names`.
    unknown : list of str
        Classes of the data set that the classifier does not have.
    """
    exact = {str(name): name for name in classes}
    spelled = {class_key(name): name for name in classes}
    meant = {expression_of(str(name)): name for name in classes}
    meant.pop(None, None)
    names, unknown = {}, []
    for name in bunch.target_names:
        keys = (exact, str(name)), (spelled, class_key(name)), (meant, expression_of(str(name)))
        found = [table[key] for table, key in keys if key in table]
        names[name] = found[0] if found else name
        if not found:
            unknown.append(str(name))
    target_names = list(dict.fromkeys(names.values()))
    target = np.array([target_names.index(names[name]) for name in bunch.labels.tolist()])
    labels = np.array(target_names)[target]
    changed = {"target_names": target_names, "target": target, "labels": labels}
    return Bunch(**(bunch | changed)), unknown


def map_labels(bunch, to, *, classes=None):
    """Map the labels of a data set to a common set of classes.

    For example, anger, Angry and AN are mapped to angry, and happiness and joy to happy. Images of
    other classes are left out.

    Parameters
    ----------
    bunch : Bunch
        Data set returned by a loader.
    to : {"fer7", "ck7", "basic6", "five", "ferplus8"}
        Key of `LABEL_SETS`: the seven classes of FER-2013, with neutral; the seven classes of CK+,
        with contempt; the six classes without neutral and contempt; the five classes of FER-2013
        without disgust and fear; the eight classes of FER+.
    classes : sequence of str, dict of int to str or None, default=None
        Expressions of numbered classes in order, or the expression of each number; only if the
        classes of `bunch` are numbers, such as folders named 0 to 6 or 1 to 7. Numbers start from
        0 or from 1 as in `load_frame`.

    Returns
    -------
    Bunch
        Data set of the images with a class in `to`. `target_names` contains all classes of `to`,
        even those without images, and `labels` and `target` refer to them. `soft` of FER+ is
        mapped to the new classes and normalized to sum 1. `report` has an additional row with
        status "no_class" for each image that is left out.

    Raises
    ------
    ValueError
        If `to` is not a key of `LABEL_SETS`, if no image is left, if `classes` is missing although
        classes are numbers, or if it is given although they are names.

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
            f"bunch must contain images of {', '.join(wanted)}; its classes are "
            f"{bunch.target_names}."
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
                "classes must list the expressions of the classes of bunch, in order, because they "
                f"are numbers; got None for {names}."
            )
        numbers = class_numbers(map(int, names), classes)
        return [numbers.get(int(name), name) for name in names]
    if classes is not None:
        raise ValueError(
            f"classes must be None if the classes of bunch are names, {names}; got {classes!r}."
        )
    return names
