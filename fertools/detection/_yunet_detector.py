"""Detection with YuNet, a neural network of which the user has the file."""

import threading
from collections.abc import Iterable, Iterator
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval

from .._utils.images import load_image, resize, to_uint8
from ._detection import Detection
from ._detection_result import DetectionResult
from ._map_images import map_images

# Networks are not thread-safe and cannot be pickled: they are cached per thread.
_LOADED = threading.local()


class YuNetDetector(BaseEstimator):
    """Detector of faces with YuNet, a small convolutional neural network.

    An adapter of OpenCV's ``cv2.FaceDetectorYN``. fertools contains no network: download a file
    such as ``face_detection_yunet_2023mar.onnx`` from OpenCV's model zoo.

    Parameters
    ----------
    model_path : str or path-like
        Path of the ONNX file of the network.
    min_face_probability : float, default=0.7
        Smallest score of a face, in 0..1.
    overlap : float, default=0.3
        Largest intersection over union of two boxes.
    max_faces : int, default=5000
        Maximum number of boxes before overlapping ones are removed.
    max_side : int or None, default=1024
        Maximum length of the longer side; larger images are reduced for the search. None means no
        limit.

    References
    ----------
    .. [1] W. Wu, H. Peng, S. Yu (2023). YuNet: a tiny millisecond-level face detector. Machine
       Intelligence Research 20, 656-665. :doi:`10.1007/s11633-023-1423-y`

    Examples
    --------
    >>> from fertools.detection import YuNetDetector
    >>> from fertools.recognizer import ExpressionRecognizer
    >>> detector = YuNetDetector("face_detection_yunet_2023mar.onnx")
    >>> recognizer = ExpressionRecognizer(detector=detector)  # doctest: +SKIP
    """

    _parameter_constraints = {
        "model_path": [str, PathLike],
        "min_face_probability": [Interval(Real, 0, 1, closed="both")],
        "overlap": [Interval(Real, 0, 1, closed="both")],
        "max_faces": [Interval(Integral, 1, 100_000, closed="both")],
        "max_side": [Interval(Integral, 1, 2**15, closed="both"), None],
    }

    def __init__(
        self, model_path, *, min_face_probability=0.7, overlap=0.3, max_faces=5000, max_side=1024
    ):
        self.model_path = model_path
        self.min_face_probability = min_face_probability
        self.overlap = overlap
        self.max_faces = max_faces
        self.max_side = max_side

    def detect(self, image: ArrayLike | PathLike | BinaryIO) -> list[Detection]:
        """Detect the faces of an image.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
            Gray, RGB or RGBA pixels, uint8 or floats in 0..1; or an encoded image.

        Returns
        -------
        list of Detection
            Faces, largest first; `probability` is the score of the network.

        Raises
        ------
        ImageReadError
            If a file cannot be read.
        ImportError
            If the installed OpenCV has no FaceDetectorYN.
        ValueError
            If the file of the network does not exist or is not such a network, an array is not an
            image, or a parameter is invalid.
        """
        self._validate_params()
        gray = to_uint8(load_image(image))
        longest = max(gray.shape)
        scale = min(longest, self.max_side or longest) / longest
        shape = tuple(max(1, round(side * scale)) for side in gray.shape)
        pixels = cv2.cvtColor(resize(gray, shape), cv2.COLOR_GRAY2BGR)
        network = self._network()
        try:
            network.setInputSize(shape[::-1])
            network.setScoreThreshold(self.min_face_probability)
            network.setNMSThreshold(self.overlap)
            network.setTopK(self.max_faces)
            _, found = network.detect(pixels)
        except cv2.error as error:
            raise ValueError(_not_yunet(self.model_path)) from error
        factors = np.tile(np.array(gray.shape[::-1]) / shape[::-1], 2)
        faces = [] if found is None else [_face(row, factors) for row in found]
        faces = [face for face in faces if face.width > 0 and face.height > 0]
        return sorted(faces, key=lambda f: (-f.width * f.height, -f.score, f.y, f.x))

    def detect_many(
        self,
        inputs: Iterable[ArrayLike | PathLike | BinaryIO],
        *,
        n_jobs: int | None = None,
        progress: bool = False,
    ) -> Iterator[DetectionResult]:
        """Detect the faces of many images; a failing image yields an error record.

        Parameters
        ----------
        inputs : iterable of images
            Arrays, paths, bytes or file objects, as accepted by `detect`.
        n_jobs : int or None, default=None
            Number of parallel jobs over images.
        progress : bool, default=False
            Whether to show a progress bar on standard error.

        Returns
        -------
        iterator of DetectionResult
            Results in the order of the inputs.

        Raises
        ------
        ImportError
            If the installed OpenCV has no FaceDetectorYN.
        ValueError
            If the file of the network cannot be used, `inputs` is a single image, or a parameter
            is invalid.
        """
        self._validate_params()
        self._network()  # reported once, and not for each image
        return map_images(self.detect, inputs, n_jobs=n_jobs, progress=progress)

    def _network(self):
        if not hasattr(cv2, "FaceDetectorYN"):
            raise ImportError(
                "YuNetDetector requires cv2.FaceDetectorYN, of OpenCV 4.5.4 or later with the "
                f"module objdetect; got OpenCV {getattr(cv2, '__version__', 'unknown')}."
            )
        path = Path(self.model_path).expanduser()
        if not path.is_file():
            raise ValueError(
                f"model_path must be the path of a YuNet file; {str(path)!r} does not exist. "
                "Download face_detection_yunet_2023mar.onnx from OpenCV's model zoo."
            )
        loaded = _LOADED.__dict__.setdefault("networks", {})
        # A file that is replaced is loaded again.
        key = (str(path.resolve()), path.stat().st_mtime_ns)
        if key not in loaded:
            try:
                loaded[key] = cv2.FaceDetectorYN.create(str(path), "", (320, 320))
            except (cv2.error, SystemError) as error:
                raise ValueError(_not_yunet(path)) from error
        return loaded[key]

    def __sklearn_is_fitted__(self):
        return True


def _not_yunet(path):
    return f"model_path must be a YuNet network in ONNX format; {str(path)!r} cannot be used."


def _face(row, factors):
    """Convert x, y, width, height, five landmarks and the score to a Detection."""
    score = float(row[14])
    box = np.rint(row[:4] * factors).astype(int).tolist()
    return Detection(*box, score, probability=score)
