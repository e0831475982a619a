"""Checks of scikit-learn and imbalanced-learn for all public estimators."""

import inspect
import os
import re
import subprocess
import sys

import pytest
import sklearn
from discovery import public_estimators
from imblearn.base import is_sampler
from imblearn.utils.estimator_checks import estimator_checks_generator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.fixes import parse_version

from fertools.calibration import ConformalClassifier
from fertools.features import DiscreteCosine, LocalBinaryPatterns, PrincipalFeatures
from fertools.kernels import GramSVC, KernelRidgeClassifier
from fertools.neural import KerasFeatureClassifier, KerasImageClassifier

# The checks use few samples, too few for a validation set or a batch of the default size.
SMALL = {
    "network": "ann",  # accepts images of any size
    "network_options": {"hidden": (16,), "dropout": 0.0},
    "epochs": 2,  # not accurate, as the tag poor_score declares
    "learning_rate": 0.03,
    "batch_size": 128,
    "validation_fraction": 0.0,
    "patience": None,
    "drop_after": None,
}


class PoorScore:
    """Mixin whose tag exempts a classifier from checks of accuracy."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class PoorKerasFeatureClassifier(PoorScore, KerasFeatureClassifier):
    pass


class PoorKerasImageClassifier(PoorScore, KerasImageClassifier):
    pass


class TrainedConformalClassifier(ConformalClassifier):
    """Conformal classifier that fits its classifier, which the checks leave unfitted."""

    def fit(self, X, y):
        self.estimator.fit(X, y)
        return super().fit(X, y)


SUBCLASSES = {
    "ConformalClassifier": TrainedConformalClassifier,
    "KerasFeatureClassifier": PoorKerasFeatureClassifier,
    "KerasImageClassifier": PoorKerasImageClassifier,
}
# Required arguments, and arguments that make the checks fast.
ARGUMENTS = {
    "ConformalClassifier": {"estimator": LogisticRegression()},
    "KerasEmbedding": {"estimator": KerasImageClassifier(**SMALL, random_state=0)},
    "KerasFeatureClassifier": SMALL,
    "KerasImageClassifier": SMALL,
    "FeatureFusion": {
        "descriptors": [("lbp", LocalBinaryPatterns(radii=(1,))), ("dct", DiscreteCosine(20))]
    },
    "KernelImageClassifier": {
        "transformer": PrincipalFeatures(DiscreteCosine(20, standardize=False), random_state=0),
        "estimator": GramSVC(),
        "mirror_invariant": False,  # the columns of the checks are features and not pixels
    },
    "PrincipalFeatures": {"transformer": DiscreteCosine(20), "random_state": 0},
    "PairMeansClassifier": {"estimator": KernelRidgeClassifier(0.1)},
    "ViewAveraging": {
        "estimator": make_pipeline(DiscreteCosine(20, standardize=False), LogisticRegression()),
        "mirror": False,  # as above
    },
    "WithMirror": {"transformer": DiscreteCosine(20)},
}
IN_BATCHES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "samples of weight 0 and repeated samples change the batches; "
        "tests/neural shows that weights reach the loss"
    )
}
# {estimator: {check: reason}}; empty means that all checks pass.
EXPECTED_FAILURES = {
    "GramSVC": {
        "check_sample_weight_equivalence_on_dense_data": (
            "as in scikit-learn's own list for SVC: the solver stops within tol and "
            "gamma='scale' ignores weights; tests/kernels shows the equivalence at a small tol"
        )
    },
    "PoorKerasFeatureClassifier": IN_BATCHES,
    "PoorKerasImageClassifier": IN_BATCHES,
    "TemperatureScalingCV": {
        f"check_sample_weight_equivalence_on_{kind}_data": (
            "repeated samples and samples of weight 0 change the folds"
        )
        for kind in ("dense", "sparse")
    },
    "TrainedConformalClassifier": {
        "check_estimators_overwrite_params": "it fits the classifier that is its parameter"
    },
}


ESTIMATORS = [kind for kind in public_estimators() if hasattr(kind, "fit")]


@pytest.fixture(autouse=True)
def eager_networks(request):
    if "Keras" in request.node.name:
        request.getfixturevalue("eager_training")


def test_discovery_finds_estimators():
    names = {estimator.__name__ for estimator in ESTIMATORS}
    assert {"LocalBinaryPatterns", "FeatureSubsetSelector", "GramSVC", "FaceLocalizer"} <= names


INSTANCES = [
    SUBCLASSES.get(kind.__name__, kind)(**ARGUMENTS.get(kind.__name__, {})) for kind in ESTIMATORS
]
INSTANCES.append(GramSVC(probability=True))
# imbalanced-learn checks that two fits are equal, which requires a seed.
SAMPLERS = [one.set_params(random_state=0) for one in INSTANCES if is_sampler(one)]
SAMPLER_CHECKS = [pair for one in SAMPLERS for pair in estimator_checks_generator(one)]
# Sparse data is refused by all estimators of fertools.
REFUSED = {"check_samplers_pandas_sparse"}


@parametrize_with_checks(
    [one for one in INSTANCES if not is_sampler(one)],
    expected_failed_checks=lambda e: EXPECTED_FAILURES.get(type(e).__name__, {}),
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="scikit-learn 1.8 only checks arrays for estimators that declare to support them",
)
def test_array_api_checks():
    """These checks need SCIPY_ARRAY_API before SciPy is imported, a mode that few users choose.

    The process runs the checks that `test_scikit_learn_checks` skips here.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [*command, __file__, "-k", "test_scikit_learn_checks and check_array_api_input"],
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    n_passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert n_passed >= len(INSTANCES) - len(SAMPLERS)


@pytest.mark.parametrize(
    ("estimator", "check"),
    SAMPLER_CHECKS,
    ids=lambda part: getattr(part, "func", type(part)).__name__,
)
def test_imbalanced_learn_checks(estimator, check):
    if check.func.__name__ in REFUSED:
        with pytest.raises(TypeError, match="Sparse data was passed"):
            check(estimator)
    else:
        check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.__name__)
def test_parameters_are_declared_and_stored(estimator):
    parameters = inspect.signature(estimator).parameters
    assert set(estimator._parameter_constraints) == set(parameters)
