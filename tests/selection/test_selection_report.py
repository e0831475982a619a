import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.features import OrientedGradients, PrincipalFeatures
from fertools.pipeline import make_fer_pipeline, selection_report
from fertools.pipeline._registry import DESCRIPTORS
from fertools.selection import FeatureSubsetSelector


@pytest.fixture(scope="module")
def faces():
    return make_faces(42, random_state=0)


@pytest.mark.parametrize("name", sorted(DESCRIPTORS))
def test_report_counts_the_groups_of_every_descriptor(name, faces):
    pipeline = make_fer_pipeline(name, n_features=20, selector="anova", classifier="knn")
    pipeline.fit(faces.images, faces.labels)
    groups, report = pipeline["features"].groups_, selection_report(pipeline)
    selected = groups[pipeline["select"].get_support()]
    assert len(report) == len(np.unique(groups))
    for row in report.itertuples(index=False):
        group = np.array(tuple(row[:5]), dtype=groups.dtype)
        assert (row.available, row.selected) == ((groups == group).sum(), (selected == group).sum())
    assert report["selected"].sum() == 20


def test_report_has_one_row_per_block_of_hog(faces):
    pipeline = make_fer_pipeline("hog", n_features=0.5, classifier="knn")
    report = selection_report(pipeline.fit(faces.images, faces.labels))
    assert report["available"].tolist() == [36] * 25
    assert len(report.drop_duplicates(["y0", "x0", "y1", "x1"])) == 25


def test_report_does_not_depend_on_step_names(faces):
    principal = PrincipalFeatures(OrientedGradients(), 10)
    pipeline = make_pipeline(principal, FeatureSubsetSelector("anova", n_features_to_select=4))
    report = selection_report(pipeline.fit(faces.images, faces.labels))
    assert report[["available", "selected"]].to_numpy().tolist() == [[10, 4]]
    assert report["descriptor"].tolist() == [pipeline[0].groups_["descriptor"][0]]


def test_pipeline_without_descriptor_is_reported():
    with pytest.raises(ValueError, match="pipeline must hold a fitted descriptor"):
        selection_report(make_pipeline(FeatureSubsetSelector()))


@pytest.mark.parametrize("balance", [None, 0.5])
def test_verbose_prints_the_time_of_each_step(balance, faces, capsys):
    pipeline = make_fer_pipeline(
        "dct", n_features=20, classifier="knn", balance=balance, verbose=True
    )
    pipeline.fit(faces.images, faces.labels)
    printed = capsys.readouterr().out
    assert "Processing features, total=" in printed and "Processing classify" in printed
