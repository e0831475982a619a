"""What the names that a pipeline takes stand for."""

import warnings
from functools import partial
from numbers import Real

from sklearn.base import clone, is_classifier
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, NuSVC

from ..calibration import TemperatureScalingCV
from ..features import (
    DiscreteCosine,
    GaborEnergy,
    HaralickTextures,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    OrientedGradients,
    VisualWords,
    ZernikeMoments,
)
from ..kernels import GramSVC
from ..preprocessing import (
    CLAHE,
    AugmentationBalancer,
    AugmentationSampler,
    Augmenter,
    DifferenceOfGaussians,
    FaceMask,
    GammaCorrection,
    HistogramEqualizer,
    TanTriggs,
)
from ..selection import FeatureSubsetSelector
from ..selection._feature_subset_selector import METHODS

# The sizes follow from the benchmark on FER-2013.
DESCRIPTORS = {
    "lbp": [("lbp", LocalBinaryPatterns(radii=(1, 2, 3)))],
    "dct": [
        ("dct", DiscreteCosine(200)),
        ("dct_blocks", DiscreteCosine(16, block=8, grid=(6, 6))),
    ],
    "zernike": [
        ("zernike", ZernikeMoments(12, part="complex", standardize=True)),
        ("zernike_5", LocalZernikeMoments(window=5)),
        ("zernike_7", LocalZernikeMoments(window=7)),
        ("zernike_11", LocalZernikeMoments(window=11)),
    ],
    "hog": [("hog", OrientedGradients())],
    "gabor": [("gabor", GaborEnergy())],
    "haralick": [("haralick", HaralickTextures((3, 3)))],
    "words": [("words", VisualWords(random_state=0))],
}
_ILLUMINATION = {
    "equalize": HistogramEqualizer,
    "clahe": CLAHE,
    "gamma": GammaCorrection,
    "tan_triggs": TanTriggs,
    "dog": DifferenceOfGaussians,
    "mask": FaceMask,
}
_SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "unit": Normalizer}


def _step(parameter, value, known):
    """Return the step that `value` stands for: a name out of `known`, an estimator, or None."""
    if value is None:
        return "passthrough"
    if hasattr(value, "fit"):
        return value
    if not isinstance(value, str) or value not in known:
        choices = ", ".join(repr(name) for name in known)
        raise ValueError(f"{parameter} must be one of {choices}; got {value!r}.")
    return known[value]()


def illumination_step(illumination, image_shape, n_jobs):
    """Return the step of what is done to the illumination."""
    shaped = {"image_shape": image_shape, "n_jobs": n_jobs}
    return _step(
        "illumination",
        illumination,
        {name: partial(kind, **shaped) for name, kind in _ILLUMINATION.items()},
    )


def selector_step(selector, n_features):
    """Return the step of the selection."""
    known = {m: partial(FeatureSubsetSelector, m, n_features_to_select=n_features) for m in METHODS}
    return _step("selector", selector, known)


def scaler_step(scaling):
    """Return the step of the scaling."""
    return _step("scaling", scaling, _SCALERS)


def reducer_step(reduction, n_components, random_state):
    """Return the step of the projection."""
    known = {
        "pca": partial(PCA, n_components, random_state=random_state),
        "lda": partial(LinearDiscriminantAnalysis, n_components=n_components),
    }
    return _step("reduction", reduction, known)


def classifier_step(classifier, n_jobs, random_state):
    """Return the step of the classifier."""
    known = {
        "svm": partial(GramSVC, C=3.0, n_jobs=n_jobs),
        "rf": partial(RandomForestClassifier, 300, n_jobs=n_jobs, random_state=random_state),
        "knn": partial(
            KNeighborsClassifier,
            10,
            weights="distance",
            metric="cosine",
            algorithm="brute",
            n_jobs=n_jobs,
        ),
    }
    step = _step("classifier", classifier, known) if isinstance(classifier, str) else classifier
    if not (hasattr(step, "fit") and is_classifier(step)):
        raise ValueError(
            f"classifier must be 'svm', 'rf', 'knn' or a classifier; got {classifier!r}."
        )
    return step


def calibrated_step(classifier):
    """Return a classifier with calibrated probabilities.

    A GramSVC calibrates its own pairs of classes, which leaves nothing for a temperature to gain:
    its decision values are votes, and its probabilities are right already on FER-2013.

    Parameters
    ----------
    classifier : classifier

    Returns
    -------
    GramSVC or TemperatureScalingCV

    Warns
    -----
    UserWarning
        If the decision values of the classifier are votes.
    """
    if isinstance(classifier, GramSVC):
        return clone(classifier).set_params(probability=True)
    if isinstance(classifier, (SVC, NuSVC)):
        warnings.warn(
            f"The decision values of {type(classifier).__name__} are votes of pairs of classes, "
            "and one temperature turns them into poor probabilities. Use GramSVC instead, which "
            "has probabilities of its own.",
            UserWarning,
            stacklevel=3,
        )
    return TemperatureScalingCV(classifier)


def sampler_steps(balance, mirror, image_shape, random_state):
    """Return the steps that add training rows."""
    shaped = {"image_shape": image_shape, "random_state": random_state}
    steps = []
    if balance is not None:
        is_ratio = isinstance(balance, Real)
        steps.append(("balance", AugmentationBalancer(balance, **shaped) if is_ratio else balance))
    if mirror:
        flip = Augmenter(rotation=0, shift=0, shear=0, zoom=0, flip=1)
        steps.append(("mirror", AugmentationSampler(augmenter=flip, **shaped)))
    return steps
