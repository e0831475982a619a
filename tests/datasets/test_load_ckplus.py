"""Tests of the loader of CK+, with drawn faces and the original file names."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fertools.datasets import LABEL_SETS, load_ckplus, make_faces

FACES = make_faces(9, random_state=0).images
FOLDERS = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


@pytest.fixture(scope="module")
def ck48(encode):
    """Return the files of CK+48, with two frames per class and increasing names."""
    files = {}
    for number, folder in enumerate(FOLDERS):
        for frame in (17, 18):
            name = f"{folder}/S{10 + number:03}_004_{frame:08}.png"
            files[name] = encode(FACES[number] // (frame - 16), "png")
    return files


@pytest.mark.parametrize("name", ["x", "x.zip", "x.tar", "x.tgz"])
@pytest.mark.parametrize("root", ["", "CK+48/", "archive/CK+48/"])
def test_ck48(write, ck48, name, root, tmp_path):
    data = load_ckplus(write(tmp_path / name, {root + file: ck48[file] for file in ck48}))
    assert data.images.shape == (14, 48, 48)
    assert data.images.dtype == np.uint8
    assert_array_equal(data.images[::2], FACES[:7])
    assert_array_equal(data.images[1::2], FACES[:7] // 2)
    assert data.target_names == list(LABEL_SETS["ck7"])
    assert data.labels.tolist() == np.repeat(LABEL_SETS["ck7"], 2).tolist()
    assert data.target.tolist() == np.repeat(range(7), 2).tolist()
    assert data.groups.tolist() == np.repeat([f"S{10 + i:03}" for i in range(7)], 2).tolist()
    assert set(data.sequence) == {"004"}
    assert data.frame.tolist() == [17, 18] * 7
    assert data.ids.tolist() == [root + file for file in ck48]
    assert data.sha256 == load_ckplus(write(tmp_path / "plain", ck48)).sha256
    assert len(data.report) == 0


def test_left_out_files_are_listed(write, encode, ck48, broken, tmp_path):
    strangers = {f"anger/{name}": entry[0] for name, entry in broken.items()}
    face = encode(FACES[0], "png")
    # Damaged images have valid names, because names are checked first.
    for number, name in enumerate(("empty.png", "text.png", "cut.png", "icon.jpg")):
        strangers[f"anger/S900_001_{number:08}.png"] = strangers.pop(f"anger/{name}")
    strangers |= {"anger/copy.png": face, "neutral/S011_001_00000001.png": face}
    with pytest.warns(UserWarning, match="1 empty, 1 unknown_class, 1 unknown_name, 3 unreadable"):
        data = load_ckplus(write(tmp_path / "x.zip", ck48 | strangers))
    assert len(data.images) == 14
    assert data.report[["file", "status"]].to_numpy().tolist() == [
        ["anger/.DS_Store", "foreign"],
        ["anger/._x.png", "foreign"],
        ["anger/S900_001_00000000.png", "empty"],
        ["anger/S900_001_00000001.png", "unreadable"],
        ["anger/S900_001_00000002.png", "unreadable"],
        ["anger/S900_001_00000003.png", "unreadable"],
        ["anger/Thumbs.db", "foreign"],
        ["anger/copy.png", "unknown_name"],
        ["anger/notes.txt", "foreign"],
        ["neutral/S011_001_00000001.png", "unknown_class"],
    ]
    reasons = dict(zip(data.report.file, data.report.reason, strict=True))
    assert reasons["anger/copy.png"].endswith("must be like S010_004_00000017.png.")
    assert reasons["neutral/S011_001_00000001.png"].startswith("'neutral' is none of angry, cont")


@pytest.fixture
def release(write, encode, tmp_path):
    """Write the original release with five frames per sequence; S011_002 has no emotion."""
    files = {"cohn-kanade-images/S010/004/.DS_Store": b""}
    for number, (person, sequence) in enumerate(
        [("S010", "004"), ("S010", "006"), ("S011", "001"), ("S011", "002")]
    ):
        for frame in range(1, 6):
            name = f"cohn-kanade-images/{person}/{sequence}/{person}_{sequence}_{frame:08}.png"
            files[name] = encode(FACES[number] // frame, "png")
    for stem, emotion in [
        ("S010/004/S010_004", 1),
        ("S010/006/S010_006", 7),
        ("S011/001/S011_001", 2),
    ]:
        files[f"Emotion/{stem}_00000005_emotion.txt"] = f"   {emotion}.0000000e+00\n".encode()
    return write(tmp_path / "release", files)


def test_original_release(release):
    data = load_ckplus(release)
    assert data.labels.tolist() == ["angry"] * 3 + ["surprise"] * 3 + ["contempt"] * 3
    assert data.groups.tolist() == ["S010"] * 6 + ["S011"] * 3
    assert data.sequence.tolist() == ["004"] * 3 + ["006"] * 3 + ["001"] * 3
    assert data.frame.tolist() == [3, 4, 5] * 3
    expected = [FACES[number] // frame for number in range(3) for frame in (3, 4, 5)]
    assert_array_equal(data.images, expected)
    assert load_ckplus(release, n_frames=1).frame.tolist() == [5] * 3
    assert load_ckplus(release, n_frames=9).frame.tolist() == [1, 2, 3, 4, 5] * 3


@pytest.mark.parametrize(("text", "told"), [("   0.0000000e+00\n", "neutral"), ("?", "?")])
def test_original_release_with_unknown_emotion(release, text, told):
    (release / "Emotion/S010/004/S010_004_00000005_emotion.txt").write_text(text)
    with pytest.warns(UserWarning, match="left out 3 unknown_class"):
        data = load_ckplus(release)
    assert data.labels.tolist() == ["surprise"] * 3 + ["contempt"] * 3
    assert data.report.reason[0].startswith(f"{told!r} is none of")


def test_invalid_parameters_are_rejected(release, tmp_path):
    with pytest.raises(ValueError, match="n_frames"):
        load_ckplus(release, n_frames=0)
    with pytest.raises(FileNotFoundError, match="path must be a folder or file; there is no "):
        load_ckplus(tmp_path / "x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="must contain at least one usable image"):
        load_ckplus(tmp_path / "empty")
