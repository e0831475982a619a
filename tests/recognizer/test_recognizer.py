import io
from copy import copy

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC
from threadpoolctl import ThreadpoolController

from fertools._utils import image_files
from fertools.calibration import ConformalClassifier
from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer, ViolaJonesDetector
from fertools.exceptions import ImageRescaledWarning
from fertools.features import DiscreteCosine, LocalBinaryPatterns
from fertools.persistence import save
from fertools.pipeline import ViewAveraging
from fertools.recognizer import ExpressionRecognizer, RecognitionResult


@pytest.fixture(scope="module")
def pipeline():
    faces = make_faces(70, random_state=0)
    model = make_pipeline(LocalBinaryPatterns(radii=(1,)), LogisticRegression(max_iter=500))
    return model.fit(faces.images, faces.labels)


@pytest.fixture(scope="module")
def recognizer(pipeline):
    return ExpressionRecognizer(pipeline)


def test_recognizes_the_face_in_a_photo(recognizer, pipeline):
    [face] = recognizer.recognize(astronaut())
    assert face.status == "ok" and face.score > 0
    assert list(face.probabilities) == list(pipeline.classes_)
    assert sum(face.probabilities.values()) == pytest.approx(1)
    assert face.probability == max(face.probabilities.values())
    assert face.expression == max(face.probabilities, key=face.probabilities.get)


def test_faces_at_given_boxes_are_those_of_the_search(recognizer):
    photo = np.hstack([astronaut(), astronaut()])
    found = recognizer.recognize(photo)
    boxes = [np.array(face.box) + 0.2 for face in found[::-1]]
    given = recognizer.recognize_boxes(photo, boxes)
    assert [face.box for face in given] == [face.box for face in found[::-1]]
    assert [f.probabilities for f in given] == [f.probabilities for f in found[::-1]]
    assert {face.score for face in given} == {None}
    assert recognizer.recognize_boxes(photo, []) == []
    with pytest.raises(ValueError, match="each of boxes must be at least 1 pixel wide and high"):
        recognizer.recognize_boxes(photo, [(5, 5, 0, 9)])


def test_faces_of_an_image_are_predicted_in_one_batch(pipeline):
    calls = []
    watched = copy(pipeline)
    watched.predict_proba = lambda X: calls.append(X.shape) or pipeline.predict_proba(X)
    recognizer = ExpressionRecognizer(watched, detector=ViolaJonesDetector())
    faces = recognizer.recognize(np.hstack([astronaut(), astronaut()]))
    assert len(faces) == 2 and calls == [(2, 48, 48)]
    assert faces[0].expression == faces[1].expression


def test_blas_uses_one_thread_during_prediction(pipeline):
    blas = ThreadpoolController().select(user_api="blas")

    def threads():
        # OpenCV 4.10 includes a BLAS library that was built for one thread.
        libraries = [one for one in blas.info() if one.get("threading_layer") != "disabled"]
        return {library["num_threads"] for library in libraries}

    seen, predict_proba = set(), pipeline.predict_proba

    def look(X):
        seen.update(threads())
        return predict_proba(X)

    watched = copy(pipeline)
    watched.predict_proba = look
    with blas.limit(limits=2):
        ExpressionRecognizer(watched).recognize(astronaut())
        assert threads() == {2}, "the number of threads is restored"
    assert seen == {1}


def test_default_detection_finds_small_faces_and_verifies(pipeline):
    small = cv2.resize(astronaut(), (160, 160), interpolation=cv2.INTER_AREA)
    default = ExpressionRecognizer(pipeline)
    for photo, status in ((astronaut(), "ok"), (small, "small")):
        [face] = default.recognize(photo)
        assert face.status == status and face.score > 0.5
    sure = ExpressionRecognizer(pipeline, min_face_probability=1.0)
    assert sure.detector.min_face_probability == 1 and sure.recognize(small) == []
    localized = make_pipeline(FaceLocalizer(), *(step for _, step in pipeline.steps))
    assert not ExpressionRecognizer(localized).detector.octaves
    with pytest.raises(ValueError, match="min_face_probability must be None for a detector"):
        ExpressionRecognizer(localized, min_face_probability=0.5)


