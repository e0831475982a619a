from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fertools.plotting import ExpressionTimelineDisplay
from fertools.video import FaceRecord, records_frame

CLASSES = ["angry", "happy", "score"]


@pytest.fixture
def records():
    """Return records of two faces; the first is hidden in the seconds 2 and 3."""
    found = []
    for number in range(60):
        time, share = number / 10, number / 60
        shares = dict(zip(CLASSES, (1 - share, share, 0.0), strict=True))
        best = max(shares, key=shares.get)
        face = FaceRecord(number, time, "ok", "", 1, (0, 0, 9, 9), 1.0, best, shares, shares)
        if not 20 <= number < 40:
            found.append(face)
        if number >= 50:
            found.append(replace(face, track=2, status="uncertain", expression=None))
        elif 20 <= number < 40:
            found.append(FaceRecord(number, time, "no_face"))
    return found


def test_rows_colors_and_limits(records, panels):
    display = ExpressionTimelineDisplay.from_records(iter(records), ax=panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert display.tracks_ == [1, 2] and display.classes == CLASSES
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["face 1", "face 2"]
    assert display.ax_.get_xlim() == (0, 5.9)
    assert len(set(display.colors_.values())) == 3
    # One area per class, before and after the gap.
    assert [len(areas) for areas in display.areas_] == [6, 3]
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == CLASSES


def test_heights_of_the_areas_are_the_probabilities(records):
    display = ExpressionTimelineDisplay.from_records(records)
    happy = display.areas_[0][1].get_paths()[0].vertices
    heights = {}
    for x, y in happy:
        heights.setdefault(round(x, 6), []).append(y)
    at_one_second = heights[1.0]
    assert max(at_one_second) - min(at_one_second) == pytest.approx(0.68 * 10 / 60)


def test_tables_and_files_give_the_same_display(records, tmp_path):
    display = ExpressionTimelineDisplay.from_records(records)
    frame = records_frame(records, CLASSES)
    frame.to_csv(tmp_path / "t.csv", index=False)
    for table in (frame, pd.read_csv(tmp_path / "t.csv")):
        other = ExpressionTimelineDisplay.from_frame(table)
        assert other.classes == CLASSES and other.limits == display.limits
        np.testing.assert_allclose(other.probabilities, display.probabilities)
        np.testing.assert_array_equal(other.tracks, display.tracks)
        assert list(other.expressions) == list(display.expressions)


def test_faces_seen_longest_are_drawn(records):
    display = ExpressionTimelineDisplay.from_records(records, max_faces=1)
    assert display.tracks_ == [1] and display.ax_.get_xlabel().endswith("(1 more not shown)")
    with pytest.raises(ValueError, match="max_faces must be at least 1; got 0"):
        display.plot(max_faces=0)


def test_video_without_a_face():
    display = ExpressionTimelineDisplay.from_records([FaceRecord(0, 0.0, "no_face")])
    assert display.tracks_ == [] and display.ax_.get_legend() is None
    empty = ExpressionTimelineDisplay.from_records([])
    assert empty.tracks_ == []


def test_other_tables_are_refused():
    with pytest.raises(ValueError, match="probabilities with the prefix raw_"):
        ExpressionTimelineDisplay.from_frame(
            pd.DataFrame({"time": [0.0], "track": [1], "expression": ["happy"]})
        )
    with pytest.raises(ValueError, match="missing: track, expression, happy"):
        ExpressionTimelineDisplay.from_frame(pd.DataFrame({"time": [0.0], "raw_happy": [1.0]}))
