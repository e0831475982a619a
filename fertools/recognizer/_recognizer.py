"""Recognition of facial expressions in photos."""

from itertools import compress
from math import isqrt
from numbers import Real

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import Interval, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted

from .._utils.parallel import one_blas_thread
from ..detection import FaceLocalizer, ViolaJonesDetector
from ..detection._detector_protocol import detect_faces
from ..detection._eye_alignment import crop_face
from ..detection._map_images import load_gray, map_images
from ..persistence import load_pretrained
from ..pipeline._view_averaging import VIEW_CONSTRAINTS, mean_probabilities
from ._results import RecognitionResult, RecognizedFace, results_frame

__all__ = ["ExpressionRecognizer", "RecognitionResult", "RecognizedFace"]

_CONSTRAINTS = {**VIEW_CONSTRAINTS, "min_probability": [Interval(Real, 0, 1, closed="both")]}


class ExpressionRecognizer:
    """Find the faces of photos and name their expressions.

    Parameters
    ----------
    pipeline : {"fast", "accurate"} or estimator, default="fast"
        Name of a shipped model, see `fertools.persistence.load_pretrained`; or an estimator
        fitted on face crops of one size, with `predict_proba` and `classes_`, such as
        ``make_fer_pipeline(calibrated=True)`` or a search over one. A FaceLocalizer as first step
        is skipped, because the recognizer crops every face itself.
    detector : object or None, default="default"
        Object with a method ``detect(image)`` that takes a gray uint8 image and returns one entry
        per face, with x, y, width, height in pixels and optionally a score. An entry is a tuple, a
        list, an array or an object with attributes of these names; numbers may be floats.
        "default" is the detector of the pipeline's FaceLocalizer, or else
        ``ViolaJonesDetector(min_size=46, coarse_to_fine=True)``, which is fast and misses most
        faces below 48 pixels, the side of the crops that the shipped models know;
        ``ViolaJonesDetector()`` finds faces from 24 pixels. None takes each image as one cropped
        face.
    margin : float or None, default=None
        What is added around a face on each side, as a share of its box; None is that of the
        pipeline's FaceLocalizer, or else 0.
    align : bool or None, default=None
        Level the eye line of each crop where both eyes are found; None is that of the pipeline's
        FaceLocalizer, or else False.
    mirror : bool, default=False
        Average the probabilities over each crop and its mirror image.
    shifts : int, default=0
        Average them over shifts of the crop too, up, down, left and right, by 1, 2, ... and this
        many of its pixels; see `fertools.pipeline.ViewAveraging`.
    min_probability : float, default=0.0
        A face whose most probable class is less probable than this is "uncertain" and has no
        expression.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The expressions it can name.
    size_ : int
        Side of the crops in pixels.

    Raises
    ------
    ValueError
        Where the pipeline gives no probabilities, a parameter is out of its range, the detector's
        included, or views are asked of a pipeline that predicts sets.
    sklearn.exceptions.NotFittedError
        Where it is not fitted.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    >>> from sklearn.pipeline import make_pipeline
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import DiscreteCosine
    >>> from fertools.recognizer import ExpressionRecognizer
    >>> drawn = make_faces(140, random_state=0)
    >>> pipeline = make_pipeline(DiscreteCosine(60), LinearDiscriminantAnalysis())
    >>> recognizer = ExpressionRecognizer(pipeline.fit(drawn.images, drawn.labels))
    >>> [face] = recognizer.recognize(astronaut())
    >>> face.expression in recognizer.classes_
    True
    """

    def __init__(
        self,
        pipeline="fast",
        *,
        detector="default",
        margin=None,
        align=None,
        mirror=False,
        shifts=0,
        min_probability=0.0,
    ):
        given = {"mirror": mirror, "shifts": shifts, "min_probability": min_probability}
        validate_parameter_constraints(_CONSTRAINTS, given, caller_name=type(self).__name__)
        if isinstance(pipeline, str):
            pipeline = load_pretrained(pipeline)
        pipeline = getattr(pipeline, "best_estimator_", pipeline)
        if not hasattr(pipeline, "predict_proba"):
            raise ValueError(
                "pipeline must have predict_proba; build it with "
                f"make_fer_pipeline(..., calibrated=True); got {type(pipeline).__name__}."
            )
        check_is_fitted(pipeline)
        localizer = FaceLocalizer(ViolaJonesDetector(min_size=46, coarse_to_fine=True))
        if isinstance(pipeline, Pipeline) and isinstance(pipeline[0], FaceLocalizer):
            localizer, pipeline = pipeline[0], pipeline[1:]
        if isinstance(detector, str) and detector == "default":
            detector = localizer.detector or ViolaJonesDetector()
        self.pipeline = pipeline
        self.detector = detector
        self.margin = localizer.margin if margin is None else margin
        self.align = localizer.align if align is None else align
        self.mirror = mirror
        self.shifts = shifts
        self.min_probability = min_probability
        self.classes_ = np.asarray(pipeline.classes_)
        self.size_ = self._crop_size()
        if self._predicts_sets and (mirror or shifts):
            raise ValueError(
                "mirror and shifts must be off where the pipeline predicts sets, whose coverage "
                "would not hold for the mean; fit the conformal classifier on a ViewAveraging; "
                f"got mirror={mirror}, shifts={shifts}."
            )
        if detector is not None:
            if not hasattr(detector, "detect"):
                raise ValueError(
                    f"detector must have a method detect(image), or be None; got {detector!r}."
                )
            # Report an invalid detector now instead of once per image of a batch.
            detect_faces(detector, np.zeros((self.size_, self.size_), np.uint8))

    def __repr__(self):
        return (
            f"ExpressionRecognizer({len(self.classes_)} classes, {self.size_} x {self.size_} "
            f"crops, detector={self.detector!r})"
        )

    def _crop_size(self):
        pipeline = self.pipeline
        steps = pipeline.named_steps.values() if isinstance(pipeline, Pipeline) else [pipeline]
        shapes = (getattr(step, "image_shape_", None) for step in steps)
        # What wraps a pipeline knows the number of pixels only.
        side = isqrt(getattr(pipeline, "n_features_in_", 48 * 48))
        height, width = next(filter(None, shapes), (side, side))
        if height != width:
            raise ValueError(f"pipeline must take square crops; it takes {height}x{width}.")
        return height

    @property
    def _predicts_sets(self):
        return hasattr(self.pipeline, "sets")

    def recognize(self, image):
        """Recognize the expression of every face in an image.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
            Pixels in RGB order, uint8 or floats in 0..1; or an encoded image, which is rotated
            according to its EXIF orientation.

        Returns
        -------
        list of RecognizedFace
            Largest first; empty where no face was found.

        Raises
        ------
        ImageReadError
            Where a file cannot be read.
        ValueError
            Where an array is no image.
        """
        gray = load_gray(image)
        h, w = gray.shape
        if self.detector is None:
            boxes, scores = [(0, 0, w, h)], [None]
        else:
            found = detect_faces(self.detector, gray)
            boxes, scores = [face.box for face in found], [face.score for face in found]
        if not boxes:
            return []
        crops = np.stack(
            [crop_face(gray, box, self.size_, self.margin, self.align) for box in boxes]
        )
        # More threads of BLAS would go on waiting for work beside the next search of OpenCV.
        with one_blas_thread():
            probabilities = mean_probabilities(self.pipeline, crops, self.mirror, self.shifts)
        known = self._predicts_sets
        sets = self.pipeline.sets(probabilities) if known else [None] * len(crops)
        rows = zip(boxes, scores, probabilities, sets, strict=True)
        return [self._face(*row) for row in rows]

    def _face(self, box, score, probabilities, in_set):
        names = [str(name) for name in self.classes_]
        # As Python's floats, next to which `min_probability` is not rounded to single precision.
        probabilities = dict(zip(names, probabilities.tolist(), strict=True))
        likeliest = max(probabilities, key=probabilities.get)
        is_certain = probabilities[likeliest] >= self.min_probability
        return RecognizedFace(
            box=box,
            score=score,
            expression=likeliest if is_certain else None,
            probabilities=probabilities,
            status="ok" if is_certain else "uncertain",
            expressions=None if in_set is None else tuple(compress(names, in_set)),
        )

    def recognize_many(self, inputs, *, n_jobs=None, progress=False):
        """Recognize the expressions in many images; a failing image yields an error record.

        Parameters
        ----------
        inputs : iterable of images
            Arrays, paths, bytes or file objects, as `recognize` takes them. An iterator, such as
            the frames of a video, is read in small batches.
        n_jobs : int or None, default=None
            Number of parallel jobs over images: threads, or what `joblib.parallel_config` selects.
        progress : bool, default=False
            Show a progress bar on standard error.

        Returns
        -------
        iterator of RecognitionResult
            One per input, in order. Images are processed while the iterator is read, and those
            that are not read are not processed; ``list(...)`` keeps the results.

        Raises
        ------
        ValueError
            If `inputs` is a single image, or `n_jobs` is neither an int nor None.
        TypeError
            If `inputs` is not iterable.

        Examples
        --------
        >>> from skimage.data import astronaut
        >>> from fertools.recognizer import ExpressionRecognizer
        >>> recognizer = ExpressionRecognizer("fast")
        >>> for result in recognizer.recognize_many([astronaut(), "none.jpg"]):
        ...     print(result.status, len(result.faces))
        ok 1
        missing 0
        """
        return map_images(
            self.recognize, inputs, RecognitionResult, n_jobs=n_jobs, progress=progress
        )

    def to_frame(self, results):
        """Return the results of `recognize_many` as a table.

        Parameters
        ----------
        results : iterable of RecognitionResult

        Returns
        -------
        pandas.DataFrame
            One row per face, plus one per input without a face: `source`, `status` (of the face,
            if there is one), `reason`, `face` (0 is the largest), `x`, `y`, `width`, `height`,
            `score`, `expression`, `probability`, and the probability of each class in a column
            named after the class. The name of a class that is also the name of another column gets
            the prefix ``probability_``: "probability_score" for a class "score". If the pipeline
            predicts sets, `set` follows `probability`: the classes of the set separated by "|", as
            `Series.str.get_dummies` takes them.
        """
        classes = [str(name) for name in self.classes_]
        return results_frame(results, classes, with_sets=self._predicts_sets)
