"""Detectors for photos: a fast and a full search, with verification."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from ._viola_jones_detector import ViolaJonesDetector

# Cascades in the order in which they find most faces that the others miss.
_CASCADES = ("haarcascade_frontalface_alt2.xml", "haarcascade_frontalface_default.xml")
MIN_FACE_PROBABILITY = 0.5
# Longer side to which larger photos are reduced, unless `min_size` is given.
_MAX_SIDE = 2048
# Of each search: scale factor and smallest face.
_SEARCHES = {"fast": (1.25, 30), "full": (1.1, 20)}


@validate_params(
    {
        "search": [StrOptions(set(_SEARCHES))],
        "min_size": [Interval(Integral, 1, 2**15, closed="both"), None],
        "profile": ["boolean"],
        "min_face_probability": [Interval(Real, 0, 1, closed="both")],
    },
    prefer_skip_nested_validation=True,
)
def make_detector(
    search: str = "fast",
    *,
    min_size: int | None = None,
    profile: bool = False,
    min_face_probability: float = MIN_FACE_PROBABILITY,
) -> ViolaJonesDetector:
    """Make a detector for photos: two cascades, searched by octaves, and verification.

    Parameters
    ----------
    search : {"fast", "full"}, default="fast"
        "fast" is the search of :class:`~fertools.recognizer.ExpressionRecognizer`. "full" uses
        finer steps and finds smaller faces, in three to four times the time.
    min_size : int or None, default=None
        Side of the smallest face in pixels, in photos of any size. None means 30 for "fast" and 20
        for "full", in photos of up to 2,048 pixels; larger photos are reduced to this size, so that
        the smallest face has 39 pixels in a photo of 4,000 pixels.
    profile : bool, default=False
        Whether to search for faces in profile as well, which takes two to three times as long.
    min_face_probability : float, default=0.5
        Smallest probability that a box shows a face. Larger values yield fewer false detections
        and fewer faces; 0 keeps every box that a cascade proposes.

    Returns
    -------
    ViolaJonesDetector

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from fertools.detection import make_detector
    >>> [face] = make_detector().detect(astronaut())
    >>> face.probability > 0.5
    True
    """
    scale_factor, smallest = _SEARCHES[search]
    return ViolaJonesDetector(
        list(_CASCADES),
        scale_factor=scale_factor,
        min_neighbors=0,
        min_size=smallest if min_size is None else min_size,
        max_side=_MAX_SIDE if min_size is None else None,
        octaves=True,
        profile=profile,
        min_face_probability=min_face_probability,
    )
