"""Loader of JAFFE, the Japanese female facial expression data set."""

import re

from ._bunch import EXPRESSIONS, bunch_of_rows
from ._labels import expression_of
from ._limits import LeftOut
from ._sources import open_source, read_files

# KA.AN1.39.tiff: person, expression and number of the pose, number of the image.
FILE = re.compile(r"(?:.*/)?(?P<person>[A-Z]{2})\.(?P<code>[A-Z]{2})(?P<pose>\d)\.\d+\.[A-Za-z]+")
_CODES = ("AN", "DI", "FE", "HA", "NE", "SA", "SU")
_DESCR = """\
JAFFE, the Japanese female facial expression data set: 213 photos of 256 x 256 gray pixels, of ten
women who posed six expressions and a neutral face, two to four times each. Split the data by person
(`groups`); other splits do not measure the accuracy on new persons.

M. Lyons, S. Akamatsu, M. Kamachi, J. Gyoba, "Coding facial expressions with Gabor wavelets",
IEEE Conference on Automatic Face and Gesture Recognition 1998, pp. 200-205,
doi:10.1109/AFGR.1998.670949.
"""


def load_jaffe(path):
    """Load JAFFE from a downloaded copy.

    Parameters
    ----------
    path : str or path-like
        Folder, zip or tar archive that contains the 213 images at any depth, with their original
        names, such as ``KA.AN1.39.tiff``.

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n, 256, 256), uint8
        - target : ndarray of shape (n,), int; indices into `target_names`
        - target_names : list of str; angry, disgust, fear, happy, sad, surprise, neutral
        - labels : ndarray of shape (n,), str; the name of each target
        - groups : ndarray of shape (n,), str; person, such as "KA"
        - pose : ndarray of shape (n,), int; number of the photo of the same person and expression
        - ids : ndarray of shape (n,), str; sorted file names
        - sha256 : str; hash of pixels, labels and persons
        - report : DataFrame; files that were left out
        - DESCR : str

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    ValueError
        If the archive is damaged or no image is left.

    Warns
    -----
    UserWarning
        If images were left out; they are listed in `report`.

    References
    ----------
    .. [1] M. Lyons, S. Akamatsu, M. Kamachi, J. Gyoba, "Coding facial expressions with Gabor
       wavelets", FG 1998, doi:10.1109/AFGR.1998.670949.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from fertools.datasets import load_jaffe, make_faces
    >>> with TemporaryDirectory() as folder:
    ...     face = make_faces(1, size=256, random_state=0).images[0]
    ...     Image.fromarray(face).save(Path(folder, "KA.AN1.39.tiff"))
    ...     jaffe = load_jaffe(folder)
    >>> jaffe.images.shape, jaffe.labels[0], jaffe.groups[0], jaffe.pose[0]
    ((1, 256, 256), np.str_('angry'), np.str_('KA'), np.int64(1))
    """
    with open_source(path) as source:
        rows, left_out = read_files(source, _place)
    return bunch_of_rows(path, rows, left_out, EXPRESSIONS, _DESCR)


def _place(name):
    match = FILE.fullmatch(name)
    if match is None:
        raise LeftOut("unknown_name", "The name of an image must be like KA.AN1.39.tiff.")
    person, code, pose = match.groups()
    if code not in _CODES:
        raise LeftOut("unknown_class", f"{code!r} is none of {', '.join(_CODES)}.")
    return {"label": expression_of(code), "groups": person, "pose": int(pose)}
