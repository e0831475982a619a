import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.features import LocalBinaryPatterns, OrientedGradients
from fertools.pipeline import make_fer_pipeline, selection_report
from fertools.plotting import FeatureSubsetDisplay

FACES = make_faces(35, random_state=0)


@pytest.fixture(scope="module")
def pipeline():
    return make_fer_pipeline(("lbp", "dct"), n_features=60, selector="anova").fit(
        FACES.images, FACES.labels
    )


def test_bars_are_shares_of_the_report(pipeline, panels):
    display = FeatureSubsetDisplay.from_estimator(pipeline, ax=panels[1])
    report = selection_report(pipeline)
    sums = report.groupby("descriptor", sort=False)[["selected", "available"]].sum()
    widths = [bar.get_width() for bar in display.bars_]
    np.testing.assert_allclose(widths, sums["selected"] / sums["available"])
    assert list(display.maps_) == list(sums.index)
    texts = [text.get_text() for text in panels[1].texts]
    assert texts[0] == f"{sums['selected'].iloc[0]} of {sums['available'].iloc[0]:,}"
    assert display.ax_ is panels[1]


def test_maps_show_the_selected_cells():
    lbp = LocalBinaryPatterns(radii=(1,), grid=(2, 2))
    left = FACES.images.copy()
    left[:, :, 22:] = 128
    spread = SelectKBest(lambda X, y: X.std(axis=0), k=10)
    pipeline = make_pipeline(lbp, spread, LogisticRegression())
    pipeline.fit(left, FACES.labels)
    [drawn] = FeatureSubsetDisplay.from_estimator(pipeline).maps_.values()
    assert drawn.shape == (96, 96)
    assert (drawn[:, 48:] == 0).all() and drawn[:, :48].max() > 0
    halves = drawn[0, 0], drawn[95, 0]
    report = selection_report(pipeline).set_index(["y0", "x0"])["share"]
    np.testing.assert_allclose(halves, report[[(0.0, 0.0), (0.5, 0.0)]])


def test_pipeline_without_selector_keeps_everything():
    pipeline = make_pipeline(OrientedGradients(), LogisticRegression())
    display = FeatureSubsetDisplay.from_estimator(pipeline.fit(FACES.images, FACES.labels))
    assert [bar.get_width() for bar in display.bars_] == [1]
    assert (display.maps_["hog_6x6"] == 1).all()
