from collections import Counter

import numpy as np
import pytest
from imblearn.pipeline import Pipeline as SamplingPipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate

from fertools.datasets import make_faces
from fertools.persistence import load, save
from fertools.pipeline import make_fer_pipeline
from fertools.preprocessing import AugmentationBalancer, AugmentationSampler, Augmenter

MIRROR = Augmenter(rotation=0, shift=0, shear=0, zoom=0, flip=1)


@pytest.fixture
def uneven():
    """Return 40 happy, 12 sad and 4 disgusted faces, shuffled."""
    parts = [
        make_faces(n, classes=[name], random_state=i)
        for i, (name, n) in enumerate([("happy", 40), ("sad", 12), ("disgust", 4)])
    ]
    order = np.random.default_rng(0).permutation(56)
    images = np.concatenate([part.images for part in parts])[order]
    return images, np.concatenate([part.labels for part in parts])[order]


def numbered(n):
    """Return n uniform images with distinct gray levels, which the augmenter does not change."""
    return np.repeat(np.arange(1, n + 1) / (n + 1), 64).reshape(n, 8, 8)


class Recorder(ClassifierMixin, BaseEstimator):
    """Classifier that records the gray levels of its training and test samples."""

    trained, tested = [], []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.trained.append(np.unique(np.asarray(X).reshape(len(X), -1)[:, 0].round(9)))
        self.n_samples_ = len(X)
        return self

    def predict(self, X):
        self.tested.append(np.asarray(X).reshape(len(X), -1)[:, 0].round(9))
        return np.full(len(X), self.classes_[0])


def test_balancer_oversamples_to_the_ratio(uneven):
    images, labels = AugmentationBalancer(0.5, random_state=0).fit_resample(*uneven)
    assert Counter(labels.tolist()) == {"happy": 40, "sad": 20, "disgust": 20}
    full = AugmentationBalancer(1.0, sampling_strategy="minority", random_state=0)
    assert Counter(full.fit_resample(*uneven)[1].tolist())["disgust"] == 40
    exact = AugmentationBalancer(1.0, sampling_strategy={"sad": 15}, random_state=0)
    assert Counter(exact.fit_resample(*uneven)[1].tolist())["sad"] == 15
    assert images.dtype == np.uint8 and images.shape == (80, 48, 48)


def test_samples_keep_their_order_and_precede_their_augmented_images(uneven):
    sampler = AugmentationBalancer(0.5, augmenter=MIRROR, random_state=0)
    images, labels = sampler.fit_resample(*uneven)
    source = sampler.sample_indices_
    assert (np.diff(source) >= 0).all()
    first = np.r_[True, np.diff(source) > 0]
    np.testing.assert_array_equal(images[first], uneven[0])
    np.testing.assert_array_equal(images[~first], uneven[0][source[~first]][:, :, ::-1])
    np.testing.assert_array_equal(labels, uneven[1][source])
    counts = np.bincount(source)[uneven[1] == "disgust"]
    assert counts.tolist() == [5, 5, 5, 5]


def test_sampler_augments_every_sample(uneven):
    sampler = AugmentationSampler(3, random_state=0)
    images, _ = sampler.fit_resample(*uneven)
    assert len(images) == 4 * 56 and set(np.bincount(sampler.sample_indices_)) == {4}
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)
    np.testing.assert_array_equal(AugmentationSampler(0).fit_resample(*uneven)[0], uneven[0])


def test_flattened_images_give_equal_results(uneven):
    expected = AugmentationSampler(random_state=0).fit_resample(*uneven)[0]
    flattened = AugmentationSampler(image_shape=(48, 48), random_state=0)
    out = flattened.fit_resample(uneven[0].reshape(56, -1), uneven[1])[0]
    np.testing.assert_array_equal(out.reshape(expected.shape), expected)
    listed = AugmentationSampler(random_state=0).fit_resample(list(uneven[0]), uneven[1])[0]
    np.testing.assert_array_equal(listed, expected)


@pytest.mark.parametrize("sampler", [AugmentationBalancer(), AugmentationSampler(2)])
def test_result_depends_on_the_seed_only(sampler, uneven):
    runs = [sampler.set_params(random_state=s).fit_resample(*uneven)[0] for s in (3, 3, 4)]
    assert runs[0].tobytes() == runs[1].tobytes() != runs[2].tobytes()


def test_augmented_images_do_not_leak_into_validation_folds():
    X, y = numbered(60), np.array([0] * 45 + [1] * 15)
    pipeline = SamplingPipeline(
        [
            ("balance", AugmentationBalancer(1.0, random_state=0)),
            ("augment", AugmentationSampler(2, random_state=0)),
            ("classify", Recorder()),
        ]
    )
    Recorder.trained.clear(), Recorder.tested.clear()
    folds = cross_validate(
        pipeline, X, y, cv=StratifiedKFold(3), return_estimator=True, return_indices=True
    )
    for number, train in enumerate(folds["indices"]["train"]):
        test = folds["indices"]["test"][number]
        grays = X[:, 0, 0].round(9)
        np.testing.assert_array_equal(Recorder.trained[number], np.sort(grays[train]))
        np.testing.assert_array_equal(Recorder.tested[number], grays[test])
        assert folds["estimator"][number]["classify"].n_samples_ == 3 * 2 * 30, (
            "the training samples were augmented"
        )


def test_calibration_folds_keep_augmented_images_with_their_source():
    X, y = numbered(100), np.repeat([0, 1], 50)
    sampler = AugmentationSampler(random_state=0)
    X, y = sampler.fit_resample(X, y)
    inner = CalibratedClassifierCV(Recorder(), method="temperature", ensemble=False)
    assert inner.cv is None, "None means StratifiedKFold(5) without shuffling"
    for train, test in StratifiedKFold(5).split(X, y):
        source = sampler.sample_indices_
        assert not set(source[train]) & set(source[test])


def test_samplers_work_in_a_pipeline_that_is_saved_and_searched(uneven, tmp_path):
    images, labels = uneven
    pipeline = make_fer_pipeline(
        "dct", n_features=60, balance=0.5, mirror=True, calibrated=True, random_state=0
    )
    assert isinstance(pipeline, SamplingPipeline)
    assert list(pipeline.named_steps)[:3] == ["illumination", "balance", "mirror"]
    pipeline.fit(images, labels)
    probabilities = pipeline.predict_proba(images)
    save(pipeline, tmp_path / "model.fer")
    np.testing.assert_array_equal(load(tmp_path / "model.fer").predict_proba(images), probabilities)
    grid = {"balance__ratio": [0.5, 1.0], "balance__augmenter": [None, MIRROR]}
    search = GridSearchCV(make_fer_pipeline("dct", n_features=60, balance=0.5), grid, cv=2)
    assert search.fit(images, labels).best_params_["balance__ratio"] in (0.5, 1.0)


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (AugmentationBalancer(1.5), "'ratio' parameter of AugmentationBalancer"),
        (AugmentationBalancer(augmenter="flip"), "'augmenter' parameter of AugmentationBalancer"),
        (AugmentationSampler(-1), "'n_augmented' parameter of AugmentationSampler"),
    ],
)
def test_invalid_parameters_are_reported(sampler, message, uneven):
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(*uneven)


def test_different_numbers_of_images_and_labels_are_reported(uneven):
    with pytest.raises(ValueError, match="same number of samples; got 56 and 55"):
        AugmentationSampler().fit_resample(uneven[0], uneven[1][:55])
