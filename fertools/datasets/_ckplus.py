"""Loader of the extended Cohn-Kanade data set, CK+, and of its 48 x 48 crops."""

import re
from numbers import Integral
from pathlib import PurePosixPath

from sklearn.utils._param_validation import Interval, validate_params

from ._bunch import bunch_of_rows
from ._labels import LABEL_SETS, expression_of
from ._limits import LeftOut
from ._sources import open_source, read_files, read_member

CLASSES = LABEL_SETS["ck7"]
# S010_004_00000017.png: person, sequence of that person, frame of that sequence.
FILE = re.compile(r"(?:.*/)?(?P<person>S\d{3})_(?P<sequence>\d{3})_(?P<frame>\d{8})\.[A-Za-z]+")
_EMOTION = re.compile(r"(?:.*/)?(S\d{3}_\d{3})_\d{8}_emotion\.txt")
# Content of the files *_emotion.txt, such as "   3.0000000e+00".
_NUMBERS = {
    text: name
    for number, name in enumerate(("neutral", *CLASSES))
    for text in (str(number), f"{number}.0", f"{number:.7e}")
}
_MAX_EMOTION_BYTES = 1000
_DESCR = """\
CK+, the extended Cohn-Kanade data set: posed expressions, recorded as sequences of frames from a
neutral face to the peak of the expression. 327 sequences of 118 people are labeled with one of
seven expressions, which include contempt but not neutral. CK+48 contains the last three frames of
each sequence, 981 images, as faces of 48 x 48 gray pixels. Split the data by person (`groups`), so
that no person is in both training and test set.

P. Lucey et al., "The extended Cohn-Kanade dataset (CK+): a complete dataset for action unit and
emotion-specified expression", CVPR Workshops 2010, pp. 94-101, doi:10.1109/CVPRW.2010.5543262.
"""


@validate_params(
    {"path": "no_validation", "n_frames": [Interval(Integral, 1, None, closed="left")]},
    prefer_skip_nested_validation=True,
)
def load_ckplus(path, *, n_frames=3):
    """Load CK+ from a downloaded copy.

    Parameters
    ----------
    path : str or path-like
        Folder, zip or tar archive that contains, at any depth, one of

        - CK+48: ``<class>/S010_004_00000017.png``, with one folder for each of the classes anger,
          contempt, disgust, fear, happy, sadness and surprise;
        - the original release: ``S010/004/S010_004_00000017.png`` and
          ``Emotion/S010/004/S010_004_00000017_emotion.txt`` with the number of the emotion.
    n_frames : int, default=3
        Number of frames to load from the end of each sequence of the original release. Other
        frames, and sequences without an emotion, are neither read nor reported.

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n, 48, 48), uint8; for the original release (n,), object,
          because its images have two sizes
        - target : ndarray of shape (n,), int; indices into `target_names`
        - target_names : list of str; angry, contempt, disgust, fear, happy, sad, surprise
        - labels : ndarray of shape (n,), str; the name of each target
        - groups : ndarray of shape (n,), str; person, such as "S010"
        - sequence : ndarray of shape (n,), str; sequence of the person, such as "004"
        - frame : ndarray of shape (n,), int; number of the frame in the sequence
        - ids : ndarray of shape (n,), str; sorted file names
        - sha256 : str; hash of pixels, labels and persons
        - report : DataFrame; files that were left out
        - DESCR : str

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    ValueError
        If `n_frames` is invalid, the archive is damaged, or no image is left.

    Warns
    -----
    UserWarning
        If images were left out; they are listed in `report`.

    References
    ----------
    .. [1] P. Lucey et al., "The extended Cohn-Kanade dataset (CK+)", CVPR Workshops 2010,
       doi:10.1109/CVPRW.2010.5543262.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from fertools.datasets import load_ckplus, make_faces
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "CK+48", "anger", "S010_004_00000017.png")
    ...     file.parent.mkdir(parents=True)
    ...     Image.fromarray(make_faces(1, random_state=0).images[0]).save(file)
    ...     ck = load_ckplus(folder)
    >>> ck.labels[0], ck.groups[0], ck.sequence[0], ck.frame[0]
    (np.str_('angry'), np.str_('S010'), np.str_('004'), np.int64(17))
    """
    with open_source(path) as source:
        emotions, lost = _read_emotions(source)
        names = _last_frames(source.names, emotions, n_frames) if emotions else None
        rows, left_out = read_files(source, lambda name: _place(name, emotions), names=names)
    return bunch_of_rows(path, rows, [*lost, *left_out], CLASSES, _DESCR)


def _read_emotions(source):
    """Return the emotion of each sequence of the original release, and files that are damaged."""
    emotions, lost = {}, []
    for name in source.names:
        if match := _EMOTION.fullmatch(name):
            try:
                text = read_member(name, source.open, _MAX_EMOTION_BYTES)
            except LeftOut as error:
                lost.append((name, error.status, str(error)))
                continue
            text = text.decode("ascii", "replace").strip()
            emotions[match[1]] = _NUMBERS.get(text, text[:20])
    return emotions, lost


def _last_frames(names, emotions, n_frames):
    """Return the names of the last frames of the sequences with an emotion."""
    sequences = {}
    for name in names:
        match = FILE.fullmatch(name)
        if match and f"{match['person']}_{match['sequence']}" in emotions:
            key = (match["person"], match["sequence"])
            sequences.setdefault(key, []).append((match["frame"], name))
    return [name for frames in sequences.values() for _, name in sorted(frames)[-n_frames:]]


def _place(name, emotions):
    match = FILE.fullmatch(name)
    if match is None:
        raise LeftOut("unknown_name", "The name of an image must be like S010_004_00000017.png.")
    person, sequence, frame = match.groups()
    emotion = emotions.get(f"{person}_{sequence}", PurePosixPath(name).parent.name)
    label = expression_of(emotion)
    if label not in CLASSES:
        raise LeftOut("unknown_class", f"{emotion!r} is none of {', '.join(CLASSES)}.")
    return {"label": label, "groups": person, "sequence": sequence, "frame": int(frame)}
