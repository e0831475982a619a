"""What all data sets share: the names of the classes and splits, and the form of the result."""

from hashlib import sha256

import numpy as np
from sklearn.utils import Bunch

# The label order of FER-2013: the index is the number in the column `emotion` of its CSV.
EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "PublicTest", "PrivateTest")


def choose(name, value, allowed):
    """Return the parameter `name` as a list of names out of `allowed`; None means all of them.

    Raises
    ------
    ValueError
        When a name is unknown or comes twice, or when there is none.
    """
    if value is None:
        return list(allowed)
    chosen = [value] if isinstance(value, str) else list(value)
    if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(allowed):
        raise ValueError(f"{name} must be different names out of {list(allowed)}; got {value!r}.")
    return chosen


def face_bunch(images, target, target_names, ids, **more):
    """Put a data set together.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
    target : array-like of shape (n,)
        Indices into `target_names`.
    target_names : list of str
    ids : list of str
    **more
        Further keys.

    Returns
    -------
    Bunch
        With `images`, `target`, `target_names`, `labels` (the names of the targets), `ids`, and
        the further keys.
    """
    target = np.asarray(target, dtype=np.intp)
    return Bunch(
        images=images,
        target=target,
        target_names=list(target_names),
        labels=np.array(target_names)[target],
        ids=np.array(ids),
        **more,
    )


def fingerprint(images, *names):
    """Return the SHA-256, in hexadecimal, of a set of images with their names.

    The rows are hashed one by one and the hashes sorted, so neither the order of the rows nor
    the layout they were read from matters, while every pixel and every name does.
    """
    rows = zip(images, *names, strict=True)
    hashes = sorted(
        sha256("/".join([*row_names, ""]).encode() + image.tobytes()).digest()
        for image, *row_names in rows
    )
    return sha256(b"".join(hashes)).hexdigest()
