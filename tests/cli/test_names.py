"""File and class names that are unusual, not Unicode or hostile, in every command."""

import json
import os
import shutil
import sys
import zipfile
from io import BytesIO, StringIO, TextIOWrapper

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.data import astronaut

from fertools._utils.csv_text import csv_cell
from fertools._utils.text import encodable, encodable_names, one_line, printable, shortened
from fertools.cli import main
from fertools.datasets import make_faces

# Characters that commands must not print.
UNSAFE = ("\x1b", "\x07", "\u202e", "\udce9", "\r")


CLASSES = {
    "angry": b"ang\xe9ry",
    "happy": b"[red]happy",
    "sad": b"\x1b[31msad",
    "fear": b"=cmd|'C calc'!A0",
    "neutral": "neu\u202etral".encode(),
    "surprise": b"$\\frac$",
}


PHOTOS = [
    b"caf\xe9.jpg",
    b"=1+1.jpg",
    b"[red]x.jpg",
    b"\x1b]0;pwned\x07.jpg",
    "\u202egpj.jpg".encode(),
    b"line\nbreak\r.jpg",
    "\u03b1\u4e2d.jpg".encode(),
    b"n" * 251 + b".jpg",
]


pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other file systems do not allow all of these names"
)


def png(image):
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a folder of drawn faces whose classes have unusual names; one file is damaged."""
    folder, faces = tmp_path_factory.mktemp("data") / "faces", make_faces(70, random_state=4)
    for row, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        name = b"\xff\x1b[2J%d.png" % row
        write(
            os.path.join(os.fsencode(folder), CLASSES.get(label, label.encode()), name), png(image)
        )
    write(os.path.join(os.fsencode(folder), CLASSES["sad"], b"broken\xff\x1b[2J.png"), b"x")
    return folder


@pytest.fixture(scope="module")
def model(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "knn.fer"
    options = ["--classifier", "knn", "--features", "dct", "--n-features", "50"]
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(data), "--out", str(path), *options, "--test-size", "0.3", "-q"])
    assert not exit_.value.code
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Return a folder of photos of one face."""
    folder = tmp_path_factory.mktemp("photos")
    small = png(np.asarray(Image.fromarray(astronaut()).resize((256, 256))))
    for name in PHOTOS:
        write(os.path.join(os.fsencode(folder), name), small)
    return folder


def assert_safe(*texts):
    for text in texts:
        assert not [char for char in UNSAFE if char in text]


def test_printable_escapes_only_unsafe_characters():
    kept = "caf\u00e9 \u03b1\u4e2d \u00a0\u202f \U0001f468\u200d\U0001f469 [red] \\ %s.jpg"
    assert printable(kept) == kept
    for char in (
        "\x00",
        "\x1b",
        "\x7f",
        "\x9b",
        "\n",
        "\t",
        "\u2028",
        "\u202e",
        "\ud800",
        "\udcff",
    ):
        text = printable(f"a{char}b")
        assert text.isascii() and text.isprintable()
        assert text[1:-1].encode().decode("unicode_escape") == char
    assert encodable("\x1b\udcff") == "\x1b\\udcff"
    assert encodable_names({"\udcff": ["a\udcff", ("b", 3, None)]}) == {
        "\\udcff": ["a\\udcff", ("b", 3, None)]
    }


def test_long_words_of_a_message_are_shortened():
    line = one_line("a  b:\n " + "x" * 100_000 + " c")
    assert line.startswith("a  b: xxx") and line.endswith("xxx c") and len(line) < 500
    assert shortened("x" * 500) == "x" * 500


@pytest.mark.parametrize("start", ["=", "+", "@", "-", "\uff1d", "\uff20"])
def test_formulas_are_escaped_in_csv(start):
    assert csv_cell(f"{start}SUM(A1)") == f"'{start}SUM(A1)"


@pytest.mark.parametrize("value", ["a=b", "-1", "-1.5e3", "", "x@y", 3, None, 2.5, "'=x"])
def test_other_csv_cells_are_unchanged(value):
    assert csv_cell(value) == value


@pytest.mark.parametrize("start", ["\t", "\r", "\n"])
def test_cells_that_start_with_white_space_are_no_formulas(start):
    assert csv_cell(f"{start}=1").startswith("\\")


def test_predict_annotates_photos_of_any_name(photos, tmp_path, run):
    code, out, err = run("predict", photos, "-q", "--annotate", tmp_path / "a")
    assert code == 0 and err == ""
    assert_safe(out)
    for name in ("caf\\udce9.jpg", "/[red]x.jpg", "pwned\\x07.jpg", "line\\nbreak\\r.jpg"):
        assert name in out
    assert "n" * 251 + ".jpg" in out, "names are not cut in a pipe"
    assert len({len(line) for line in out.splitlines()[2:]}) <= 2, "one line per photo"
    written = sorted(os.listdir(os.fsencode(tmp_path / "a")))
    assert len(written) == len(PHOTOS) and max(map(len, written)) == 255
    assert any(name.endswith(b"_caf\xe9.png") for name in written)
    for name in written:
        with open(os.path.join(os.fsencode(tmp_path / "a"), name), "rb") as file:
            assert Image.open(file).size[0] > 256


def test_predict_prints_csv_and_json_of_any_name(model, photos, run):
    arguments = ["predict", photos, "--model", model, "-q", "--format"]
    code, out, _ = run(*arguments, "csv")
    assert code == 0
    assert_safe(out)
    table = pd.read_csv(StringIO(out))
    assert table["source"].nunique() == len(PHOTOS) and "'=cmd|'C calc'!A0" in table.columns
    assert {os.path.basename(source) for source in table["source"]} >= {"caf\\udce9.jpg"}
    code, out, _ = run(*arguments, "json")
    names = {os.fsencode(os.path.basename(result["source"])) for result in json.loads(out)}
    assert code == 0 and out.isascii() and names == set(PHOTOS), "JSON keeps names exactly"