def test_image_is_the_crop_without_a_detector(pipeline):
    crops = make_faces(5, random_state=3).images
    recognizer = ExpressionRecognizer(pipeline, detector=None)
    found = [recognizer.recognize(crop)[0] for crop in crops]
    assert [face.expression for face in found] == list(pipeline.predict(crops))
    assert found[0].box == (0, 0, 48, 48) and found[0].score is None


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """Return invalid inputs between two valid ones, as (input, status, words of the reason)."""
    monkeypatch.setattr(image_files.read_image, "__kwdefaults__", {
        **image_files.read_image.__kwdefaults__, "max_pixels": 512 * 512,
    })  # fmt: skip
    buffer = io.BytesIO()
    Image.fromarray(astronaut()).save(buffer, "JPEG")
    jpeg = buffer.getvalue()
    contents = {
        "good.jpg": jpeg,
        "empty.jpg": b"",
        "text.jpg": b"hello",
        "cut.jpg": jpeg[: len(jpeg) // 2],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    Image.new("RGB", (600, 600)).save(tmp_path / "large.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "pixel.png")
    Image.new("RGB", (90, 90)).save(tmp_path / "dark.png")
    return [
        (str(tmp_path / "good.jpg"), "ok", ""),
        (tmp_path / "empty.jpg", "unreadable", "empty"),
        (tmp_path / "text.jpg", "unreadable", "not an image"),
        (tmp_path / "cut.jpg", "unreadable", "damaged"),
        (tmp_path / "none.jpg", "missing", "no such file"),
        (tmp_path / "large.png", "too_large", "600 x 600"),
        (tmp_path / "pixel.png", "no_face", "no face"),
        (tmp_path / "dark.png", "no_face", "no face"),
        (np.full((60, 60), np.nan), "invalid", "finite"),
        (np.zeros((4, 4, 4, 4)), "invalid", "shape"),
        (None, "invalid", ""),
        (astronaut(), "ok", ""),
    ]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_one_record_per_input(recognizer, inputs, n_jobs):
    results = list(recognizer.recognize_many([item for item, _, _ in inputs], n_jobs=n_jobs))
    assert [result.status for result in results] == [status for _, status, _ in inputs]
    for result, (_, status, words) in zip(results, inputs, strict=True):
        assert words in result.reason
        assert (len(result.faces) == 1) == (status == "ok") == (result.reason == "")
    assert results[-1].source == f"array {len(inputs) - 1}"


def test_frame_has_a_row_per_face_and_per_failure(recognizer, inputs, pipeline):
    two = np.hstack([astronaut(), astronaut()])
    results = list(recognizer.recognize_many([two, *[item for item, _, _ in inputs]]))
    frame = recognizer.to_frame(results)
    assert len(frame) == len(inputs) + 2
    assert frame["face"].iloc[:2].tolist() == [0, 1]
    assert (frame["status"] == "ok").sum() == 4
    ok = frame[frame["status"] == "ok"]
    np.testing.assert_allclose(ok[list(pipeline.classes_)].sum(axis=1).astype(float), 1)
    assert frame["expression"].isna().sum() == len(inputs) - 2
    assert len(recognizer.to_frame([])) == 0
    assert "x" in recognizer.to_frame([RecognitionResult("a", "no_face")]).columns


def test_faces_are_cropped_as_in_training(pipeline, recognizer):
    detector = ViolaJonesDetector("haarcascade_frontalface_alt2.xml")
    localizer = FaceLocalizer(detector, margin=0.2)
    faces = make_faces(70, random_state=0)
    whole = make_pipeline(localizer, *clone(pipeline)).fit(faces.images, faces.labels)
    adopted = ExpressionRecognizer(whole)
    assert adopted.detector is detector and adopted.margin == 0.2
    explicit = ExpressionRecognizer(whole[1:], detector=detector, margin=0.2)
    assert adopted.recognize(astronaut()) == explicit.recognize(astronaut())
    assert adopted.recognize(astronaut()) != recognizer.recognize(astronaut())


def test_search_over_pipelines_is_accepted():
    faces = make_faces(42, random_state=0)
    whole = make_pipeline(FaceLocalizer(margin=0.1), DiscreteCosine(20), GaussianNB())
    grid = {"gaussiannb__var_smoothing": [1e-9, 1e-3]}
    search = GridSearchCV(whole, grid, cv=2).fit(faces.images, faces.labels)
    assert ExpressionRecognizer(search).margin == 0.1


def test_invalid_detector_is_refused_at_construction(pipeline):
    with pytest.raises(ValueError, match="'scale_factor' parameter"):
        ExpressionRecognizer(pipeline, detector=ViolaJonesDetector(scale_factor=1))
    with pytest.raises(ValueError, match="cascade must be"):
        ExpressionRecognizer(pipeline, detector=ViolaJonesDetector("none.xml"))


def test_crops_must_be_square():
    faces = make_faces(70, random_state=0)
    model = make_pipeline(DiscreteCosine(20), GaussianNB())
    model.fit(faces.images[:, :40], faces.labels)
    with pytest.raises(ValueError, match="square crops; got 40x48 pixels"):
        ExpressionRecognizer(model)


def test_pipeline_without_probabilities_is_refused(pipeline):
    faces = make_faces(70, random_state=0)
    model = make_pipeline(LocalBinaryPatterns(radii=(1,)), LinearSVC())
    with pytest.raises(ValueError, match="calibrated=True"):
        ExpressionRecognizer(model.fit(faces.images, faces.labels))


def test_eyes_are_aligned_as_in_training(pipeline):
    turn = cv2.getRotationMatrix2D((226, 115), 12, 1)
    photo = cv2.warpAffine(astronaut(), turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    localizer = FaceLocalizer(ViolaJonesDetector(min_size=80), margin=0.1, align=True)
    faces = make_faces(70, random_state=0)
    whole = make_pipeline(localizer, *clone(pipeline)).fit(faces.images, faces.labels)
    recognizer = ExpressionRecognizer(whole)
    assert recognizer.align
    [face] = recognizer.recognize(photo)
    expected = whole.predict_proba([photo])[0]
    np.testing.assert_allclose(list(face.probabilities.values()), expected)
    [plain] = ExpressionRecognizer(whole, align=False).recognize(photo)
    assert plain.box == face.box and plain.probabilities != face.probabilities


def test_exif_orientation_is_applied(recognizer, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated clockwise for display
    paths = [tmp_path / "turned.jpg", tmp_path / "upright.jpg"]
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(astronaut())))
    turned.save(paths[0], quality=97, subsampling=0, exif=exif)
    Image.fromarray(astronaut()).save(paths[1], quality=97, subsampling=0)
    first, second = (result.faces[0] for result in recognizer.recognize_many(paths))
    np.testing.assert_allclose(first.box, second.box, atol=4)
    assert first.expression == second.expression
    assert first.probability == pytest.approx(second.probability, abs=0.2)
    assert recognizer.recognize(np.rot90(astronaut())) == []


def test_crop_size_is_that_of_the_first_step_with_image_shape():
    faces = make_faces(42, size=32, random_state=0)
    model = Pipeline(
        [
            ("illumination", "passthrough"),
            ("features", DiscreteCosine(20)),
            ("classify", GaussianNB()),
        ]
    )
    assert ExpressionRecognizer(model.fit(faces.images, faces.labels)).size_ == 32


def test_face_at_the_border_is_padded_with_edge_pixels(pipeline):
    part = astronaut()[86:200, 100:400]
    recognizer = ExpressionRecognizer(pipeline, detector=ViolaJonesDetector(border=0.2))
    [face] = recognizer.recognize(part)
    assert face.box[1] < 0 and face.status == "ok"


def test_views_of_all_faces_are_predicted_in_one_batch(pipeline):
    averaging = ViewAveraging(FrozenEstimator(pipeline), shifts=1).fit(np.zeros((1, 48, 48)))
    photo = np.hstack([astronaut(), astronaut()])
    expected = ExpressionRecognizer(averaging).recognize(photo)
    calls = []
    watched = copy(pipeline)
    watched.predict_proba = lambda X: calls.append(X.shape) or pipeline.predict_proba(X)
    faces = ExpressionRecognizer(watched, mirror=True, shifts=1).recognize(photo)
    assert len(faces) == 2 and calls == [(20, 48, 48)]
    for face, other in zip(faces, expected, strict=True):
        assert face.probabilities == pytest.approx(other.probabilities)


def test_mirror_image_gets_the_same_probabilities(pipeline):
    crop = make_faces(1, random_state=3).images[0]
    crop[:, :24] //= 2
    plain = ExpressionRecognizer(pipeline, detector=None)
    views = ExpressionRecognizer(pipeline, detector=None, mirror=True)
    (left, right), (both, same) = (
        [recognizer.recognize(image)[0].probabilities for image in (crop, crop[:, ::-1])]
        for recognizer in (plain, views)
    )
    assert both == pytest.approx(same) and left != pytest.approx(right)
    assert both == pytest.approx({name: (left[name] + right[name]) / 2 for name in left})


def test_face_below_min_probability_is_uncertain(pipeline):
    crops = list(make_faces(20, random_state=3).images)
    plain = ExpressionRecognizer(pipeline, detector=None)
    certain = [result.faces[0] for result in plain.recognize_many(crops)]
    threshold = float(np.median([face.probability for face in certain]))
    recognizer = ExpressionRecognizer(pipeline, detector=None, min_probability=threshold)
    results = list(recognizer.recognize_many(crops))
    for result, before in zip(results, certain, strict=True):
        [face] = result.faces
        assert result.status == "ok" and face.probabilities == before.probabilities
        assert face.probability == before.probability
        is_certain = before.probability >= threshold
        assert face.status == ("ok" if is_certain else "uncertain")
        assert face.expression == (before.expression if is_certain else None)
    frame = recognizer.to_frame(results)
    assert frame["status"].value_counts().to_dict() == {"ok": 10, "uncertain": 10}
    assert (frame["expression"].isna() == (frame["status"] == "uncertain")).all()
    assert frame["probability"].notna().all()


def test_probability_equal_to_min_probability_is_sufficient(pipeline):
    crop = make_faces(1, random_state=3).images[0]
    [face] = ExpressionRecognizer(pipeline, detector=None).recognize(crop)
    for threshold, status in [(face.probability, "ok"), (face.probability + 1e-9, "uncertain")]:
        recognizer = ExpressionRecognizer(pipeline, detector=None, min_probability=threshold)
        assert recognizer.recognize(crop)[0].status == status


def test_prediction_sets_of_a_conformal_pipeline(pipeline):
    faces = make_faces(140, random_state=4)
    conformal = ConformalClassifier(pipeline, coverage=0.8).fit(faces.images, faces.labels)
    recognizer = ExpressionRecognizer(conformal, detector=None)
    crops = make_faces(20, random_state=3).images
    results = list(recognizer.recognize_many([*crops, "none.jpg"]))
    in_set = conformal.predict_set(crops)
    for result, mask in zip(results, in_set, strict=False):
        assert result.faces[0].expressions == tuple(conformal.classes_[mask])
    frame = recognizer.to_frame(results)
    table = frame["set"][:20].str.get_dummies().reindex(columns=conformal.classes_, fill_value=0)
    np.testing.assert_array_equal(table, in_set)
    assert frame["set"].isna().tolist() == [False] * 20 + [True]
    [plain] = ExpressionRecognizer(pipeline, detector=None).recognize(crops[0])
    assert plain.expressions is None
    assert "set" not in ExpressionRecognizer(pipeline).to_frame(results).columns


def test_crop_size_of_a_wrapped_pipeline():
    faces = make_faces(42, size=32, random_state=0)
    model = make_pipeline(DiscreteCosine(20), GaussianNB()).fit(faces.images, faces.labels)
    conformal = ConformalClassifier(model).fit(faces.images, faces.labels)
    assert ExpressionRecognizer(conformal).size_ == 32


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_probability": 1.5}, r"'min_probability' parameter .* \[0.0, 1.0\]. Got 1.5"),
        ({"shifts": -1}, r"'shifts' parameter .* \[0, 100\]. Got -1"),
        ({"mirror": "yes"}, "'mirror' parameter .* Got 'yes'"),
    ],
)
def test_invalid_options_are_refused(pipeline, options, words):
    with pytest.raises(ValueError, match=words):
        ExpressionRecognizer(pipeline, **options)


