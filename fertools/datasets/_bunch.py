"""Names of classes and splits, and the structure that all loaders return."""

import warnings
from hashlib import sha256

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

# The label order of FER-2013: the index is the number in the column `emotion` of its CSV.
EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "PublicTest", "PrivateTest")
# Why a file or a row is left out of a data set: the column `status` of its report.
STATUSES = {
    "foreign": "not an image file of a format that is read, or hidden",
    "missing": "a table names a file that is not there, or a link leads nowhere",
    "empty": "a file of no bytes",
    "unreadable": "not an image that can be decoded, or not pixels in 0..255; or the file is no "
    "regular file, cannot be opened, or is a damaged or encrypted member of an archive",
    "replaced": "a later member of the archive has the same name",
    "too_large": "more than 100 million pixels, or more bytes than are read",
    "wrong_size": "another size than the data set has, or a number of pixels that is no square",
    "unknown_class": "no class, or none of those of the data set",
    "unknown_name": "a file name or split that is not of the form of the data set",
    "no_class": "sound, but of none of the classes asked for",
}
# No loss: these files are no images, or their images were left out on purpose.
_EXPECTED = ("foreign", "no_class")
# Besides pixels and labels, what makes two data sets two.
_IDENTITY = ("usage", "groups")


class FaceBunch(Bunch):
    """A Bunch whose repr is one line: the number of images, their size and number of classes."""

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


def report_frame(left_out=()):
    """Return the cleaning report: a DataFrame with the columns file, status and reason."""
    return pd.DataFrame(list(left_out), columns=["file", "status", "reason"], dtype=object)


def face_bunch(images, target, target_names, ids, *, left_out=(), **more):
    """Put a data set together.

    Parameters
    ----------
    images : ndarray of shape (n, h, w) or (n, h, w, 3), uint8, or (n,), object
    target : array-like of shape (n,)
        Indices into `target_names`.
    target_names : list of str
    ids : list of str
    left_out : list of (file, status, reason)
        Classes that the data set does not contain.
    **more
        Further keys.

    Returns
    -------
    Bunch
        With `images`, `target`, `target_names`, `labels` (the names of the targets), `ids`,
        `report` and the further keys. Every ndarray has one entry per image.
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
    """Put a data set together from rows, and say what was lost.

    Parameters
    ----------
    path : path-like or str
        Name of the data set in messages.
    rows : list of dict
        Each with `image`, `label`, `id` and, all the same, further keys.
    left_out : list of (file, status, reason)
    target_names : list of str
        The classes; every label is one of them.
    descr : str
    **more
        Further keys.

    Returns
    -------
    Bunch
        As of `face_bunch`, with the further keys of the rows as arrays, `sha256` and `DESCR`.

    Raises
    ------
    ValueError
        When there are no rows.

    Warns
    -----
    UserWarning
        When images, not only foreign files, were left out.
    """
    if not rows:
        first = "".join(f" {file}: {reason}" for file, _, reason in left_out[:3])
        raise ValueError(
            f"{path} must hold at least one image that is asked for and can be used; got none, "
            f"and {len(left_out)} left out.{first}"
        )
    lost = [status for _, status, _ in left_out if status not in _EXPECTED]
    if lost:
        counts = ", ".join(f"{lost.count(status)} {status}" for status in sorted(set(lost)))
        # The caller of the public loader.
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
    """Make one array of images: (n, ...) where all shapes are equal, else an array of arrays."""
    if len({image.shape for image in images}) == 1:
        return np.stack(images)
    ragged = np.empty(len(images), dtype=object)
    for index, image in enumerate(images):
        ragged[index] = image
    return ragged


def _encode(text):
    # Class names can come from folder names that are not UTF-8.
    return text.encode("utf-8", "surrogatepass")


def fingerprint(images, *names):
    """Return the SHA-256, in hexadecimal, of a set of images with their names.

    The rows are hashed one by one and the hashes sorted, so neither the order of the rows nor
    the layout they were read from matters, while every pixel and every name does; where the sizes
    differ, so does the shape of each.
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


def take_samples(bunch, rows):
    """Choose rows of a data set.

    Parameters
    ----------
    bunch : Bunch
        As the loaders return it.
    rows : array-like of shape (n,), bool, or (n_chosen,), int
        A mask, or row numbers in the order wanted.

    Returns
    -------
    Bunch
        With the rows of every ndarray (`images`, `target`, `labels`, `ids`, `usage`, ...). All
        other keys stay: `target_names`, `DESCR`, `report`, and `sha256` of the whole data set.

    Raises
    ------
    ValueError
        When `rows` is a mask of another length, or names a row that is not there.

    Examples
    --------
    >>> from fertools.datasets import make_faces, take_samples
    >>> faces = make_faces(14, random_state=0)
    >>> take_samples(faces, faces.labels == "sad").ids.tolist()
    ['face 4', 'face 11']
    """
    n = len(bunch.images)
    try:
        index = np.arange(n)[rows]
    except IndexError as error:
        raise ValueError(f"rows must be a mask of {n} or indices of rows; {error}.") from error
    return type(bunch)(
        **{
            key: value[index] if isinstance(value, np.ndarray) else value
            for key, value in bunch.items()
        }
    )
