"""`analyze`: one record per face and frame."""

import gc
import io
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image
from skimage.data import astronaut

from fertools.exceptions import ImageReadError
from fertools.recognizer import ExpressionRecognizer
from fertools.video import FaceRecord, analyze, records_frame


def test_each_frame_has_a_record(frames, recognizer):
    records = list(analyze(frames, recognizer, fps=10))
    assert [record.frame for record in records] == list(range(24))
    assert_allclose([record.time for record in records], np.arange(24) / 10)
    assert [record.status for record in records] == ["ok"] * 18 + ["no_face"] * 6
    assert {record.track for record in records[:18]} == {1}
    assert records[0].box == (10, 30, 24, 24) and records[17].box == (27, 30, 24, 24)
    nobody = records[-1]
    assert nobody.track is nobody.box is nobody.expression is nobody.probability is None
    assert nobody.probabilities == {}


def test_faces_of_a_frame_have_one_record_each(draw, recognizer):
    images = [draw([(1, 10, 10), (2, 60, 50)]), draw([(2, 61, 50)]), draw([])]
    records = list(analyze(images, recognizer))
    assert [record.frame for record in records] == [0, 0, 1, 2]
    by_place = {record.box[0]: record.track for record in records[:2]}
    assert set(by_place.values()) == {1, 2} and records[2].track == by_place[60]


def test_a_file_has_the_records_of_its_frames(frames, write_video, recognizer):
    path = write_video("a.mp4", frames)
    records = list(analyze(path, recognizer))
    assert [record.frame for record in records] == list(range(24))
    assert_allclose([record.time for record in records], np.arange(24) / 25, atol=1e-6)
    assert [record.status for record in records].count("no_face") == 6
    for other in (str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        assert [record.box for record in analyze(other, recognizer)] == [
            record.box for record in records
        ]


def test_every_start_and_end_select_frames(frames, write_video, recognizer):
    path = write_video("a.mp4", frames)
    assert [record.frame for record in analyze(path, recognizer, every=5)] == [0, 5, 10, 15, 20]
    selected = list(analyze(path, recognizer, start=0.2, end=0.4))
    assert [record.frame for record in selected] == [5, 6, 7, 8, 9]
    assert selected[0].time == pytest.approx(0.2) and selected[0].box[0] == pytest.approx(15, abs=1)
    both = analyze(path, recognizer, start=0.2, end=0.4, every=2)
    assert [record.frame for record in both] == [5, 7, 9]
    assert [r.frame for r in analyze(frames, recognizer, start=0.2, end=0.4)] == [5, 6, 7, 8, 9]
    assert list(analyze(frames, recognizer, start=5)) == []


def test_times_of_images_can_be_given(draw, recognizer):
    timed = [(time, draw([(1, 30, 30)])) for time in (0.0, 0.5, 0.6)]
    assert [record.time for record in analyze(timed, recognizer)] == [0.0, 0.5, 0.6]


def test_gray_float_and_file_images(draw, tmp_path, recognizer):
    from fertools.annotation import save_image

    image = draw([(1, 30, 40)])
    path = save_image(image, tmp_path / "frame.png")
    kinds = [image, image[:, :, 0], image / 255, path, np.dstack([image, image[:, :, :1]])]
    boxes = [record.box for record in analyze(kinds, recognizer)]
    assert boxes == [(30, 40, 24, 24)] * 5


def test_whole_frame_is_one_face_without_detector(make_recognizer):
    recognizer = make_recognizer(detector=None)
    images = [np.full((40, 50, 3), level, np.uint8) for level in (0, 90, 200)]
    records = list(analyze(images, recognizer))
    assert [record.box for record in records] == [(0, 0, 50, 40)] * 3
    assert {record.track for record in records} == {1}


def test_uncertain_faces_have_no_expression(frames, make_recognizer):
    recognizer = make_recognizer(lambda call: 0.55)
    recognizer.min_probability = 0.6
    record = next(analyze(frames, recognizer))
    assert record.status == "uncertain" and record.expression is None
    assert record.probability == pytest.approx(0.55) and "uncertain" in repr(record)


def test_smoothing_removes_flicker(frames, make_recognizer):
    answers = [0.7, 0.4] * 12
    images = frames[:10] * 2
    raw = list(analyze(images, make_recognizer(answers.__getitem__), smoothing=None))
    assert [record.expression for record in raw[:4]] == ["happy", "sad"] * 2
    assert raw[1].probabilities == raw[1].raw_probabilities
    for smoothing in ("exponential", "window"):
        smooth = list(analyze(images, make_recognizer(answers.__getitem__), smoothing=smoothing))
        assert {record.expression for record in smooth} == {"happy"}
        assert smooth[1].raw_probabilities == raw[1].raw_probabilities
        assert smooth[1].probabilities["sad"] == pytest.approx(0.45, abs=0.01)


def test_memory_does_not_grow(draw, write_video, recognizer):
    images = (draw([(1, k % 90, 30)]) for k in range(150))
    path = write_video("a.mp4", [draw([(1, k % 90, 30)]) for k in range(150)])
    for source in (images, path):
        sizes = []
        tracemalloc.start()
        try:
            for record in analyze(source, recognizer):
                if record.frame in (30, 149):
                    gc.collect()
                    sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        # A frame has 36,864 bytes.
        assert len(sizes) == 2 and sizes[1] - sizes[0] < 2 * 36_864


def test_shipped_model_recognizes_a_photo():
    [face] = ExpressionRecognizer("fast").recognize(astronaut())
    [record] = analyze([astronaut()], "fast")
    assert record.box == face.box and record.score == face.score
    assert record.raw_probabilities == pytest.approx(face.probabilities)


def test_table_of_records(frames, make_recognizer):
    records = list(analyze(frames, make_recognizer(), every=6))
    frame = records_frame(records, ["happy", "sad"])
    assert frame["frame"].tolist() == [0, 6, 12, 18] and frame["track"].tolist()[:3] == [1, 1, 1]
    assert frame["status"].tolist()[-1] == "no_face" and frame["x"].isna().tolist()[-1]
    assert_allclose(frame["raw_sad"][:3], 0.2)
    assert frame.equals(records_frame(iter(records)))
    assert list(records_frame([], ["happy"]).columns)[-2:] == ["happy", "raw_happy"]
    clash = records_frame([FaceRecord(0, 0.0, "ok", probabilities={"score": 1.0})], ["score"])
    assert clash["probability_score"].tolist() == [1.0] and clash["score"].isna().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, "every"),
        ({"start": -1}, "start"),
        ({"start": 2, "end": 1}, "end must be greater than start, 2; got 1"),
        ({"smoothing": "median"}, "smoothing"),
        ({"smoothing_time": 0}, "smoothing_time"),
        ({"search_every": 0}, "search_every"),
        ({"max_gap": -1}, "max_gap"),
        ({"recognizer": 7}, "recognizer must be"),
        ({"source": -1}, "source must be at least 0"),
        ({"source": np.zeros((9, 9, 3), np.uint8)}, r"got an array of shape \(9, 9, 3\)"),
    ],
)
def test_invalid_parameters(options, message, frames, recognizer):
    arguments = {"source": frames, "recognizer": recognizer} | options
    with pytest.raises(ValueError, match=message):
        analyze(**arguments)


