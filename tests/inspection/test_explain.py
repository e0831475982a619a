import json
import os
import zipfile

import numpy as np
import pandas as pd
import pytest
from skimage import data
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC

from fertools._utils.images import load_image, to_uint8
from fertools.calibration import TemperatureScalingCV
from fertools.datasets import make_faces
from fertools.detection import ViolaJonesDetector, make_detector
from fertools.detection._eye_alignment import crop_face
from fertools.features import (
    DiscreteCosine,
    FeatureFusion,
    LocalBinaryPatterns,
    OrientedGradients,
    PrincipalFeatures,
    VisualWords,
    WithMirror,
)
from fertools.inspection import explain
from fertools.kernels import (
    GramSVC,
    KernelRidgeClassifier,
    KernelRidgeClassifierCV,
    MultiKernel,
    PairMeansClassifier,
)
from fertools.persistence import load_pretrained, save
from fertools.pipeline import KernelImageClassifier, ViewAveraging, make_fer_pipeline
from fertools.preprocessing import FaceAligner

FACES = make_faces(84, random_state=0)
# Rounding errors of classifiers of features in single precision.
SINGLE = 3e-4
NEW = make_faces(7, random_state=1).images
HOG = OrientedGradients(4, grids=((4, 4),), block=1)
LBP = LocalBinaryPatterns(radii=(1,), grid=(3, 3))
FUSION = FeatureFusion(
    [
        ("hog", PrincipalFeatures(HOG, 30, random_state=0)),
        ("lbp", PrincipalFeatures(LBP, 20, whiten=0.5, random_state=0)),
    ]
)
WORDS = PrincipalFeatures(VisualWords(20, random_state=0), 40, random_state=0)

# Classifiers whose decision_function is the explained value.
CLASSIFIERS = {
    "lda": make_pipeline(HOG, LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)),
    "logistic": make_pipeline(LBP, StandardScaler(), LogisticRegression()),
    "linear_svc": make_pipeline(HOG, MinMaxScaler(), LinearSVC()),
    "ridge_on_pca": make_pipeline(HOG, StandardScaler(), PCA(20), RidgeClassifier()),
    "lda_projection": make_pipeline(
        HOG, PCA(30, whiten=True), LinearDiscriminantAnalysis(), LogisticRegression()
    ),
    "normalized": make_pipeline(HOG, Normalizer(), LogisticRegression()),
    "default": make_fer_pipeline(("lbp", "dct"), n_features=200, classifier=LogisticRegression()),
    "kernel_ridge": make_pipeline(HOG, KernelRidgeClassifier(0.1)),
    "kernel_ridge_cv": make_pipeline(HOG, StandardScaler(), KernelRidgeClassifierCV()),
    "poly": make_pipeline(HOG, KernelRidgeClassifier(100, kernel="poly", coef0=1.0)),
    "linear_kernel": make_pipeline(HOG, KernelRidgeClassifier(kernel="linear")),
    "chi2": make_pipeline(LBP, KernelRidgeClassifier(0.1, kernel="chi2")),
    "intersection": make_pipeline(LBP, KernelRidgeClassifier(0.1, kernel="intersection")),
    "reduced_set": make_pipeline(HOG, PairMeansClassifier(KernelRidgeClassifier(0.1))),
    "fused": KernelImageClassifier(
        FUSION, KernelRidgeClassifier(0.1), weights={"hog": 2, "lbp": 1}
    ),
    "words": KernelImageClassifier(WORDS, PairMeansClassifier(KernelRidgeClassifier(0.1))),
    "plain": KernelImageClassifier(HOG, KernelRidgeClassifier(0.1), mirror_invariant=False),
    "halves": make_pipeline(
        WithMirror(HOG), KernelRidgeClassifier(0.1, kernel=MultiKernel(symmetry="halves"))
    ),
}
MULTI = {
    "sum": MultiKernel(
        kernel={"hog_4x4": "rbf", "lbp_r1": "chi2"}, weights={"hog_4x4": 0.3, "lbp_r1": 0.7}
    ),
    "product": MultiKernel(
        kernel={"hog_4x4": "rbf", "lbp_r1": "chi2"}, combine="product", gamma=0.5
    ),
    "mixed": MultiKernel(kernel={"hog_4x4": "linear", "lbp_r1": "intersection"}),
}


