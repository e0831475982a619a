"""Loader of FER+, ten votes for each image of FER-2013."""

from functools import partial
from itertools import zip_longest
from posixpath import basename

import numpy as np

from ._bunch import bunch_of_rows
from ._fer2013 import SIDE, known_table
from ._labels import LABEL_SETS
from ._limits import LeftOut
from ._sources import lost_files, open_source, parse_pixels, sift
from ._tables import open_table

CLASSES = LABEL_SETS["ferplus8"]
VOTES_FILE = "fer2013new.csv"
_VOTES = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("unknown", "nf"),
)
_DESCR = """\
FER+: the images of FER-2013 with the votes of ten annotators per image for eight expressions,
"unknown" and "no face" (NF).

E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang, "Training deep networks for facial expression
recognition with crowd-sourced label distribution", ICMI 2016, pp. 279-283,
doi:10.1145/2993148.2993165, arXiv:1608.01041.
"""


def load_ferplus(path):
    r"""Load FER-2013 with the votes of FER+.

    Row i of ``fer2013new.csv`` belongs to row i of ``fer2013.csv``. There is no other key: the
    folder layout numbers the images differently, and some numbers occur twice, so the votes cannot
    be assigned to its images.

    Parameters
    ----------
    path : str or path-like
        Folder, zip or tar archive that contains ``fer2013new.csv`` and ``fer2013.csv`` (or
        ``icml_face_data.csv``).

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n, 48, 48), uint8
        - target : ndarray of shape (n,), int; class with the most votes, the first one if tied
        - target_names : list of str; neutral, happy, surprise, sad, angry, disgust, fear, contempt
        - labels : ndarray of shape (n,), str; the name of each target
        - votes : ndarray of shape (n, 10), int; original votes for `target_names`, unknown and no
          face
        - soft : ndarray of shape (n, 8), float64; distribution of the votes, see Notes
        - usage : ndarray of shape (n,), str; Training, PublicTest or PrivateTest
        - ids : ndarray of shape (n,), str; "row 17", counted from 1 below the header
        - sha256 : str; hash of pixels, labels and splits
        - report : DataFrame; rows that were left out, including rows without a class
        - DESCR : str

        The images are in the order of the tables.

    Raises
    ------
    FileNotFoundError
        If one of the two tables does not exist.
    ValueError
        If the tables differ in their number of rows or in a Usage, if a vote is not a whole
        number, if a table or archive is damaged, or if no image is left.

    Warns
    -----
    UserWarning
        If rows were left out because their pixels are damaged.

    Notes
    -----
    Single votes :math:`v_k` are considered errors and ignored:

    .. math:: v'_k = v_k [v_k > 1], \qquad p_k = \frac{v'_k}{\sum_{j=1}^{8} v'_j}

    where :math:`k = 1, \dots, 8` are the expressions. Images with most :math:`v'_k` for unknown or
    no face, or without any, are left out with status "no_class". Depending on its mode, the program
    of the authors also removes images for which no class has more than half of the votes, or limits
    each distribution to its largest classes. Both can be computed from `votes`.

    References
    ----------
    .. [1] E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang, "Training deep networks for facial
       expression recognition with crowd-sourced label distribution", ICMI 2016,
       doi:10.1145/2993148.2993165, arXiv:1608.01041.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from fertools.datasets import load_ferplus, make_faces
    >>> pixels = " ".join(map(str, make_faces(1, random_state=0).images.ravel()))
    >>> names = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    >>> with TemporaryDirectory() as folder:
    ...     images, votes = Path(folder, "fer2013.csv"), Path(folder, "fer2013new.csv")
    ...     _ = images.write_text(f"emotion,pixels,Usage\n0,{pixels},Training\n")
    ...     _ = votes.write_text(f"Usage,Image name,{names}\nTraining,a.png,4,0,0,1,4,0,0,0,1,0\n")
    ...     data = load_ferplus(folder)
    >>> data.labels[0], data.soft.tolist()
    (np.str_('neutral'), [[0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0]])
    """
    with open_source(path) as source:
        images = known_table(source.names)
        votes = next((name for name in source.names if basename(name) == VOTES_FILE), None)
        if images is None or votes is None:
            missing = VOTES_FILE if votes is None else "fer2013.csv"
            raise FileNotFoundError(
                f"path must contain {VOTES_FILE} and fer2013.csv, the images as a CSV file; {path} "
                f"does not contain {missing}."
            )
        with open_table(partial(source.open, votes), votes, ("usage", *_VOTES)) as lines:
            cast = [(cells[0], _count(cells[1:], votes, row)) for row, cells in lines]
        with open_table(partial(source.open, images), images, ("pixels", "usage")) as lines:
            rows, left_out = sift(_pair(lines, cast, images, votes), _read_row)
        left_out += lost_files(source)
    return bunch_of_rows(path, rows, left_out, CLASSES, _DESCR)


def _count(cells, table, row):
    """Return the ten votes of a line."""
    if not all(cell.isascii() and cell.isdecimal() and len(cell) < 10 for cell in cells):
        raise ValueError(f"{table}: {row} must hold {len(_VOTES)} whole numbers; got {cells}.")
    return np.array(cells, dtype=int)


def _pair(lines, cast, images, votes):
    """Yield corresponding rows of the two tables."""
    for n_pairs, (line, vote) in enumerate(zip_longest(lines, cast)):
        if line is None or vote is None:
            shorter = images if line is None else votes
            raise ValueError(
                f"{votes} must have as many rows as {images}; {shorter} ends after {n_pairs}."
            )
        row, (pixels, usage) = line
        voted_usage, counts = vote
        if usage != voted_usage:
            raise ValueError(
                f"{votes} must have the same rows as {images}, in the same order; the Usage of "
                f"{row} is {voted_usage!r} in the former and {usage!r} in the latter."
            )
        yield row, (pixels, usage, counts)


def _read_row(item):
    """Return an image with its label and votes."""
    pixels, usage, votes = item
    kept = np.where(votes > 1, votes, 0)
    winner = kept.argmax()
    if kept[winner] == 0:
        raise LeftOut("no_class", "No class has at least two votes.")
    if winner >= len(CLASSES):
        raise LeftOut("no_class", f"Most votes are for {_VOTES[winner]}.")
    weights = kept[: len(CLASSES)]
    return {
        "image": parse_pixels(pixels, SIDE),
        "label": CLASSES[winner],
        "usage": usage,
        "votes": votes,
        "soft": weights / weights.sum(),
    }
