"""Displays of class and method names that are not valid UTF-8, or that look like formulas."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.evaluation import Comparison, MethodResult
from fertools.plotting import (
    AccuracyCostDisplay,
    ConfusionMatrixDisplay,
    DisagreementDisplay,
    ExpressionTimelineDisplay,
    GradCAMDisplay,
    SampleGridDisplay,
)
from fertools.plotting._pairwise import PairwiseDisplay
from fertools.plotting._per_class import PerClassDisplay
from fertools.plotting._per_group import PerGroupDisplay
from fertools.video import FaceRecord

NAME = "caf\udce9"
ESCAPED = r"caf\udce9"
IMAGES = make_faces(2, size=16, random_state=0).images
LABELS = np.array([NAME, "sad"])


every_display = pytest.mark.parametrize(
    "make",
    [
        lambda names: AccuracyCostDisplay([0.6, 0.7], [1, 8], names).plot(),
        lambda names: ConfusionMatrixDisplay.from_predictions(names, names[::-1]),
        lambda names: DisagreementDisplay(IMAGES, names, [names, names]).plot(),
        lambda names: ExpressionTimelineDisplay.from_records(
            [FaceRecord(0, 0.0, "ok", track=1, probabilities=dict.fromkeys(names, 0.5))]
        ),
        lambda names: GradCAMDisplay(IMAGES, np.zeros((2, 16, 16)), names).plot(),
        lambda names: PairwiseDisplay(np.zeros((2, 2)), np.ones((2, 2)), names).plot(),
        lambda names: PerClassDisplay([[0.9, 0.5]], ["svm"], names).plot(),
        lambda names: PerGroupDisplay([[0.9, 0.2], [0.8, 0.5]], names).plot(),
        lambda names: SampleGridDisplay.from_predictions(IMAGES, names, names[::-1]),
    ],
)


def drawn_texts(display):
    display.figure_.savefig(BytesIO(), format="svg", metadata={"Date": None})
    ax = display.ax_
    legend = ax.get_legend().get_texts() if ax.get_legend() else []
    texts = (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels(), *legend)
    return [text.get_text() for text in texts]


@every_display
def test_undecodable_names_are_escaped(make):
    texts = drawn_texts(make(LABELS))
    assert any(ESCAPED in text for text in texts)
    assert not any(NAME in text for text in texts)


@every_display
def test_names_are_not_parsed_as_formulas(make):
    texts = drawn_texts(make(np.array(["a $^$ b", "sad"])))
    assert any("a $^$ b" in text for text in texts)


def test_comparison_with_undecodable_classes_and_groups():
    result = MethodResult(
        "svm", "ok", "", "", LABELS.tolist(), row=np.arange(2), truth=LABELS,
        predicted=LABELS[::-1], group=LABELS,
    )  # fmt: skip
    results = {"svm": result, "knn": replace(result, name="knn", predicted=LABELS)}
    comparison = Comparison("image_folder", {}, results, LABELS.tolist())
    display = PerGroupDisplay.from_comparison(comparison)
    np.testing.assert_array_equal(display.accuracy, [[0, 0], [1, 1]])
    data = make_faces(2, size=16, random_state=0)
    display = DisagreementDisplay.from_comparison(comparison, data, n=2)
    assert any(ESCAPED in text.get_text() for text in display.text_)