def test_invalid_images_are_named(frames, recognizer, tmp_path):
    with pytest.raises(ValueError, match="frame 1: "):
        list(analyze([frames[0], np.zeros(3)], recognizer))
    with pytest.raises(ImageReadError, match=r"frame 0: .*no such file"):
        list(analyze([tmp_path / "none.png"], recognizer))
    with pytest.raises(TypeError, match="source must be"):
        analyze(None, recognizer)


def test_crop_of_one_color_has_no_expression():
    recognizer = ExpressionRecognizer("fast", detector=None)
    face, flat = astronaut()[60:180, 170:290], np.zeros((120, 120, 3), np.uint8)
    first, second, third = analyze([face, flat, face], recognizer)
    assert (first.status, third.status) == ("ok", "ok") and first.expression == "happy"
    assert second.status == "uncertain" and second.expression is None


@pytest.mark.parametrize("mode", ["P", "CMYK"])
def test_pillow_images_are_converted_as_by_the_recognizer(mode):
    recognizer = ExpressionRecognizer("fast", detector=None)
    image = Image.fromarray(astronaut()[60:180, 170:290]).convert(mode)
    [record] = analyze([image], recognizer, smoothing=None)
    [face] = recognizer.recognize(image)
    assert_allclose(
        list(record.probabilities.values()), list(face.probabilities.values()), atol=1e-6
    )
