import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fertools.base import GROUP_DTYPE
from fertools.datasets import make_faces
from fertools.features import DiscreteCosine, LocalBinaryPatterns
from fertools.pipeline import make_fer_pipeline, selection_report
from fertools.plotting import FaceRegionsDisplay
from fertools.selection import FeatureSubsetSelector

# Two features in the left half, one in the lower right quarter, one in the whole face.
GROUPS = np.array(
    [
        ("lbp", 0, 0, 1, 0.5),
        ("lbp", 0, 0, 1, 0.5),
        ("lbp", 0.5, 0.5, 1, 1),
        ("dct", 0, 0, 1, 1),
    ],
    dtype=GROUP_DTYPE,
)
SUPPORT = np.array([True, False, True, True])


@pytest.fixture(scope="module")
def faces():
    return make_faces(70, random_state=0)


def quarters(values):
    """Return the constant value of each quarter of a map."""
    height, width = values.shape
    blocks = values.reshape(2, height // 2, 2, width // 2).swapaxes(1, 2).reshape(2, 2, -1)
    np.testing.assert_array_equal(blocks, np.broadcast_to(blocks[:, :, :1], blocks.shape))
    return blocks[:, :, 0]


def test_maps_of_known_boxes():
    share = FaceRegionsDisplay(GROUPS, SUPPORT).plot()
    assert list(share.maps_) == ["lbp", "dct"]
    np.testing.assert_array_equal(quarters(share.maps_["lbp"]), [[0.5, np.nan], [0.5, 1]])
    np.testing.assert_array_equal(quarters(share.maps_["dct"]), np.ones((2, 2)))
    assert share.maps_["lbp"].shape == (48, 48)
    assert [text.get_text() for text in share.text_] == ["lbp\n2 of 3", "dct\n1 of 1"]
    assert share.colorbar_.ax.get_ylabel() == "share selected"


def test_counts_of_all_descriptors_in_one_map():
    face = np.zeros((20, 10))
    display = FaceRegionsDisplay(GROUPS, SUPPORT, face=face)
    display.plot(values="count", per_descriptor=False)
    np.testing.assert_array_equal(quarters(display.maps_["all"]), [[2, 1], [2, 2]])
    assert display.maps_["all"].shape == face.shape
    assert display.colorbar_.ax.get_ylabel() == "features selected"
    # The face is drawn below the map.
    assert display.ax_.images[1] is display.images_[0] and len(display.ax_.images) == 2


def test_maps_have_common_scale():
    display = FaceRegionsDisplay(GROUPS, SUPPORT).plot(values="count")
    assert {image.get_clim() for image in display.images_} == {(0, 1)}


@pytest.mark.parametrize("per_descriptor", [True, False])
@pytest.mark.parametrize("values", ["share", "count"])
@pytest.mark.parametrize("repeats", [1, 10])
def test_captions_and_color_bar_are_within_axes(per_descriptor, values, repeats, panels):
    groups = np.tile(GROUPS, (repeats, 50))
    groups["descriptor"] = [
        [f"{name}{k}" for name in row] for k, row in enumerate(groups["descriptor"])
    ]
    display = FaceRegionsDisplay(groups.ravel(), np.tile(SUPPORT, repeats * 50))
    for ax in (None, *panels):
        display.plot(ax, values=values, per_descriptor=per_descriptor)
        display.figure_.canvas.draw()
        # Tolerance of one pixel.
        inside = display.ax_.get_window_extent().padded(1)
        for artist in (display.colorbar_.ax, *display.text_):
            drawn = artist.get_tightbbox()
            assert inside.x0 <= drawn.x0 and drawn.x1 <= inside.x1
            assert drawn.y1 <= inside.y1


def test_maps_equal_selection_report(faces):
    pipeline = make_fer_pipeline(("lbp", "dct"), n_features=300, classifier="knn")
    pipeline.fit(faces.images, faces.labels)
    display = FaceRegionsDisplay.from_estimator(pipeline, values="count")
    report = selection_report(pipeline)
    cells = report[report.y1 - report.y0 < 1]
    for row in cells.itertuples():
        y, x = round(row.y0 * 48), round(row.x0 * 48)
        # The grid is 6 x 6: cells of 8 pixels.
        assert display.maps_[row.descriptor][y + 4, x + 4] == row.selected
    assert len(cells) == 4 * 36
    whole = report[report.descriptor == "dct"].selected.item()
    assert (display.maps_["dct"] == whole).all()


def test_selector_after_other_steps_is_found(faces):
    pipeline = make_pipeline(
        LocalBinaryPatterns(radii=(1,)), StandardScaler(), FeatureSubsetSelector("anova")
    ).fit(faces.images, faces.labels)
    display = FaceRegionsDisplay.from_estimator(pipeline)
    np.testing.assert_array_equal(display.support, pipeline[-1].get_support())
    np.testing.assert_array_equal(display.groups, pipeline[0].groups_)


def test_all_features_are_selected_without_selector(faces):
    pipeline = make_pipeline(DiscreteCosine(20)).fit(faces.images)
    assert (FaceRegionsDisplay.from_estimator(pipeline).maps_["dct"] == 1).all()


def test_plot_on_given_axes(panels):
    display = FaceRegionsDisplay(GROUPS, SUPPORT).plot(panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert len(panels[1].images) == 2


def test_invalid_parameters_raise(faces):
    with pytest.raises(ValueError, match=r"values must be one of \['share', 'count'\]; got 'sum'"):
        FaceRegionsDisplay(GROUPS, SUPPORT).plot(values="sum")
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        FaceRegionsDisplay(GROUPS, SUPPORT[:2]).plot()
    with pytest.raises(ValueError, match=r"fitted descriptor.* got the steps \['standardscaler'\]"):
        FaceRegionsDisplay.from_estimator(make_pipeline(StandardScaler()))
    with pytest.raises(ValueError, match="must hold a fitted descriptor"):
        FaceRegionsDisplay.from_estimator(make_fer_pipeline("lbp"))
