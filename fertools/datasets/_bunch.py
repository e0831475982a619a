"""Names of classes and splits, and the structure that all loaders return."""

import warnings
from hashlib import sha256

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

# Classes of FER-2013; the index is the number in the column `emotion` of the CSV file.
EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "PublicTest", "PrivateTest")
# Reasons why a file or row is left out of a data set: the column `status` of its report.
STATUSES = {
    "foreign": "not an image file of a supported format, or a hidden file",
    "missing": "a file named in a table does not exist, or a broken link",
    "empty": "a file without content",
    "unreadable": "an image that cannot be decoded, or pixels that are not in 0..255; or a file "
    "that is not regular, cannot be opened, or is a damaged or encrypted member of an archive",
    "replaced": "a later member of the archive has the same name",
    "too_large": "more than 100 million pixels, or more bytes than the limit",
    "wrong_size": "a size that differs from that of the data set, or a number of pixels that is "
    "not a square",
    "unknown_class": "no class, or a class that the data set does not have",
    "unknown_name": "a file name or split that does not follow the scheme of the data set",
    "no_class": "a valid image that is not in any of the requested classes",
}
# Expected statuses, without a warning: these files are not images, or were left out on purpose.
_EXPECTED = ("foreign", "no_class")
# Keys that are hashed in addition to pixels and labels.
_IDENTITY = ("usage", "groups")


class FaceBunch(Bunch):
    """Bunch with a one-line repr: the number of images, their size and the number of classes."""

    def __repr__(self):
        if not {"images", "target_names"} <= set(self):
            return super().__repr__()
        shapes = {np.shape(image) for image in self.images}
        size = "different sizes"
        if len(shapes) == 1:
            height, width, *channels = shapes.pop()
            size = f"{height} x {width}" + (" in RGB" if channels else "")
        n_images, n_classes = len(self.images), len(self.target_names)
        return (
            f"{n_images:,} image{'s' * (n_images != 1)} of {size}, "
            f"{n_classes} class{'es' * (n_classes != 1)}"
        )


def choose(name, value, allowed):
    """Return a parameter as a list of names from `allowed`; None means all of them.

    Raises
    ------
    ValueError
        If a name is unknown or occurs twice, or if there is none.
    """
    if value is None:
        return list(allowed)
    chosen = [value] if isinstance(value, str) else list(value)
    if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(allowed):
        raise ValueError(f"{name} must be different names from {list(allowed)}; got {value!r}.")
    return chosen


def report_frame(left_out=()):
    """Return the report of left-out files, a DataFrame with columns file, status and reason."""
    return pd.DataFrame(list(left_out), columns=["file", "status", "reason"], dtype=object)


def face_bunch(images, target, target_names, ids, *, left_out=(), **more):
    """Create a data set.

    Parameters
    ----------
    images : ndarray of shape (n, h, w) or (n, h, w, 3), uint8, or (n,), object
    target : array-like of shape (n,)
        Indices into `target_names`.
    target_names : list of str
    ids : list of str
    left_out : list of (file, status, reason)
        Files that are not in the data set.
    **more
        Additional keys.

    Returns
    -------
    Bunch
        With the keys `images`, `target`, `target_names`, `labels` (the names of the targets),
        `ids` and `report`, and the additional keys. Each ndarray has one entry per image.
    """
    target = np.asarray(target, dtype=np.intp)
    return FaceBunch(
        images=images,
        target=target,
        target_names=list(target_names),
        labels=np.array(target_names)[target],
        ids=np.array(ids),
        report=report_frame(left_out),
        **more,
    )


def bunch_of_rows(path, rows, left_out, target_names, descr, **more):
    """Create a data set from a list of samples, and warn about images that were left out.

    Parameters
    ----------
    path : path-like or str
        Name of the data set in messages.
    rows : list of dict
        Samples with the keys `image`, `label` and `id`, and the same additional keys.
    left_out : list of (file, status, reason)
    target_names : list of str
        Classes, which include all labels.
    descr : str
    **more
        Additional keys.

    Returns
    -------
    Bunch
        Result of `face_bunch` with `sha256`, `DESCR`, and the additional keys of the samples as
        arrays.

    Raises
    ------
    ValueError
        If there are no samples.

    Warns
    -----
    UserWarning
        If images, and not only foreign files, were left out.
    """
    if not rows:
        first = "".join(f" {file}: {reason}" for file, _, reason in left_out[:3])
        raise ValueError(
            f"{path} must contain at least one usable image of the requested classes and splits; "
            f"got none, and {len(left_out)} left out.{first}"
        )
    lost = [status for _, status, _ in left_out if status not in _EXPECTED]
    if lost:
        counts = ", ".join(f"{lost.count(status)} {status}" for status in sorted(set(lost)))
        # The warning points to the caller of the public loader.
        warnings.warn(f"{path}: left out {counts}; see `report`.", UserWarning, stacklevel=3)
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    images, labels, ids = (columns.pop(key) for key in ("image", "label", "id"))
    index = {name: number for number, name in enumerate(target_names)}
    identity = [columns[key] for key in _IDENTITY if key in columns]
    images = stack(images)
    return face_bunch(
        images,
        [index[label] for label in labels],
        target_names,
        ids,
        left_out=left_out,
        sha256=fingerprint(images, labels, *identity),
        DESCR=descr,
        **{key: np.array(values) for key, values in columns.items()},
        **more,
    )


def stack(images):
    """Stack images of equal shape; return an array of arrays if shapes differ."""
    if len({image.shape for image in images}) == 1:
        return np.stack(images)
    ragged = np.empty(len(images), dtype=object)
    for index, image in enumerate(images):
        ragged[index] = image
    return ragged


def fingerprint(images, *names):
    """Return the SHA-256 of a set of images with their names, in hexadecimal.

    Each sample is hashed, and the sorted hashes are hashed again. The result depends on all pixels
    and names (and on the shapes, if they differ), but not on the order or the file layout.
    """
    if images.dtype == object:
        names = ([str(image.shape) for image in images], *names)
    rows = zip(images, *names, strict=True)
    hashes = sorted(
        sha256(
            "/".join([*map(str, row_names), ""]).encode(errors="surrogateescape") + image.tobytes()
        ).digest()
        for image, *row_names in rows
    )
    return sha256(b"".join(hashes)).hexdigest()


def take_samples(bunch, indices):
    """Select samples of a data set.

    Parameters
    ----------
    bunch : Bunch
        Data set returned by a loader.
    indices : array-like of shape (n,), bool, or (n_selected,), int
        Mask, or indices of the samples in the desired order.

    Returns
    -------
    Bunch
        Data set with the selected entries of each ndarray (`images`, `target`, `labels`, `ids`,
        `usage`, ...). Other keys are not changed: `target_names`, `DESCR`, `report`, and `sha256`
        of the whole data set.

    Raises
    ------
    ValueError
        If `indices` is a mask of another length, or contains an index that is out of range.

    Examples
    --------
    >>> from fertools.datasets import make_faces, take_samples
    >>> faces = make_faces(14, random_state=0)
    >>> take_samples(faces, faces.labels == "sad").ids.tolist()
    ['face 4', 'face 11']
    """
    n = len(bunch.images)
    try:
        index = np.arange(n)[indices]
    except IndexError as error:
        raise ValueError(
            f"indices must be a mask of length {n}, or indices of samples; {error}."
        ) from error
    return type(bunch)(
        **{
            key: value[index] if isinstance(value, np.ndarray) else value
            for key, value in bunch.items()
        }
    )