def test_predict_escapes_relative_names_that_are_formulas(model, photos, monkeypatch, run):
    monkeypatch.chdir(photos)
    arguments = ["predict", "=1+1.jpg", "@missing.jpg", "-q", "--model", model, "--format", "csv"]
    code, out, _ = run(*arguments)
    table = pd.read_csv(StringIO(out))
    assert code == 1 and set(table["source"]) == {"'=1+1.jpg", "'@missing.jpg"}
    assert table["reason"].iloc[-1].startswith("'@missing.jpg")


def test_reasons_are_printable(model, tmp_path, run):
    for name in (b"\x1b[31m.jpg", b"\xff\n.jpg"):
        write(os.path.join(os.fsencode(tmp_path), name), b"no image")
    for format in ("table", "csv"):
        code, out, err = run("predict", tmp_path, "--model", model, "-q", "--format", format)
        assert code == 1 and len(err.splitlines()) == 2
        assert_safe(out, err)


def test_evaluate_prints_classes_of_any_name(data, model, tmp_path, run):
    code, out, err = run("evaluate", data, "--model", model)
    assert code == 0
    assert_safe(out, err)
    for words in ("ang\\udce9ry", "[red]happy", "\\x1b[31msad"):
        assert words in out.replace("\n", "")
    assert "Skipped" in err and "broken\\udcff" in err
    code, out, _ = run("evaluate", data, "--model", model, "-q", "--format", "json")
    assert code == 0 and "ang\udce9ry" in json.loads(out)["all"]["published"]["labels"]
    code, out, _ = run("info", model)
    assert code == 0 and out.isascii() and "ang\udce9ry" in json.loads(out)["model"]["classes"]


def test_audit_reports_files_of_any_name(data, tmp_path, run):
    page = tmp_path / "p\x1b[31m\udcff.html"
    code, out, err = run("audit", data, "--no-detect", "--html", page, "-q")
    assert code == 0 and err == ""
    assert_safe(out)
    text = page.read_text(encoding="utf-8")
    assert_safe(text)
    assert "ang\\udce9ry" in text and "broken\\udcff\\x1b[2J.png" in text
    assert "broken\\udcff\\x1b[2J.png" in out.replace("\n", "")
    code, out, _ = run("audit", data, "--no-detect", "-q", "--format", "json")
    found = json.loads(out)
    assert code == 0 and found["left_out"] == {"unreadable": 1}
    [file] = found["files_left_out"]
    assert file["file"].endswith("broken\udcff\x1b[2J.png") and file["status"] == "unreadable"
    assert "an image that can be decoded" in file["reason"]


def test_audit_lists_ten_files_left_out(faces, tmp_path, run):
    folder = shutil.copytree(faces, tmp_path / "faces")
    for number in range(11):
        (folder / "happy" / f"a{number:02d}.txt").touch()
    (folder / "happy" / "broken.png").write_text("x")
    code, out, _ = run("audit", folder, "--no-detect", "-q")
    assert code == 0 and "broken.png" in out and "a08.txt" in out and "a09.txt" not in out
    assert out.endswith("2 more files were left out; --format json lists all.\n")


def test_benchmark_reports_classes_of_any_name(data, tmp_path, run):
    pytest.importorskip("matplotlib")
    options = ["--methods", "majority,chance", "--out", tmp_path / "out", "-q"]
    code, out, err = run("benchmark", data, *options)
    assert code == 0
    assert_safe(out, err)
    for name in ("index.html", "comparison.md"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "udce9ry" in text
        assert_safe(text)
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert "ang\udce9ry" in scores["methods"]["chance"]["scores"]["published"]["labels"]


def test_names_inside_an_archive_are_printable(model, tmp_path, run):
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for row, image in enumerate(make_faces(14, random_state=0).images):
            archive.writestr(f"\x1b[3{row % 2}mclass/{row}.png", png(image))
        archive.writestr("\x1b[30mclass/\x1b]0;broken\x07.png", "x")
    for command in (
        ["evaluate", tmp_path / "faces.zip", "--model", model],
        ["audit", tmp_path / "faces.zip", "--no-detect"],
        ["train", tmp_path / "faces.zip", "--out", tmp_path / "m.fer", "--n-features", "9"],
    ):
        code, out, err = run(*command)
        assert code in (0, 2) and "\\x1b" in out + err
        assert_safe(out, err)


def test_usage_errors_are_printable(run):
    for arguments in (
        ["predict", "--\x1b[31m"],
        ["\x1b[31m"],
        ["predict", "x", "--format", "\x1b[31m"],
    ):
        code, out, err = run(*arguments)
        assert code == 2 and out == "" and "\\x1b[31m" in err
        assert_safe(err)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_commands_print_in_every_encoding(
    encoding, data, model, photos, tmp_path, monkeypatch, run
):
    stream = TextIOWrapper(BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    for command in (
        ["predict", photos, "--model", model, "-q"],
        ["predict", photos, "--model", model, "-q", "--format", "csv"],
        ["evaluate", data, "--model", model, "-q"],
        ["audit", data, "--no-detect", "-q", "--html", tmp_path / "a.html"],
    ):
        assert run(*command)[0] == 0
    out = stream.buffer.getvalue().decode(encoding)
    assert "caf\\udce9.jpg" in out and "\\u03b1\\u4e2d.jpg" in out