def test_prediction_sets_exclude_averaging_over_views(pipeline):
    faces = make_faces(70, random_state=4)
    conformal = ConformalClassifier(pipeline).fit(faces.images, faces.labels)
    with pytest.raises(ValueError, match=r"got mirror=True, shifts=0\..* on a ViewAveraging"):
        ExpressionRecognizer(conformal, mirror=True)
    averaging = ViewAveraging(FrozenEstimator(pipeline)).fit(faces.images)
    conformal = ConformalClassifier(averaging).fit(faces.images, faces.labels)
    [face] = ExpressionRecognizer(conformal).recognize(astronaut())
    assert isinstance(face.expressions, tuple)


def test_box_outside_the_image_is_refused(recognizer):
    for box in [(10_000, 10_000, 50, 50), (100, 900, 60, 60), (0, 0, 9_000, 9_000)]:
        with pytest.raises(ValueError, match="boxes must be boxes that overlap the image, 512x512"):
            recognizer.recognize_boxes(astronaut(), [box])


@pytest.mark.parametrize("level", [0, 128, 255])
def test_crop_of_one_color_has_no_expression(pipeline, level):
    recognizer = ExpressionRecognizer(pipeline, detector=None)
    image = np.full((48, 48), level, np.uint8)
    [face] = recognizer.recognize(image)
    assert face.status == "uncertain" and face.expression is None
    image[:24] = (level + 100) % 256
    assert recognizer.recognize(image)[0].status == "ok"


