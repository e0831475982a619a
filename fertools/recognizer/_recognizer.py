"""Recognition of facial expressions in photos."""

import os
from collections.abc import Iterable, Iterator
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted

from .._utils.boxes import pixel_box
from .._utils.parallel import one_blas_thread
from ..datasets._duplicates import is_flat
from ..detection import FaceLocalizer, ViolaJonesDetector, make_detector
from ..detection._detector_protocol import certainty, check_place, detect_faces, prepare_detector
from ..detection._eye_alignment import crop_face
from ..detection._map_images import load_gray, map_images
from ..persistence import load
from ..persistence._model_file import model_path
from ..pipeline._fitted_steps import split_localizer
from ..pipeline._view_averaging import VIEW_CONSTRAINTS, mean_probabilities
from ._face_crops import crop_side, find_aligner, refined_crops
from ._priors import PHOTO_PRIORS, apply_priors, prior_factors, priors_of_file
from ._recognized_faces import RecognizedFaces
from ._results import RecognitionResult, RecognizedFace, recognized_face, results_frame

_CONSTRAINTS = {
    **VIEW_CONSTRAINTS,
    "min_face_probability": [Interval(Real, 0, 1, closed="both"), None],
    "margin": [Interval(Real, -0.5, 20, closed="neither"), None],
    "align": ["boolean", None],
    "min_probability": [Interval(Real, 0, 1, closed="both")],
    "refinements": [Interval(Integral, 0, 100, closed="both"), None],
    "priors": [StrOptions({"photos", "default"}), dict, None],
}
# More refinements change the results by less than the margin of the box does.
_REFINEMENTS = 3