def total(explanation):
    return explanation.baseline + explanation.contributions["contribution"].sum()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_contributions_sum_to_the_decision(name):
    model = CLASSIFIERS[name].fit(FACES.images, FACES.labels)
    for code, face in zip((0, 3), NEW, strict=False):
        explanation = explain(model, face, model.classes_[code])
        assert explanation.method == "contributions"
        assert total(explanation) == pytest.approx(explanation.decision, abs=1e-7)
        expected = model.decision_function(face[None])[0, code]
        assert explanation.decision == pytest.approx(expected, abs=SINGLE)


@pytest.mark.parametrize("kernel", MULTI)
def test_contributions_of_several_kernels_sum_to_the_decision(kernel):
    fusion = FeatureFusion([("hog", HOG), ("lbp", LBP)])
    X = fusion.fit(FACES.images)
    multi = MULTI[kernel].set_params(groups=X.groups_["descriptor"])
    model = make_pipeline(fusion, KernelRidgeClassifier(0.1, kernel=multi))
    model.fit(FACES.images, FACES.labels)
    explanation = explain(model, NEW[0], "sad")
    code = list(model.classes_).index("sad")
    expected = model.decision_function(NEW[:1])[0, code]
    assert explanation.decision == pytest.approx(expected, abs=SINGLE)
    assert total(explanation) == pytest.approx(expected, abs=SINGLE)
    assert set(explanation.by_descriptor().index) == set(X.groups_["descriptor"])


@pytest.mark.parametrize("against", [None, "happy", "angry"])
@pytest.mark.parametrize(
    "classifier", [GramSVC(C=10), GramSVC(kernel="linear"), SVC(kernel="linear")], ids=str
)
def test_decisions_of_pairs_are_summed(classifier, against):
    model = make_pipeline(HOG, StandardScaler(), classifier).fit(FACES.images, FACES.labels)
    explanation = explain(model, NEW[0], "fear", against=against)
    model.set_params(**{f"{model.steps[-1][0]}__decision_function_shape": "ovo"})
    values, expected = model.decision_function(NEW[:1])[0], 0
    names = list(model.classes_)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    for pair, value in zip(pairs, values, strict=True):
        if "fear" in pair and (against is None or against in pair):
            expected += value if pair[0] == "fear" else -value
    assert explanation.decision == pytest.approx(expected, abs=SINGLE)
    assert total(explanation) == pytest.approx(expected, abs=SINGLE)


@pytest.mark.parametrize("classifier", [LogisticRegression(), GramSVC(), KernelRidgeClassifier()])
def test_two_classes_have_opposite_explanations(classifier):
    two = np.isin(FACES.labels, ["happy", "sad"])
    model = make_pipeline(HOG, classifier).fit(FACES.images[two], FACES.labels[two])
    happy, sad = (explain(model, NEW[0], name) for name in ("happy", "sad"))
    assert sad.decision == pytest.approx(model.decision_function(NEW[:1])[0], abs=SINGLE)
    np.testing.assert_allclose(happy.heat, -sad.heat)


def test_difference_of_two_classes():
    model = CLASSIFIERS["fused"].fit(FACES.images, FACES.labels)
    one, other = (explain(model, NEW[0], name) for name in ("sad", "happy"))
    both = explain(model, NEW[0], "sad", against="happy")
    assert both.decision == pytest.approx(one.decision - other.decision)
    np.testing.assert_allclose(both.heat, one.heat - other.heat, atol=1e-9)


def test_linear_contributions_are_weights_times_distance_from_the_mean():
    model = make_pipeline(HOG, StandardScaler(), LogisticRegression())
    model.fit(FACES.images, FACES.labels)
    explanation = explain(model, NEW[0], "sad")
    code = list(model.classes_).index("sad")
    products = model[-1].coef_[code] * model[:-1].transform(NEW[:1])[0]
    boxes = model[0].groups_
    first = boxes == boxes[0]
    assert explanation.contributions["contribution"][0] == pytest.approx(products[first].sum())
    assert explanation.baseline == pytest.approx(model[-1].intercept_[code])
    assert explanation.reference == "mean features of the training samples"