@pytest.mark.parametrize("margin", [-0.5, -2, float("nan"), float("inf"), 1e9, "x"])
def test_invalid_margin_is_refused(pipeline, margin):
    with pytest.raises(ValueError, match="'margin' parameter"):
        ExpressionRecognizer(pipeline, margin=margin)
    with pytest.raises(ValueError, match="'align' parameter"):
        ExpressionRecognizer(pipeline, align="yes")


def test_pillow_image_is_rotated_by_its_exif_orientation(recognizer, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = tmp_path / "phone.jpg"
    Image.fromarray(np.rot90(astronaut()).copy()).save(file, exif=exif)
    opened = Image.open(file)
    [from_path], [from_image] = recognizer.recognize(file), recognizer.recognize(opened)
    assert from_path.box == from_image.box
    assert FaceLocalizer().fit([file, opened]).found_.all()


def test_guessed_white_level_of_a_pillow_image_is_reported(recognizer, tmp_path):
    gray = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY).astype(np.uint16) * 10
    Image.fromarray(gray).save(tmp_path / "deep.png")
    opened = Image.open(tmp_path / "deep.png")
    with pytest.warns(ImageRescaledWarning, match="as white"):
        recognizer.recognize(opened)
    [result] = recognizer.recognize_many([opened])
    assert "as white" in result.reason


