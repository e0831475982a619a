"""Tests of the audit, on data sets with known faults and on FER-2013."""

import json
import re
from base64 import b64decode

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut, lfw_subset
from sklearn.utils import Bunch

from fertools.cli import main
from fertools.datasets import EXPRESSIONS, USAGES, audit, make_faces
from fertools.datasets._audit_tables import robust_z, with_surroundings
from fertools.reports import write_audit_report

EVIL = '<script>alert("x")</script>&'


@pytest.fixture(scope="module")
def faulty():
    """Return 70 drawn faces in two splits, with faults in known samples."""
    data = make_faces(70, random_state=0)
    data.usage = np.repeat(["Training", "Test"], [40, 30])
    images = data.images
    images[1] = images[0]  # duplicates within Training with different labels
    images[41] = images[2]  # duplicates across the splits
    images[42] = images[2]
    data.labels[[41, 42]] = data.labels[2]
    images[43] = images[3] // 2 + 40  # near duplicates across the splits
    images[[5, 44]] = 77  # flat and equal
    data.labels[44] = data.labels[5]
    return data


@pytest.fixture(scope="module")
def found(faulty):
    return audit(faulty, detect=False)


def test_counts_have_totals(faulty, found):
    expected = pd.crosstab(faulty.labels, faulty.usage)
    for label in EXPRESSIONS:
        assert found.counts.loc[label, "Training"] == expected.loc[label, "Training"]
    assert found.counts.loc["total"].to_dict() == {"Training": 40, "Test": 30, "total": 70}
    assert list(found.counts.index) == [*faulty.target_names, "total"]


def test_exact_duplicates_are_grouped_and_counted_per_split(faulty, found):
    assert found.exact.groupby("group").indices.keys() == {0, 1, 2}
    rows = [group.index.tolist() for _, group in found.exact.groupby("group")]
    assert rows == [[0, 1], [2, 41, 42], [5, 44]]
    assert found.exact.loc[41, ["id", "split"]].tolist() == [faulty.ids[41], "Test"]
    assert found.exact_across.loc["Training"].to_dict() == {"Training": 2, "Test": 2}
    assert found.exact_across.loc["Test"].to_dict() == {"Training": 3, "Test": 2}
    assert found.findings.loc["duplicates of an earlier image", "images"] == 4


def test_near_duplicates_are_counted_with_exact_duplicates(found):
    assert found.near.index.tolist() == [3, 43]
    assert found.near_across.loc["Training"].to_dict() == {"Training": 2, "Test": 3}
    assert found.near_across.loc["Test"].to_dict() == {"Training": 4, "Test": 2}


def test_large_max_distance_finds_more_near_duplicates(faulty):
    assert len(audit(faulty, detect=False, max_distance=64).near) == 68


def test_only_different_labels_conflict(faulty, found):
    assert faulty.labels[0] != faulty.labels[1]
    assert found.conflicts.index.tolist() == [0, 1]


def test_flat_images_are_no_outliers(found):
    assert found.flat.index.tolist() == [5, 44] and found.flat["span"].tolist() == [0, 0]
    assert not set(found.illumination.index) & {5, 44}


def test_illumination_outliers():
    data = make_faces(100, random_state=0)
    rng = np.random.default_rng(0)
    halves = np.sign(np.arange(8) - 3.5) * np.ones((8, 8))
    brightness, contrast = rng.normal(128, 10, 100), rng.normal(30, 2, 100)
    brightness[10], brightness[20], contrast[30], contrast[40] = 70, 190, 10, 60
    brightness[[30, 40]] = 128
    images = brightness[:, None, None] + contrast[:, None, None] * halves
    data.images = np.rint(images).astype(np.uint8)
    found = audit(data, detect=False).illumination
    assert found["finding"].to_dict() == {
        10: "dark",
        20: "bright",
        30: "low contrast",
        40: "high contrast",
    }


def test_robust_z_is_in_standard_deviations():
    values = np.random.default_rng(0).normal(100, 20, 100_000)
    z = robust_z(values)
    assert np.median(z) == pytest.approx(0, abs=1e-9) and z.std() == pytest.approx(1, abs=0.02)
    # A difference of a few levels is no outlier, even if all other values are equal.
    assert np.abs(robust_z(np.r_[np.full(99, 128.0), 130.9])).max() < 3


