"""Factories of pipelines: illumination, descriptors, feature selection, scaling, classifier."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline as SamplingPipeline
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from ..detection import FaceLocalizer
from ..features import FeatureFusion
from ..selection._selection_report import count_selected, find_selection
from ._registry import (
    DESCRIPTORS,
    calibrated_step,
    classifier_step,
    illumination_step,
    reducer_step,
    sampler_steps,
    scaler_step,
    selector_step,
)

__all__ = [
    "make_features",
    "make_fer_pipeline",
    "make_grid",
    "selection_report",
]

Features: TypeAlias = str | Sequence[str | tuple[str, Any]]
Step: TypeAlias = str | BaseEstimator | None
RandomSeed: TypeAlias = int | np.random.RandomState | None


def make_features(
    features: Features = ("lbp", "dct", "zernike"),
    *,
    image_shape: tuple[int, int] | None = None,
    n_jobs: int | None = None,
) -> FeatureFusion:
    """Build a union of descriptors.

    Parameters
    ----------
    features : str, or tuple of str or of (str, ImageTransformer), \
            default=("lbp", "dct", "zernike")
        Descriptors by name, or pairs of a name and a descriptor of your own:

        - "lbp": uniform local binary patterns at radii 1, 2 and 3;
        - "dct": discrete cosine transform of the whole face in zigzag order, and of pooled
          8 x 8 blocks;
        - "zernike": Zernike moments of the whole face, and local moments in windows of 5, 7 and 11
          pixels;
        - "hog": histograms of oriented gradients in 6 x 6 cells;
        - "gabor": energies of 24 Gabor filters in 6 x 6 cells;
        - "haralick": Haralick textures of 3 x 3 cells;
        - "words": 400 visual words, learned with a fixed random seed.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads.

    Returns
    -------
    FeatureFusion

    Raises
    ------
    ValueError
        If there is no descriptor of a name.

    Examples
    --------
    >>> from fertools.pipeline import make_features
    >>> [name for name, _ in make_features(("lbp", "dct")).descriptors]
    ['lbp', 'dct', 'dct_blocks']
    """
    if isinstance(features, str):
        features = (features,)
    descriptors = []
    for feature in features:
        if isinstance(feature, str) and feature not in DESCRIPTORS:
            choices = ", ".join(repr(name) for name in DESCRIPTORS)
            raise ValueError(f"features must be one of {choices}; got {feature!r}.")
        named = DESCRIPTORS[feature] if isinstance(feature, str) else [feature]
        descriptors += [(name, clone(descriptor)) for name, descriptor in named]
    return FeatureFusion(descriptors, image_shape=image_shape, n_jobs=n_jobs)


def make_fer_pipeline(
    features: Features = ("lbp", "dct", "zernike"),
    *,
    detector: Any = None,
    illumination: Step = None,
    balance: float | BaseEstimator | None = None,
    mirror: bool = False,
    selector: Step = "mrmr",
    n_features: int | float = 0.2,
    scaling: Step = "standard",
    reduction: Step = None,
    n_components: int | float | None = None,
    classifier: str | BaseEstimator = "svm",
    calibrated: bool = False,
    image_shape: tuple[int, int] | None = None,
    memory: Any = None,
    verbose: bool = False,
    n_jobs: int | None = None,
    random_state: RandomSeed = None,
) -> Pipeline:
    """Build a pipeline from face images to expressions.

    Parameters
    ----------
    features : str, or tuple of str or of (str, ImageTransformer), \
            default=("lbp", "dct", "zernike")
        Descriptors, as in `make_features`.
    detector : ViolaJonesDetector, FaceLocalizer or None, default=None
        Face detector, which is wrapped in a `FaceLocalizer`. None means that the images are face
        crops of one size, as in FER-2013.
    illumination : {"equalize", "clahe", "gamma", "tan_triggs", "dog", "mask"}, transformer or \
            None, default=None
        Filter against differences in illumination, see `fertools.preprocessing`.
    balance : float, sampler or None, default=None
        Share of the largest class to which the other classes are augmented during fit, see
        `AugmentationBalancer`; or a sampler.
    mirror : bool, default=False
        Add the mirror image of each training image during fit.
    selector : {"mrmr", "jmi", "cfs", "nmi", "anova"}, selector or None, default="mrmr"
        Feature selection, see `FeatureSubsetSelector`; None keeps all features.
    n_features : int or float, default=0.2
        Number of selected features, or their share.
    scaling : {"standard", "minmax", "unit"}, transformer or None, default="standard"
        Scaling of the selected features: to zero mean and unit variance, to the range 0..1, or of
        each sample to unit length.
    reduction : {"pca", "lda"}, transformer or None, default=None
        Projection of the selected features.
    n_components : int, float or None, default=None
        Number of components of the projection, as in scikit-learn's PCA and LDA.
    classifier : {"svm", "rf", "knn"} or classifier, default="svm"
        `GramSVC`, a random forest, k nearest neighbors, or any scikit-learn classifier.
    calibrated : bool, default=False
        Calibrate probabilities by 5-fold cross-validation, which takes five more fits of the
        classifier. `GramSVC` is used with ``probability=True``; other classifiers are wrapped in
        `TemperatureScalingCV`. A class with a single image cannot be cross-validated, which gives
        a warning in fit.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    memory : str, joblib.Memory or None, default=None
        Cache of fitted steps, as in `sklearn.pipeline.Pipeline`.
    verbose : bool, default=False
        Print the time that each step takes in fit, as in `sklearn.pipeline.Pipeline`.
    n_jobs : int or None, default=None
        Number of threads of filters, descriptors and classifier.
    random_state : int, RandomState or None, default=None
        Random seed of augmentation, random forest and PCA.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Pipeline with the steps "localize" (only with a detector), "illumination", "balance" and
        "mirror" (only if enabled), "features", "select", "scale", "reduce" and "classify". Steps
        that are None are "passthrough". With `balance` or `mirror` it is an
        `imblearn.pipeline.Pipeline`, a subclass whose samplers apply to training samples only.

    Raises
    ------
    ValueError
        If there is no descriptor, step or classifier of a name.

    See Also
    --------
    make_grid : Parameter grid over the same names.
    make_pretrained_pipeline : Untrained pipeline of a shipped model.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import make_fer_pipeline
    >>> train, test = make_faces(210, random_state=0), make_faces(70, random_state=1)
    >>> pipeline = make_fer_pipeline(("lbp", "dct"), n_features=500)
    >>> pipeline = pipeline.fit(train.images, train.labels)
    >>> bool(pipeline.score(test.images, test.labels) > 0.5)
    True
    """
    steps = []
    if detector is not None:
        is_localizer = isinstance(detector, FaceLocalizer)
        localizer = (
            detector
            if is_localizer
            else FaceLocalizer(detector, image_shape=image_shape, n_jobs=n_jobs)
        )
        steps.append(("localize", localizer))
        image_shape = (localizer.size, localizer.size)
    classify = classifier_step(classifier, n_jobs, random_state)
    if calibrated:
        classify = calibrated_step(classify)
    samplers = sampler_steps(balance, mirror, image_shape, random_state)
    steps += [
        ("illumination", illumination_step(illumination, image_shape, n_jobs)),
        *samplers,
        ("features", make_features(features, image_shape=image_shape, n_jobs=n_jobs)),
        ("select", selector_step(selector, n_features)),
        ("scale", scaler_step(scaling)),
        ("reduce", reducer_step(reduction, n_components, random_state)),
        ("classify", classify),
    ]
    return (SamplingPipeline if samplers else Pipeline)(steps, memory=memory, verbose=verbose)


def make_grid(
    *,
    illumination: Sequence[Step] = (),
    selector: Sequence[Step] = (),
    scaling: Sequence[Step] = (),
    reduction: Sequence[Step] = (),
    classifier: Sequence[str | BaseEstimator] = (),
    n_features: int | float = 0.2,
    n_components: int | float | None = None,
    image_shape: tuple[int, int] | None = None,
    n_jobs: int | None = None,
    random_state: RandomSeed = None,
) -> dict[str, list]:
    """Build a parameter grid over the steps of `make_fer_pipeline`.

    Parameters
    ----------
    illumination, selector, scaling, reduction, classifier : sequence, default=()
        Candidates for a step: names, estimators or None, as in `make_fer_pipeline`. A step without
        candidates is not searched.
    n_features : int or float, default=0.2
        Number of selected features, or their share.
    n_components : int, float or None, default=None
        Number of components of the projections.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.
    n_jobs : int or None, default=None
        Number of threads of filters and classifiers.
    random_state : int, RandomState or None, default=None
        Random seed of PCA and random forest.

    Returns
    -------
    dict of str to list
        Estimators for each step, for example for the parameter grid of `GridSearchCV`.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import make_fer_pipeline, make_grid
    >>> from sklearn.model_selection import GridSearchCV
    >>> faces = make_faces(105, random_state=0)
    >>> pipeline = make_fer_pipeline("dct", n_features=50, classifier="knn")
    >>> grid = make_grid(illumination=["clahe", None], scaling=["standard", "minmax", "unit"])
    >>> search = GridSearchCV(pipeline, grid, cv=3).fit(faces.images, faces.labels)
    >>> len(search.cv_results_["params"]), sorted(search.best_params_)
    (6, ['illumination', 'scale'])
    """
    grid = {
        "illumination": [illumination_step(value, image_shape, n_jobs) for value in illumination],
        "select": [selector_step(value, n_features) for value in selector],
        "scale": [scaler_step(value) for value in scaling],
        "reduce": [reducer_step(value, n_components, random_state) for value in reduction],
        "classify": [classifier_step(value, n_jobs, random_state) for value in classifier],
    }
    return {step: values for step, values in grid.items() if values}


def selection_report(pipeline: Pipeline) -> pd.DataFrame:
    """Count the selected features of a fitted pipeline by descriptor and face region.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted pipeline with a descriptor that has `groups_`, as those of `make_features` do. If no
        selector follows it, all features count as selected.

    Returns
    -------
    pandas.DataFrame
        One row per descriptor and box, in the order of the features, with the columns
        `descriptor`, `y0`, `x0`, `y1`, `x1` (in fractions of the image's height and width),
        `available`, `selected` and `share`, which is selected / available.
    """
    return count_selected(*find_selection(pipeline))