def test_only_the_selected_part_of_the_face_contributes():
    left = FACES.images.copy()
    left[:, :, 24:] = 128
    model = make_pipeline(HOG, LogisticRegression()).fit(left, FACES.labels)
    explanation = explain(model, left[3], FACES.labels[3])
    regions = explanation.by_region((1, 4))
    assert abs(regions[0, 3]) < 1e-6 * abs(regions).max()
    assert explanation.peak[1] < 0.6


def test_background_is_the_baseline():
    model = CLASSIFIERS["words"].fit(FACES.images, FACES.labels)
    explanation = explain(model, NEW[0], "sad", background=NEW[1:2])
    code = list(model.classes_).index("sad")
    expected = model.decision_function(NEW[1:2])[0, code]
    assert explanation.baseline == pytest.approx(expected, abs=SINGLE)
    assert total(explanation) == pytest.approx(explanation.decision)
    same = explain(model, NEW[0], "sad", background=NEW[:1])
    assert abs(same.contributions["contribution"]).max() < 1e-9


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: GridSearchCV(model, {"logisticregression__C": [1.0]}, cv=2),
        TemperatureScalingCV,
        lambda model: CalibratedClassifierCV(model, ensemble=False, cv=2),
    ],
    ids=["search", "temperature", "calibrated"],
)
def test_wrappers_are_looked_through(wrap):
    model = make_pipeline(HOG, LogisticRegression())
    inner = explain(model.fit(FACES.images, FACES.labels), NEW[0], "fear")
    outer = explain(wrap(model).fit(FACES.images, FACES.labels), NEW[0], "fear")
    assert outer.method == "contributions"
    assert outer.decision == pytest.approx(inner.decision, rel=1e-4)


def test_heat_keeps_the_sum_and_follows_the_aligned_face():
    model = make_pipeline(
        FaceAligner(n_iterations=1, random_state=0), HOG, LogisticRegression()
    ).fit(FACES.images, FACES.labels)
    plain = explain(model[1:], model[:1].transform(NEW)[0], "sad")
    contributions = plain.contributions["contribution"].sum()
    assert plain.heat.sum() == pytest.approx(contributions)
    assert plain.by_region((3, 5)).sum() == pytest.approx(contributions)
    moved = explain(model, NEW[0], "sad")
    assert moved.contributions.equals(plain.contributions)
    # The peak of the aligned face, mapped by its pose.
    pose = model[0].poses(NEW[:1])[0]
    x, y = pose @ [*(48 * np.array(plain.peak[::-1]) - 0.5), 1]
    np.testing.assert_allclose(moved.peak, [(y + 0.5) / 48, (x + 0.5) / 48], atol=0.04)


def test_prototypes_are_training_samples():
    model = CLASSIFIERS["kernel_ridge"].fit(FACES.images, FACES.labels)
    found = explain(model, FACES.images[5], FACES.labels[5], n_prototypes=84).prototypes
    code = list(model.classes_).index(FACES.labels[5])
    value = model.decision_function(FACES.images[5:6])[0, code]
    assert sorted(found["index"]) == list(range(84))
    assert found["influence"].sum() + model[-1].intercept_[code] == pytest.approx(value, abs=SINGLE)
    assert found["influence"].abs().is_monotonic_decreasing
    assert len(explain(model, NEW[0]).prototypes) == 10
    assert explain(model, NEW[0], n_prototypes=0).prototypes is None


def test_support_vectors_are_prototypes():
    model = make_pipeline(HOG, GramSVC(C=10)).fit(FACES.images, FACES.labels)
    found = explain(model, FACES.images[5], FACES.labels[5]).prototypes
    assert found["index"][0] == 5
    assert set(found["index"]) <= set(model[-1].support_)


