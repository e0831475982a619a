"""Names of descriptors, steps and classifiers, and the estimators that they select.

The factories of pipelines, the command and the benchmarks read their names from here; networks are
registered in `fertools.neural.networks`.
"""

import warnings
from functools import partial
from numbers import Real

from sklearn.base import clone, is_classifier
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
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
from ..selection._forward_selection import METHODS

# Parameters of the descriptors were chosen on FER-2013.
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
ILLUMINATION_FILTERS = {
    "equalize": HistogramEqualizer,
    "clahe": CLAHE,
    "gamma": GammaCorrection,
    "tan_triggs": TanTriggs,
    "dog": DifferenceOfGaussians,
    "mask": FaceMask,
}
SELECTORS = {method: partial(FeatureSubsetSelector, method) for method in METHODS}
SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "unit": Normalizer}
REDUCERS = {"pca": PCA, "lda": LinearDiscriminantAnalysis}
CLASSIFIERS = {
    "svm": partial(GramSVC, C=3.0),
    "rf": partial(RandomForestClassifier, 300),
    "knn": partial(
        KNeighborsClassifier, 10, weights="distance", metric="cosine", algorithm="brute"
    ),
}
# Names of the classifiers in tables and figures.
CLASSIFIER_TITLES = {"svm": "SVM (RBF)", "rf": "random forest", "knn": "k nearest neighbors"}
# The strategy "prior" predicts the largest class, with the class frequencies as probabilities.
BASELINES = {
    "majority": partial(DummyClassifier, strategy="prior"),
    "chance": partial(DummyClassifier, strategy="uniform"),
}


def _step(parameter, value, known, **parameters):
    """Return the estimator of a name in `known`, an estimator as it is, or "passthrough"."""
    if value is None:
        return "passthrough"
    if hasattr(value, "fit"):
        return value
    if not isinstance(value, str) or value not in known:
        choices = ", ".join(repr(name) for name in known)
        raise ValueError(f"{parameter} must be one of {choices}; got {value!r}.")
    return _with_parameters(known[value](), parameters)


def _with_parameters(estimator, parameters):
    """Set those of the given parameters that the estimator has."""
    own = estimator.get_params(deep=False)
    return estimator.set_params(**{k: value for k, value in parameters.items() if k in own})


def illumination_step(illumination, image_shape, n_jobs):
    """Return the step that normalizes the illumination."""
    shaped = {"image_shape": image_shape, "n_jobs": n_jobs}
    return _step("illumination", illumination, ILLUMINATION_FILTERS, **shaped)


def selector_step(selector, n_features):
    """Return the step that selects features."""
    return _step("selector", selector, SELECTORS, n_features_to_select=n_features)


def scaler_step(scaling):
    """Return the step that scales features."""
    return _step("scaling", scaling, SCALERS)


def reducer_step(reduction, n_components, random_state):
    """Return the step that projects features to fewer dimensions."""
    given = {"n_components": n_components, "random_state": random_state}
    return _step("reduction", reduction, REDUCERS, **given)


def classifier_step(classifier, n_jobs, random_state):
    """Return the classifier of a name, or a classifier as it is."""
    step = classifier
    if isinstance(classifier, str):
        given = {"n_jobs": n_jobs, "random_state": random_state}
        step = _step("classifier", classifier, CLASSIFIERS, **given)
    if not (hasattr(step, "fit") and is_classifier(step)):
        raise ValueError(
            f"classifier must be 'svm', 'rf', 'knn' or a classifier; got {classifier!r}."
        )
    return step


def calibrated_step(classifier):
    """Return a classifier with calibrated probabilities.

    `GramSVC` is cloned with ``probability=True``: its decision values are votes of pairs of
    classes, and it calibrates each pair itself. Other classifiers are wrapped in
    `TemperatureScalingCV`.

    Parameters
    ----------
    classifier : classifier
        Unfitted classifier.

    Returns
    -------
    GramSVC or TemperatureScalingCV

    Warns
    -----
    UserWarning
        If the decision values of the classifier are votes, which temperature scaling turns into
        poor probabilities.
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
    """Return the steps that add augmented images to the training set."""
    shaped = {"image_shape": image_shape, "random_state": random_state}
    steps = []
    if balance is not None:
        is_ratio = isinstance(balance, Real)
        steps.append(("balance", AugmentationBalancer(balance, **shaped) if is_ratio else balance))
    if mirror:
        flip = Augmenter(rotation=0, shift=0, shear=0, zoom=0, flip=1)
        steps.append(("mirror", AugmentationSampler(augmenter=flip, **shaped)))
    return steps
