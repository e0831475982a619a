"""Displays of class and method names that are not valid UTF-8, such as names of folders."""

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
    GradCAMDisplay,
    SampleGridDisplay,
)
from fertools.plotting._pairwise import PairwiseDisplay
from fertools.plotting._per_class import PerClassDisplay
from fertools.plotting._per_group import PerGroupDisplay

NAME = "caf\udce9"
ESCAPED = r"caf\udce9"
IMAGES = make_faces(2, size=16, random_state=0).images
LABELS = np.array([NAME, "sad"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: AccuracyCostDisplay([0.6, 0.7], [1, 8], LABELS).plot(),
        lambda: ConfusionMatrixDisplay.from_predictions(LABELS, LABELS[::-1]),
        lambda: DisagreementDisplay(IMAGES, LABELS, [LABELS, LABELS]).plot(),
        lambda: GradCAMDisplay(IMAGES, np.zeros((2, 16, 16)), LABELS).plot(),
        lambda: PairwiseDisplay(np.zeros((2, 2)), np.ones((2, 2)), LABELS).plot(),
        lambda: PerClassDisplay([[0.9, 0.5]], ["svm"], LABELS).plot(),
        lambda: PerGroupDisplay([[0.9, 0.2], [0.8, 0.5]], LABELS).plot(),
        lambda: SampleGridDisplay.from_predictions(IMAGES, LABELS, LABELS[::-1]),
    ],
)
def test_undecodable_names_are_escaped(make):
    display, svg = make(), BytesIO()
    display.figure_.savefig(svg, format="svg", metadata={"Date": None})
    ax = display.ax_
    texts = [text.get_text() for text in (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels())]
    assert any(ESCAPED in text for text in texts)
    assert not any(NAME in text for text in texts)


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