def test_no_prototypes_without_stored_samples():
    for name in ("reduced_set", "logistic"):
        model = CLASSIFIERS[name].fit(FACES.images, FACES.labels)
        assert explain(model, NEW[0]).prototypes is None
    mirrored = make_fer_pipeline("lbp", n_features=50, mirror=True)
    assert explain(mirrored.fit(FACES.images, FACES.labels), NEW[0]).prototypes is None


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(HOG, RandomForestClassifier(20, random_state=0)),
        make_pipeline(HOG, PCA(5), Normalizer(), LogisticRegression()),
        ViewAveraging(make_pipeline(HOG, LogisticRegression())),
        GaussianNB(),
    ],
    ids=["forest", "not_affine", "views", "pixels"],
)
def test_other_classifiers_are_explained_by_occlusion(model):
    is_pixels = isinstance(model, GaussianNB)
    X = FACES.images.reshape(84, -1) if is_pixels else FACES.images
    model.fit(X, FACES.labels)
    face = FACES.images[3] if is_pixels else NEW[0]
    explanation = explain(model, face)
    assert explanation.method == "occlusion" and np.isnan(explanation.baseline)
    row = face.reshape(1, -1) if is_pixels else face[None]
    assert explanation.decision == pytest.approx(model.predict_proba(row).max())
    assert explanation.heat.shape == (48, 48) and np.ptp(explanation.heat) > 0
    assert json.loads(json.dumps(explanation.to_dict()))["baseline"] is None
    with pytest.raises(TypeError, match="pipeline must"):
        explain(model, face, method="contributions")


def test_occlusion_finds_the_decisive_part():
    images = np.full((40, 48, 48), 90, np.uint8)
    images[::2, 6:14, 30:42] = 250
    model = make_pipeline(DiscreteCosine(40), LogisticRegression())
    model.fit(images, ["spot", "none"] * 20)
    explanation = explain(model, images[0], "spot", method="occlusion")
    # Within half a window of the spot.
    assert abs(48 * explanation.peak[0] - 10) < 10 and abs(48 * explanation.peak[1] - 36) < 12
    assert explanation.contributions["contribution"].max() > 0.3


def test_faces_of_other_sizes_and_colors_are_converted():
    model = CLASSIFIERS["lda"].fit(FACES.images, FACES.labels)
    large = np.repeat(np.repeat(NEW[0], 2, axis=0), 2, axis=1)
    color = np.repeat(large[:, :, None], 3, axis=2)
    expected = explain(model, NEW[0], "sad").decision
    assert explain(model, color, "sad").decision == pytest.approx(expected)
    assert explain(model, color / 255, "sad").face.shape == (48, 48)


def test_pipelines_of_tables_are_explained():
    pixels = pd.DataFrame(FACES.images.reshape(84, -1)).rename(columns="p{}".format)
    hog = OrientedGradients(4, grids=((4, 4),), block=1, image_shape=(48, 48))
    model = make_pipeline(hog, StandardScaler(), PCA(20), LogisticRegression())
    plain = explain(clone(model).fit(FACES.images, FACES.labels), NEW[0], "sad")
    model.set_output(transform="pandas").fit(pixels, FACES.labels)
    explanation = explain(model, NEW[0], "sad")
    assert explanation.decision == pytest.approx(plain.decision)
    np.testing.assert_allclose(explanation.heat, plain.heat)


def test_predicted_class_is_explained_by_default():
    model = CLASSIFIERS["lda"].fit(FACES.images, FACES.labels)
    assert explain(model, NEW[2]).expression == model.predict(NEW[2:3])[0]


def test_invalid_arguments_raise():
    model = CLASSIFIERS["lda"].fit(FACES.images, FACES.labels)
    with pytest.raises(ValueError, match=r"expression must be one of \['angry', .* got 'joy'"):
        explain(model, NEW[0], "joy")
    with pytest.raises(ValueError, match="against must differ from expression; got 'sad'"):
        explain(model, NEW[0], "sad", against="sad")
    with pytest.raises(ValueError, match="background must hold at least one face; got 0"):
        explain(model, NEW[0], background=[])
    with pytest.raises(ValueError, match="n_prototypes == -1, must be >= 0"):
        explain(model, NEW[0], n_prototypes=-1)
    with pytest.raises(ValueError, match=r"method must be one of .* got 'lime'"):
        explain(model, NEW[0], method="lime")


