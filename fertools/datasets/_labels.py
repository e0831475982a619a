"""One name for each expression, and data sets of the same classes."""

import numpy as np

from ._bunch import EXPRESSIONS, report_frame, take_rows

LABEL_SETS = {
    "fer7": EXPRESSIONS,
    "ck7": ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise"),
    "basic6": ("angry", "disgust", "fear", "happy", "sad", "surprise"),
    "five": ("angry", "happy", "sad", "surprise", "neutral"),
    # In the order of the columns of fer2013new.csv.
    "ferplus8": ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
}
# What the data sets call them; the codes of two letters are those of JAFFE.
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


def map_labels(bunch, to):
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
        When `to` is not the name of a set, or no row is left.

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
    classes = LABEL_SETS[to]
    ours = [expression_of(name) for name in bunch.target_names]
    number = np.array([classes.index(name) if name in classes else -1 for name in ours])
    target = number[bunch.target]
    stays = target >= 0
    if not stays.any():
        raise ValueError(
            f"bunch must hold rows of {', '.join(classes)}; its classes are {bunch.target_names}."
        )
    mapped = take_rows(bunch, stays)
    mapped.target = target[stays]
    mapped.target_names = list(classes)
    mapped.labels = np.array(classes)[mapped.target]
    if "soft" in bunch:
        weights = mapped.soft[:, number >= 0]
        mapped.soft = np.zeros((len(weights), len(classes)))
        mapped.soft[:, number[number >= 0]] = weights / weights.sum(axis=1, keepdims=True)
    left_out = [
        (row, "no_class", f"The class {str(label)!r} is none of {to}.")
        for row, label in zip(bunch.ids[~stays].tolist(), bunch.labels[~stays], strict=True)
    ]
    mapped.report = report_frame([*bunch.report.itertuples(index=False, name=None), *left_out])
    return mapped
