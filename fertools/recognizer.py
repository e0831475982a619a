"""From a photo to its faces and their expressions."""

from dataclasses import dataclass
from itertools import compress
from math import isqrt
from numbers import Real

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import Interval, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted

from ._parallel import one_blas_thread
from ._text import encodable, encodable_names
from .detection import DetectionResult, FaceLocalizer, ViolaJonesDetector
from .detection._eyes import crop_face
from .detection._many import each_image, load_grey
from .ensemble._views import VIEW_CONSTRAINTS, mean_probabilities

__all__ = ["ExpressionRecognizer", "RecognitionResult", "RecognizedFace"]

# The columns of the table, but for one a class.
_ABOUT = ["source", "status", "reason"]
_FACE = ["face", "x", "y", "width", "height"]
_ANSWER = ["score", "expression", "probability"]
_CONSTRAINTS = {**VIEW_CONSTRAINTS, "min_probability": [Interval(Real, 0, 1, closed="both")]}


@dataclass(frozen=True)
class RecognizedFace:
    """One face and its expression.

    Attributes
    ----------
    box : tuple of (x, y, width, height)
        In pixels of the image.
    score : float or None
        The detector's score; None where the whole image was taken as the face.
    expression : str or None
        The most probable class; None where that is too uncertain.
    probabilities : dict of str to float
        Of every class; they sum to 1.
    status : {"ok", "uncertain"}
        "uncertain" where no class is as probable as the recognizer's `min_probability`.
    expressions : tuple of str or None
        The set of classes that a conformal pipeline predicts, which may be empty; None where the
        pipeline predicts no sets.
    """

    box: tuple
    score: float | None
    expression: str | None
    probabilities: dict
    status: str = "ok"
    expressions: tuple | None = None

    @property
    def probability(self):
        """The probability of the most probable class."""
        return max(self.probabilities.values())


@dataclass(frozen=True)
class RecognitionResult(DetectionResult):
    """What was recognised in one input of a batch.

    Attributes
    ----------
    source : str
        The path, or "array 3" for the fourth input.
    status : {"ok", "no_face", "missing", "unreadable", "too_large", "invalid"}
        "invalid" is an array that is no image.
    reason : str
        Why there is no face; empty where `status` is "ok".
    faces : list of RecognizedFace
        Largest first.
    """


class ExpressionRecognizer:
    """Find the faces of photos and name their expressions.

    Parameters
    ----------
    pipeline : estimator
        Fitted on face crops of one size, with `predict_proba` and `classes_`; such as
        `fertools.persistence.load_pretrained` gives, or `make_fer_pipeline(calibrated=True)`, or
        a search over one. A FaceLocalizer at its head is left out, as the recognizer cuts the
        faces itself, every one of them.
    detector : detector or None, default="default"
        Anything with ``detect(image)``; "default" is that of the pipeline's FaceLocalizer, or
        else ``ViolaJonesDetector(min_size=46, coarse_to_fine=True)``, which is fast and leaves out
        most faces below 48 pixels, the side of the crops that the shipped models know;
        `ViolaJonesDetector()` finds them from 24. None takes each image as one face, already
        cropped.
    margin : float or None, default=None
        What is added around a face on each side, as a share of its box; None is that of the
        pipeline's FaceLocalizer, or else 0.
    align : bool or None, default=None
        Level the eye line of each crop where both eyes are found; None is that of the pipeline's
        FaceLocalizer, or else False.
    mirrored : bool, default=False
        Average the probabilities over each crop and its mirror image.
    shifts : int, default=0
        Average them over shifts of the crop too, up, down, left and right, by 1, 2, ... and this
        many of its pixels; see `fertools.ensemble.ViewAveraging`.
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
        pipeline,
        *,
        detector="default",
        margin=None,
        align=None,
        mirrored=False,
        shifts=0,
        min_probability=0.0,
    ):
        given = {"mirrored": mirrored, "shifts": shifts, "min_probability": min_probability}
        validate_parameter_constraints(_CONSTRAINTS, given, caller_name=type(self).__name__)
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
        self.mirrored = mirrored
        self.shifts = shifts
        self.min_probability = min_probability
        self.classes_ = np.asarray(pipeline.classes_)
        self.size_ = self._crop_size()
        if self._predicts_sets and (mirrored or shifts):
            raise ValueError(
                "mirrored and shifts must be off where the pipeline predicts sets, whose coverage "
                "would not hold for the mean; fit the conformal classifier on a ViewAveraging; "
                f"got mirrored={mirrored}, shifts={shifts}."
            )
        if detector is not None:
            # What is wrong with a detector shows here, and not in every row of a batch.
            detector.detect(np.zeros((self.size_, self.size_), np.uint8))

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
        """Name the expression of every face in an image.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), or path
            uint8, or floats in 0..1; colours are RGB, and a file is turned upright as its EXIF
            orientation says.

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
        grey = load_grey(image)
        h, w = grey.shape
        if self.detector is None:
            boxes, scores = [(0, 0, w, h)], [None]
        else:
            found = self.detector.detect(grey)
            boxes, scores = [tuple(face[:4]) for face in found], [face.score for face in found]
        if not boxes:
            return []
        crops = np.stack(
            [crop_face(grey, box, self.size_, self.margin, self.align) for box in boxes]
        )
        # More threads of BLAS would go on waiting for work beside the next search of OpenCV.
        with one_blas_thread():
            probabilities = mean_probabilities(self.pipeline, crops, self.mirrored, self.shifts)
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
        """Recognise many images; whatever one of them is, the others are not lost.

        Parameters
        ----------
        inputs : iterable of paths or arrays
            As `recognize` takes them.
        n_jobs : int or None, default=None
            Threads over inputs.
        progress : bool, default=False
            Show a progress bar on standard error.

        Returns
        -------
        list of RecognitionResult
            One an input, in their order.

        Raises
        ------
        ValueError
            Where `inputs` is a single path.
        """
        return each_image(
            self.recognize, inputs, RecognitionResult, n_jobs=n_jobs, progress=progress
        )

    def to_frame(self, results):
        """Make a table of the results of `recognize_many`.

        Parameters
        ----------
        results : list of RecognitionResult

        Returns
        -------
        pandas.DataFrame
            One row a face, and one for each input without a face: `source`, `status` (of the
            face, where there is one), `reason`, `face` (0 is the largest), `x`, `y`, `width`,
            `height`, `score`, `expression`, `probability`, and the probability of each class
            under its name. Where the pipeline predicts sets, `set` follows `probability`: the
            classes of the set with "|" between them, as `Series.str.get_dummies` takes them.
        """
        # pandas cannot hold file and class names that are not UTF-8.
        rows, results = [], encodable_names(list(results))
        for result in results:
            about = {name: getattr(result, name) for name in _ABOUT}
            for number, face in enumerate(result.faces):
                place = zip(_FACE, (number, *face.box), strict=True)
                answer = {name: getattr(face, name) for name in _ANSWER}
                more = {"status": face.status, "set": "|".join(face.expressions or ())}
                rows.append(about | dict(place) | answer | more | face.probabilities)
            if not result.faces:
                rows.append(about)
        classes = [encodable(str(name)) for name in self.classes_]
        sets = ["set"] if self._predicts_sets else []
        frame = pd.DataFrame(rows, columns=[*_ABOUT, *_FACE, *_ANSWER, *sets, *classes])
        floats = ["score", "probability", *classes]
        return frame.astype(dict.fromkeys(_FACE, "Int64") | dict.fromkeys(floats, "float64"))
