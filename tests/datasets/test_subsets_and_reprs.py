"""Tests of random subsets of FER-2013, the progress bar and representations of data sets."""

import pickle
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.utils import Bunch

from fertools.datasets import (
    audit,
    load_fer2013,
    load_image_folder,
    make_faces,
    map_labels,
    take_samples,
)
from fertools.reports import write_audit_report

FACES = make_faces(7, random_state=0)
CSV = [
    f"{k % 7},{' '.join(map(str, FACES.images[k % 7].ravel()))},{usage}"
    for usage, n in [("Training", 70), ("PublicTest", 21), ("PrivateTest", 14)]
    for k in range(n)
]


@pytest.fixture
def csv(tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(["emotion,pixels,Usage", *CSV]))
    return tmp_path / "a.csv"


@pytest.mark.parametrize("layout", ["csv", "zip"])
def test_random_subset_keeps_the_proportions(layout, csv, drawn_fer2013):
    path, sizes = (csv, (20, 6, 4)) if layout == "csv" else (drawn_fer2013, (18, 6, 6))
    fer = load_fer2013(path, n_samples=30, random_state=0)
    assert len(fer.images) == 30
    assert fer.images.shape[1:] == (48, 48)
    for usage, size in zip(["Training", "PublicTest", "PrivateTest"], sizes, strict=True):
        assert abs(np.sum(fer.usage == usage) - size) <= 4
    counts = np.unique(fer.labels, return_counts=True)[1]
    assert len(counts) == 7
    assert np.ptp(counts) <= 3


def test_random_subset_is_in_the_order_of_the_data_set(drawn_fer2013):
    whole = load_fer2013(drawn_fer2013)
    part = load_fer2013(drawn_fer2013, n_samples=50, random_state=3)
    rows = [whole.ids.tolist().index(identifier) for identifier in part.ids]
    assert rows == sorted(rows)
    assert_array_equal(part.images, whole.images[rows])
    assert_array_equal(part.target, whole.target[rows])
    assert_array_equal(part.usage, whole.usage[rows])


def test_random_subset_depends_on_random_state(drawn_fer2013):
    def draw(random_state):
        return load_fer2013(drawn_fer2013, n_samples=20, random_state=random_state).ids.tolist()

    assert draw(0) == draw(0) == draw(np.random.RandomState(0))
    assert draw(0) != draw(1)


def test_random_subset_of_selected_splits_and_classes(csv):
    fer = load_fer2013(csv, usage="PrivateTest", classes=["sad", "happy"], n_samples=4)
    assert fer.labels.tolist() == ["happy", "happy", "sad", "sad"]
    assert load_fer2013(csv, n_samples=105).sha256 == load_fer2013(csv).sha256


@pytest.mark.parametrize("n_samples", [0, -1, 2.5, "all", 106])
def test_invalid_number_of_samples_is_rejected(csv, n_samples):
    with pytest.raises(ValueError, match="n_samples"):
        load_fer2013(csv, n_samples=n_samples)


def test_damaged_images_in_a_random_subset_are_left_out(csv):
    csv.write_text(csv.read_text() + "\n0,1 2 3,Training\n")
    with pytest.warns(UserWarning, match="left out 1 wrong_size"):
        assert len(load_fer2013(csv, n_samples=106).images) == 105


@pytest.mark.parametrize("layout", ["csv", "zip"])
def test_progress_is_shown_on_request(layout, csv, drawn_fer2013, capsys):
    path = csv if layout == "csv" else drawn_fer2013
    load_fer2013(path)
    assert capsys.readouterr() == ("", "")
    load_fer2013(path, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "images" in err
    with pytest.raises(ValueError, match="progress"):
        load_fer2013(path, progress="yes")


def test_repr_is_one_line(write, encode, drawn_fer2013, tmp_path):
    fer = load_fer2013(drawn_fer2013)
    assert repr(fer) == "175 images of 48 x 48, 7 classes"
    assert isinstance(fer, Bunch) and fer["images"] is fer.images
    assert repr(take_samples(fer, [0, 1])) == "2 images of 48 x 48, 7 classes"
    assert repr(map_labels(fer, "five")) == "125 images of 48 x 48, 5 classes"
    many = make_faces(7, random_state=0)
    assert repr(many) == "7 images of 48 x 48, 7 classes"
    many.images = np.broadcast_to(many.images[0], (28_709, 48, 48))
    assert repr(many) == "28,709 images of 48 x 48, 7 classes"
    files = {"sad/1.png": encode(FACES.images[0], "png")}
    path = write(tmp_path, files)
    assert repr(load_image_folder(path, color=True)) == "1 image of 48 x 48 in RGB, 1 class"
    write(tmp_path, {"sad/2.png": encode(FACES.images[0][:30], "png")})
    assert repr(load_image_folder(path)) == "2 images of different sizes, 1 class"
    copy = pickle.loads(pickle.dumps(fer))
    assert repr(copy) == repr(fer)
    del copy["images"]
    assert repr(copy).startswith("{")


def test_importing_the_data_sets_does_not_import_notebook_widgets():
    import subprocess

    code = "import sys, fertools.datasets; assert 'tqdm.auto' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_audit_report_is_replaced_atomically(tmp_path, monkeypatch):
    found = audit(make_faces(14, random_state=0), detect=False)
    page = tmp_path / "audit.html"
    page.write_text("the page before")

    def fail(*args, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            write_audit_report(found, page)
    assert page.read_text() == "the page before"
    assert [path.name for path in tmp_path.iterdir()] == ["audit.html"]
    write_audit_report(found, page)
    assert "Audit of 14 images" in page.read_text()