class ExpressionRecognizer:
    """Detect faces in images and classify their expressions.

    Parameters
    ----------
    pipeline : {"fast", "accurate"}, path or estimator, default="fast"
        Name of a shipped model (see `fertools.persistence.load_pretrained`), path of a model file
        (see `fertools.persistence.load`), or an estimator fitted on face crops of one size, with
        `predict_proba` and `classes_`, such as ``make_fer_pipeline(calibrated=True)`` or a search
        over such a pipeline. A FaceLocalizer in the first step is skipped, because the recognizer
        crops the faces itself.
    detector : {"default"}, object or None, default="default"
        Object with a method ``detect(image)`` that takes a gray uint8 image and returns one entry
        per face: x, y, width, height in pixels, and optionally a score, as a sequence of numbers or
        an object with these attributes. "default" means the detector of the pipeline's
        FaceLocalizer, or otherwise `fertools.detection.make_detector`, which finds faces from 30
        pixels. None means that each image is one cropped face.
    min_face_probability : float or None, default=None
        Smallest probability that a box shows a face; None: the setting of the detector.
    margin : float or None, default=None
        Margin around the face on each side, as a fraction of its box. None means the margin of the
        pipeline's FaceLocalizer, or otherwise 0.
    align : bool or None, default=None
        Whether to rotate each crop so that the eye line is horizontal, if both eyes are found.
        None means the setting of the pipeline's FaceLocalizer, or otherwise False.
    refinements : int or None, default=None
        Number of times that a crop is moved, rotated and zoomed to the pose that the FaceAligner
        of the pipeline estimates, so that results do not depend on how tightly the detector boxes
        a face. None means 3 if the pipeline begins with a FaceAligner and there is a detector, and
        otherwise 0. It excludes `align`.
    priors : {"default", "photos"}, dict or None, default="default"
        Frequency of each class where the recognizer is used, relative to its frequency in the
        training data, such as ``{"neutral": 2.0}``; 1 for classes that are not named. The
        probabilities are multiplied by these factors and normalized. "photos" are factors for
        photos, chosen for models trained on FER-2013; "default" means "photos" for the names of
        shipped models, and otherwise None, which leaves the probabilities unchanged. Sets of a
        conformal pipeline are computed from the unchanged probabilities.
    mirror : bool, default=False
        Whether to average the probabilities of each crop and its mirror image.
    shifts : int, default=0
        Largest shift of the crop in pixels: the probabilities are averaged over shifts by 1 to
        `shifts` pixels up, down, left and right; see `fertools.pipeline.ViewAveraging`.
    min_probability : float, default=0.0
        Smallest probability of the predicted class. Other faces are "uncertain" and have no
        expression, as have crops of a single color.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class names.
    size_ : int
        Side of the crops in pixels.

    Raises
    ------
    ValueError
        If the pipeline does not predict probabilities of square crops, or has a FaceLocalizer
        behind its first step; if a parameter of the recognizer or of its detector is invalid; or
        if `mirror` or `shifts` is set for a pipeline that predicts sets.
    sklearn.exceptions.NotFittedError
        If the pipeline is not fitted.

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
        pipeline: Any = "fast",
        *,
        detector: Any = "default",
        min_face_probability: float | None = None,
        margin: float | None = None,
        align: bool | None = None,
        refinements: int | None = None,
        priors: Any = "default",
        mirror: bool = False,
        shifts: int = 0,
        min_probability: float = 0.0,
    ) -> None:
        given: dict[str, Any] = {"mirror": mirror, "shifts": shifts, "priors": priors}
        given |= {"min_probability": min_probability, "refinements": refinements}
        given |= {"min_face_probability": min_face_probability, "margin": margin, "align": align}
        validate_parameter_constraints(_CONSTRAINTS, given, caller_name=type(self).__name__)
        path = model_path(pipeline) if isinstance(pipeline, (str, os.PathLike)) else None
        if priors == "default":
            priors = None if path is None else priors_of_file(path)
        if path is not None:
            pipeline = load(path)
        if not hasattr(pipeline, "predict_proba"):
            raise ValueError(
                "pipeline must have predict_proba; build it with make_fer_pipeline(..., "
                f"calibrated=True); got {type(pipeline).__name__}."
            )
        check_is_fitted(pipeline)
        localizer, pipeline = split_localizer(pipeline)
        localizer = localizer or FaceLocalizer(make_detector())
        if isinstance(detector, str) and detector == "default":
            detector = localizer.detector or ViolaJonesDetector()
        self.pipeline, self.detector = pipeline, prepare_detector(detector, min_face_probability)
        self.margin = localizer.margin if margin is None else margin
        self.align = localizer.align if align is None else align
        self.mirror, self.shifts, self.min_probability = mirror, shifts, min_probability
        self.classes_ = np.asarray(pipeline.classes_)
        self.size_ = crop_side(pipeline)
        self.priors = dict(PHOTO_PRIORS) if priors == "photos" else priors
        self._factors = prior_factors(self.priors, self.classes_)
        self._aligner = find_aligner(pipeline)
        can_refine = self._aligner is not None and not self.align
        if refinements and not can_refine:
            raise ValueError(
                "refinements must be 0 if the pipeline does not begin with a FaceAligner, or with "
                f"align=True; got {refinements}."
            )
        if refinements is None:
            refinements = _REFINEMENTS if can_refine and detector is not None else 0
        self.refinements = refinements
        if self._predicts_sets and (mirror or shifts):
            raise ValueError(
                "mirror must be False and shifts 0 if the pipeline predicts sets: averaging "
                f"would change their coverage; got mirror={mirror}, shifts={shifts}. Fit the "
                "ConformalClassifier on a ViewAveraging instead."
            )

    def __repr__(self):
        return (
            f"ExpressionRecognizer({len(self.classes_)} classes, {self.size_} x {self.size_} "
            f"crops, detector={self.detector!r})"
        )

    @property
    def _predicts_sets(self):
        return hasattr(self.pipeline, "sets")

    def recognize(self, image: Any) -> RecognizedFaces:
        """Recognize the expression of every face in an image.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
            Pixels in RGB order, uint8 or floats in 0..1; or an encoded image, which is rotated
            according to its EXIF orientation.

        Returns
        -------
        RecognizedFaces
            List of faces, largest first; empty if no face was found. In a notebook, it shows the
            annotated image and a table; see also its methods `plot`, `to_frame` and `to_dict`.

        Raises
        ------
        ImageReadError
            If a file cannot be read.
        ValueError
            If an array is not an image.
        """
        return RecognizedFaces(self._recognize(load_gray(image)), image)

    def _recognize(self, gray):
        return self._classify(gray, *self._find(gray), self.detector is not None)

    def _find(self, gray):
        """Return the boxes and scores of the faces in an image."""
        if self.detector is None:
            return [(0, 0, *gray.shape[::-1])], [None]
        found = detect_faces(self.detector, gray)
        return [face.box for face in found], [certainty(face) for face in found]

    def recognize_boxes(self, image: Any, boxes: Iterable[Any]) -> list[RecognizedFace]:
        """Recognize the expressions of faces at given boxes, without a search for faces.

        Parameters
        ----------
        image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
            Image, as in `recognize`.
        boxes : iterable of array-like of shape (4,)
            x, y, width and height of each face in pixels; floats are rounded. A box may extend
            beyond the image.

        Returns
        -------
        list of RecognizedFace
            One face per box, in the same order; `score` is None.

        Raises
        ------
        ImageReadError
            If a file cannot be read.
        ValueError
            If an array is not an image, or a box is not four finite numbers, is smaller than a
            pixel, or does not overlap the image.

        Examples
        --------
        >>> from skimage.data import astronaut
        >>> from fertools.recognizer import ExpressionRecognizer
        >>> [face] = ExpressionRecognizer("fast").recognize_boxes(astronaut(), [(170, 66, 96, 96)])
        >>> face.expression
        'happy'
        """
        gray = load_gray(image)
        boxes = [pixel_box(box, "each of boxes") for box in boxes]
        for box in boxes:
            check_place(box, gray.shape, "boxes must be boxes")
        return self._classify(gray, boxes, [None] * len(boxes), False)

    def _classify(self, gray, boxes, scores, are_detected):
        if not boxes:
            return []
        crops = self._crops([gray] * len(boxes), boxes)
        # Idle BLAS threads would keep spinning and slow down the next detection.
        with one_blas_thread():
            probabilities = mean_probabilities(self.pipeline, crops, self.mirror, self.shifts)
        has_sets = self._predicts_sets
        sets = self.pipeline.sets(probabilities) if has_sets else [None] * len(crops)
        if self.priors:
            probabilities = apply_priors(probabilities, self._factors)
        rule = {"min_probability": self.min_probability, "is_detected": are_detected}
        rule["names"] = [str(name) for name in self.classes_]
        faces = zip(boxes, scores, probabilities, sets, is_flat(crops), strict=True)
        return [recognized_face(*face, **rule) for face in faces]

    def _crops(self, images, boxes):
        """Return the crops that the pipeline receives, one per pair of image and box."""
        if self.refinements:
            return refined_crops(
                images, boxes, self.size_, self.margin, self._aligner, self.refinements
            )
        pairs = zip(images, boxes, strict=True)
        return np.stack(
            [crop_face(image, box, self.size_, self.margin, self.align) for image, box in pairs]
        )

    def recognize_many(
        self, inputs: Iterable[Any], *, n_jobs: int | None = None, progress: bool = False
    ) -> Iterator[RecognitionResult]:
        """Recognize the expressions in many images; a failing image yields an error record.

        Parameters
        ----------
        inputs : iterable of images
            Arrays, paths, bytes or file objects, as in `recognize`. An iterator, such as the
            frames of a video, is read in small batches.
        n_jobs : int or None, default=None
            Number of parallel jobs over images: threads, or the backend that
            `joblib.parallel_config` selects.
        progress : bool, default=False
            Whether to show a progress bar on standard error.

        Returns
        -------
        iterator of RecognitionResult
            One result per input, in order. Images are processed lazily, while the results are
            read; ``list(...)`` processes all of them.

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
            self._recognize, inputs, RecognitionResult, n_jobs=n_jobs, progress=progress
        )

    def to_frame(self, results: Iterable[RecognitionResult]) -> pd.DataFrame:
        """Return the results of `recognize_many` as a table.

        Parameters
        ----------
        results : iterable of RecognitionResult
            Results of `recognize_many`.

        Returns
        -------
        pandas.DataFrame
            One row per face, plus one per input without a face. Columns: `source`, `status` (of the
            face, if there is one), `reason`, `face` (0 is the largest), `x`, `y`, `width`,
            `height`, `score`, `expression`, `probability`, and the probability of each class in a
            column named after the class. Class names that are also names of other columns get the
            prefix ``probability_``, such as "probability_score". If the pipeline predicts sets,
            `set` follows `probability`: the classes of the set separated by "|", for
            `Series.str.get_dummies`.
        """
        classes = [str(name) for name in self.classes_]
        return results_frame(results, classes, self._predicts_sets)