def test_model_file_is_loaded(pipeline, tmp_path):
    file = tmp_path / "own.fer"
    save(pipeline, file)
    for path in (file, str(file)):
        recognizer = ExpressionRecognizer(path)
        assert recognizer.classes_.tolist() == pipeline.classes_.tolist()
        assert recognizer.priors is None
    with pytest.raises(ValueError, match=r"pipeline must be one of .*, the path of a model file"):
        ExpressionRecognizer(tmp_path / "none.fer")


def test_small_faces_of_a_detector_without_scores(pipeline):
    class Fixed:
        def detect(self, image):
            return [(5, 5, 30, 30), (5, 5, 60, 60)]

    faces = ExpressionRecognizer(pipeline, detector=Fixed()).recognize(astronaut())
    assert [face.status for face in faces] == ["ok", "small"]


def test_localizer_inside_a_wrapper():
    faces = make_faces(70, random_state=0)
    localizer = FaceLocalizer(margin=0.2, on_missing="whole")
    plain = make_pipeline(localizer, DiscreteCosine(20), GaussianNB())
    plain.fit(faces.images, faces.labels)
    frozen = ExpressionRecognizer(FrozenEstimator(plain))
    assert frozen.margin == 0.2
    first, second = (
        one.recognize(astronaut())[0].probabilities for one in (frozen, ExpressionRecognizer(plain))
    )
    assert first == second
    conformal = ConformalClassifier(plain).fit(faces.images, faces.labels)
    with pytest.raises(ValueError, match=r"FaceLocalizer in the first step, .*ConformalClassifier"):
        ExpressionRecognizer(conformal)


def test_wrapped_pipeline_of_other_crops_is_refused():
    faces = make_faces(70, random_state=0)
    images = faces.images[:, :, 6:42]
    model = make_pipeline(DiscreteCosine(20), GaussianNB()).fit(images, faces.labels)
    with pytest.raises(ValueError, match="pipeline must take square crops; got 48x36 pixels"):
        ExpressionRecognizer(ConformalClassifier(model).fit(images, faces.labels))