def test_faces_are_detected_in_photos_of_faces_only():
    lfw = (255 * lfw_subset()).astype(np.uint8)
    photo = astronaut()
    data = make_faces(201, random_state=0)
    data.images = [*lfw, photo]
    data.labels = np.repeat(["face", "no face", "photo"], [100, 100, 1])
    data.target_names = ["face", "no face", "photo"]
    found = audit(data, n_jobs=2)
    assert found.coverage.loc["face", "all"] >= 0.95
    assert found.coverage.loc["no face", "all"] == 0
    assert found.coverage.loc["photo", "all"] == 1
    assert set(found.faces.index) >= set(range(100, 200))
    assert (found.faces["faces"] != 1).all()
    without = found.findings.loc["no face found", "images"]
    assert without == round(201 * (1 - found.coverage.loc["total", "total"]))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((48, 48), (72, 72)), ((1, 1), (72, 72)), ((20, 40), (48, 72)), ((1, 960), (241, 720))],
)
def test_images_of_all_sizes_are_resized_and_padded(shape, expected):
    framed = with_surroundings(np.full(shape, 200, dtype=np.uint8))
    assert framed.shape == expected
    assert framed[expected[0] // 2, expected[1] // 2] == 200 and framed[0].max() == 0


def test_exact_duplicates_have_equal_numbers_of_faces(faulty):
    found = audit(faulty)
    n_faces = found.faces["faces"].reindex(range(70), fill_value=1)
    assert n_faces[41] == n_faces[42] == n_faces[2] and n_faces[44] == n_faces[5] == 0


def test_images_of_several_sizes_in_color_with_persons_and_report():
    data = make_faces(6, random_state=0)
    images = np.empty(6, dtype=object)
    for row, image in enumerate(data.images):
        image = cv2.resize(image, (40 + 10 * (row // 3), 60))
        images[row] = np.dstack([image] * 3) if row % 2 else image
    data.images = images
    data.groups = np.array(["Ann", "Bob", "Ann", "Ann", "Bob", "Cem"])
    data.usage = np.array(["Test", "Training", "Training", "Test", "Training", ""])
    data.report = pd.DataFrame(
        [("a.gif", "foreign", "no"), ("b.png", "unreadable", "no")],
        columns=["file", "status", "reason"],
    )
    found = audit(data, detect=False)
    assert found.sizes[["height", "width"]].drop_duplicates().values.tolist() in (
        [[60, 40], [60, 50]],
        [[60, 50], [60, 40]],
    )
    assert found.sizes["images"].sum() == 6 and set(found.sizes["channels"]) == {1, 3}
    assert list(found.counts.columns) == ["Training", "Test", "none", "total"]
    assert found.persons["total"].to_dict() == {"Ann": 3, "Bob": 2, "Cem": 1, "total": 6}
    assert found.findings.loc["persons in two splits"].tolist() == [3, 1]
    assert found.findings.loc["files left out", "images"] == 2
    assert found.summary()["left_out"] == {"foreign": 1, "unreadable": 1}


def test_no_person_is_in_two_splits_of_data_without_splits():
    data = make_faces(6, random_state=0)
    data.groups = np.array(["Ann", "Ann", "Bob", "Bob", "Cem", "Cem"])
    found = audit(data, detect=False)
    assert found.findings.loc["persons in two splits"].tolist() == [0, 0]
    assert found.persons["total"].to_dict() == {"Ann": 2, "Bob": 2, "Cem": 2, "total": 6}


def test_float_images_have_the_same_findings(faulty, found):
    data = Bunch(**faulty)
    data.images = faulty.images.astype(np.float64) / 255
    again = audit(data, detect=False)
    pd.testing.assert_frame_equal(again.illumination, found.illumination)
    pd.testing.assert_frame_equal(again.findings, found.findings)


def test_summary_can_be_written_as_json(faulty):
    summary = json.loads(json.dumps(audit(faulty).summary(), allow_nan=False))
    assert summary["images"] == 70
    assert summary["findings"]["exact duplicates"] == {"images": 7, "groups": 3}
    assert summary["exact_across"]["Test"] == {"Training": 3, "Test": 2}
    assert 0 <= summary["coverage"]["total"]["total"] <= 1


def test_class_without_images_has_no_coverage():
    data = make_faces(2, random_state=0)
    assert audit(data).summary()["coverage"]["neutral"]["all"] is None


def test_arrays_of_different_lengths_are_rejected():
    data = make_faces(3, random_state=0)
    data.usage = np.array(["Training"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        audit(data)


def test_max_distance_above_64_is_rejected():
    with pytest.raises(ValueError, match="'max_distance' parameter of audit must be an int"):
        audit(make_faces(3, random_state=0), max_distance=65)


def test_float_pixels_above_one_are_rejected():
    data = make_faces(3, random_state=0)
    data.images = data.images.astype(float)
    with pytest.raises(ValueError, match=r"images\[0\] must hold uint8"):
        audit(data)


@pytest.fixture(scope="module")
def page(faulty, tmp_path_factory):
    data = Bunch(**faulty)
    data.ids = faulty.ids.astype(object)
    data.labels = faulty.labels.astype(object)
    data.ids[[0, 41]], data.labels[[0, 41]] = EVIL, EVIL
    data.usage = np.where(data.usage == "Test", EVIL, data.usage)
    data.groups = np.array([f"{EVIL}{row % 3}" for row in range(70)])
    long = "folder/" * 30 + "x.png"
    data.report = pd.DataFrame([(long, EVIL, EVIL)], columns=["file", "status", "reason"])
    path = tmp_path_factory.mktemp("page") / "audit.html"
    write_audit_report(audit(data), path)
    return path.read_text(encoding="utf-8")


def test_page_escapes_names(page, parse_page):
    parsed = parse_page(page)
    assert "script" not in parsed.tags
    assert parsed.text.count(EVIL) > 10
    assert "folder/" * 30 + "x.png" in parsed.text


def test_page_is_self_contained(page, parse_page):
    attributes = parse_page(page).attributes
    sources = [value for name, value in attributes if name in ("src", "href")]
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in sources)
    assert "url(" not in page and "@import" not in page
    targets = {value for name, value in attributes if name == "id"}
    links = {value[1:] for name, value in attributes if name == "href"}
    assert links <= targets and {"exact-duplicates", "files-left-out"} <= links


def test_page_shows_the_pixels(faulty, page):
    uris = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    shown = {cv2.imdecode(np.frombuffer(b64decode(uri), np.uint8), 0).tobytes() for uri in uris}
    for row in (0, 2, 3, 43, 5):
        assert faulty.images[row].tobytes() in shown


def test_page_keeps_colors_and_shrinks_large_images(tmp_path):
    data = make_faces(2, random_state=0)
    data.images = np.stack([astronaut()] * 2)
    data.labels[:] = "happy"
    write_audit_report(audit(data, detect=False), tmp_path / "a.html")
    [uri, _] = re.findall(r"base64,([^\"]+)\"", (tmp_path / "a.html").read_text())
    picture = cv2.imdecode(np.frombuffer(b64decode(uri), np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    assert picture.shape == (96, 96, 3)
    expected = astronaut().mean(axis=(0, 1))
    assert np.allclose(picture.mean(axis=(0, 1)), expected, atol=2)


def test_page_shows_a_limited_number_of_images_and_rows(tmp_path):
    data = make_faces(60, random_state=0)
    data.images[:] = 0
    data.labels[:] = "sad"
    data.report = pd.DataFrame({"file": range(130), "status": "foreign", "reason": "no"})
    write_audit_report(audit(data, detect=False), tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text()
    assert "24 of 60 images shown." in text and text.count("<img") == 24 + 6
    assert "and 54 more" in text and "100 of 130 rows shown." in text


def test_representations_of_the_result(found):
    assert "near duplicates" in found._repr_html_()
    assert repr(found).startswith("Audit of 70 images\n") and "<NA>" not in repr(found)


@pytest.fixture(scope="module")
def tree(faulty, tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    for image, label, usage, name in zip(
        faulty.images, faulty.labels, faulty.usage, faulty.ids, strict=True
    ):
        file = root / usage / f"[b]{label}" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)
    (root / "Training" / "[b]sad" / "broken.png").write_text("no image")
    return root


def run(capsys, *args):
    with pytest.raises(SystemExit) as exit_:
        main(["audit", *map(str, args)])
    return (exit_.value.code or 0, *capsys.readouterr())


def test_command_prints_tables_and_writes_the_page(tree, tmp_path, capsys):
    code, out, _ = run(capsys, tree, "--html", tmp_path / "a.html", "--quiet")
    assert code == 0 and (tmp_path / "a.html").read_text().count("<img") > 10
    for text in ("[b]happy", "conflicting", "face found", "Wrote"):
        assert text in out


def test_command_prints_json(tree, capsys):
    code, out, err = run(capsys, tree, "--format", "json", "--no-detect", "--quiet")
    summary = json.loads(out)
    assert code == 0 and not err and summary["coverage"] is None
    assert summary["findings"]["exact duplicates"] == {"images": 7, "groups": 3}
    assert summary["left_out"] == {"unreadable": 1}


def test_command_checks_paths_before_reading_data(tmp_path, capsys):
    code, _, err = run(capsys, tmp_path / "nothing", "--html", tmp_path / "no" / "a.html")
    assert code == 2 and "--html: no such folder" in err
    code, _, err = run(capsys, tmp_path / "nothing", "--quiet")
    assert code == 2 and "nothing" in err


@pytest.mark.realdata
def test_fer2013(fer2013):
    found = audit(fer2013, detect=False)
    images, groups = found.findings["images"], found.findings["groups"]
    assert found.counts.loc["total"].tolist() == [28709, 3589, 3589, 35887]
    assert found.counts.iloc[:-1][list(USAGES)].T.values.tolist() == [
        [3995, 436, 4097, 7215, 4830, 3171, 4965],
        [467, 56, 496, 895, 653, 415, 607],
        [491, 55, 528, 879, 594, 416, 626],
    ]
    assert found.sizes.values.tolist() == [[48, 48, 1, 35887]]
    assert images["duplicates of an earlier image"] == 1853
    assert found.exact_across.loc[["PublicTest", "PrivateTest"], "Training"].tolist() == [280, 288]
    assert groups["duplicates with conflicting labels"] == 57
    assert (found.flat["span"] == 0).sum() == 12
    assert sorted(found.flat["span"])[-1] == 3 and len(found.flat) == 13
    # Measured by benchmarks/audit.py; all of these images were inspected.
    assert (images["dark"], images["bright"]) == (23, 27)
    assert (images["low contrast"], images["high contrast"]) == (1, 108)