def test_wrong_decision_value_is_an_error():
    model = CLASSIFIERS["lda"].fit(FACES.images, FACES.labels)

    class Shifted(LinearDiscriminantAnalysis):
        def decision_function(self, X):
            return super().decision_function(X) + 1

    model = make_pipeline(HOG, Shifted()).fit(FACES.images, FACES.labels)
    with pytest.raises(RuntimeError, match="differs from that of the classifier"):
        explain(model, NEW[0])


def test_summary_of_an_explanation():
    model = CLASSIFIERS["kernel_ridge"].fit(FACES.images, FACES.labels)
    explanation = explain(model, NEW[0], "sad", against="fear")
    values = json.loads(json.dumps(explanation.to_dict()))
    assert values["expression"] == "sad" and len(values["contributions"]) == 16
    assert values["prototypes"][0].keys() == {"index", "influence"}
    assert repr(explanation).startswith("Explanation('sad' against 'fear', contributions, ")


@pytest.mark.parametrize("name", ["fast", "accurate"])
def test_contributions_of_shipped_models_sum_to_the_decision(name):
    model = load_pretrained(name)
    explanation = explain(model, NEW[0], "happy")
    assert total(explanation) == pytest.approx(explanation.decision, abs=1e-8)
    code = list(model.classes_).index("happy")
    expected = model.estimator.decision_function(NEW[:1])[0, code]
    assert explanation.decision == pytest.approx(expected, abs=1e-4)
    assert explanation.prototypes is None


def test_smiles_of_real_faces_are_at_the_mouth():
    if not os.environ.get("FERTOOLS_DATA"):
        pytest.skip("FERTOOLS_DATA is not set")
    peaks = []
    with zipfile.ZipFile(os.path.join(os.environ["FERTOOLS_DATA"], "london.zip")) as archive:
        for number in ("001", "009", "013", "022", "032", "103"):
            photo = to_uint8(load_image(archive.read(f"happy/{number}.jpg")))
            box = ViolaJonesDetector(min_size=46, coarse_to_fine=True).detect(photo)[0].box
            peaks.append(explain("fast", crop_face(photo, box, 48), "happy").peak)
    y, x = np.transpose(peaks)
    assert ((y > 0.6) & (y < 0.9) & (x > 0.25) & (x < 0.75)).all()


def test_whole_photo_is_explained_with_a_warning():
    photo = data.astronaut()
    [face] = make_detector().detect(photo)
    with pytest.warns(UserWarning, match="face seems to be a whole photo"):
        explain("fast", photo)
    explain("fast", crop_face(to_uint8(photo), face.box, 200))  # A warning is an error.


def test_model_file_is_explained(tmp_path):
    faces = make_faces(70, random_state=0)
    model = make_pipeline(OrientedGradients(), LinearDiscriminantAnalysis())
    model.fit(faces.images, faces.labels)
    save(model, tmp_path / "own.fer")
    own = explain(tmp_path / "own.fer", faces.images[0])
    assert own.decision == pytest.approx(explain(model, faces.images[0]).decision)
    with pytest.raises(ValueError, match=r"pipeline must be one of .*; got 'best'"):
        explain("best", faces.images[0])


@pytest.mark.parametrize("name", ["angry", "disgust", "fear"])
def test_three_classes_have_as_many_pairs(name):
    few = np.isin(FACES.labels, ["angry", "disgust", "fear"])
    model = make_pipeline(HOG, NuSVC(kernel="linear", nu=0.3, decision_function_shape="ovo"))
    model.fit(FACES.images[few], FACES.labels[few])
    first, second, third = model.decision_function(NEW[:1])[0]
    sums = {"angry": first + second, "disgust": third - first, "fear": -second - third}
    assert explain(model, NEW[0], name).decision == pytest.approx(sums[name], abs=1e-4)
