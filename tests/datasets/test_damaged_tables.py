"""Tests of damaged and malicious tables."""

import os

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from fertools.datasets import (
    _limits,
    load_dataset,
    load_fer2013,
    load_ferplus,
    load_frame,
    make_faces,
)

FACES = make_faces(4, random_state=0)
TEXTS = [" ".join(map(str, image.ravel())) for image in FACES.images]


def fer_csv(texts=TEXTS, header="emotion,pixels,Usage"):
    rows = [f'{number},"{text}",Training' for number, text in enumerate(texts)]
    return "\n".join([header, *rows, ""])


def frame_csv(texts=TEXTS, header="label,pixels"):
    rows = [f"{label},{text}" for label, text in zip(FACES.labels, texts, strict=True)]
    return "\n".join([header, *rows, ""])


def as_fer(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    return load_fer2013(path)


def as_frame(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    return load_frame(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_byte_order_mark_determines_the_encoding(encoding, tmp_path):
    assert_array_equal(as_fer(tmp_path, fer_csv(), encoding).images, FACES.images)
    assert_array_equal(as_frame(tmp_path, frame_csv(), encoding).images, FACES.images)
    assert_array_equal(load_dataset(tmp_path / "x.csv").images, FACES.images)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_byte_order_mark_is_refused(encoding, tmp_path):
    for load, text in [(as_fer, fer_csv()), (as_frame, frame_csv())]:
        with pytest.raises(ValueError, match=r"x\.csv: not a CSV file .*byte order mark"):
            load(tmp_path, text, encoding)


def test_other_encoding_is_refused(tmp_path):
    for load, text in [(as_fer, fer_csv()), (as_frame, frame_csv())]:
        with pytest.raises(ValueError, match=r"x\.csv: not a CSV file that can be read"):
            load(tmp_path, text + "fröhlich,1 2 3 4\n", "latin-1")


@pytest.mark.parametrize("row", [1, 3])
def test_unclosed_quote_is_refused(row, tmp_path):
    texts = [text[:200] for text in TEXTS]
    texts[row] = f'"{texts[row]}'
    for load, text in [
        (as_fer, fer_csv(texts).replace(f'"{texts[row]}"', texts[row])),
        (as_frame, frame_csv(texts)),
    ]:
        with pytest.raises(ValueError, match=r"x\.csv: not a CSV file that can be read"):
            load(tmp_path, text)


@pytest.mark.parametrize(
    "pixel", ["1_0", "+10", "\uff11\uff10", "0x10", "1e1", "1.0", "1\u00a00", "\u0663"]
)
def test_pixels_are_plain_decimal_numbers(pixel, tmp_path):
    texts = [*TEXTS[:3], " ".join([pixel, *TEXTS[3].split()[1:]])]
    for load, text in [(as_fer, fer_csv(texts)), (as_frame, frame_csv(texts))]:
        with pytest.warns(UserWarning, match="left out 1 unreadable"):
            data = load(tmp_path, text)
        assert data.report.file.tolist() == ["row 4"]
        assert_array_equal(data.images, FACES.images[:3])


def test_pixels_are_separated_by_any_whitespace(tmp_path):
    texts = [f"  {text}\t ".replace(" ", "  ") for text in TEXTS]
    assert_array_equal(as_fer(tmp_path, fer_csv(texts)).images, FACES.images)


@pytest.mark.parametrize("votes", ["\uff11", "1_0", "-1", "99999999999999999999"])
def test_votes_are_plain_decimal_numbers(write, votes, tmp_path):
    names = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    path = write(
        tmp_path,
        {
            "fer2013.csv": f"emotion,pixels,Usage\n0,{TEXTS[0]},Training\n".encode(),
            "fer2013new.csv": f"Usage,{names}\nTraining,{votes}{',5' * 9}\n".encode(),
        },
    )
    with pytest.raises(ValueError, match="row 1 must hold 10 whole numbers"):
        load_ferplus(path)


@pytest.mark.parametrize("n_columns", [2, 9_000, 25_000, 300_000])
def test_equal_or_too_many_columns_are_refused_quickly(n_columns, tmp_path):
    text = ",".join(["pixels", *["label"] * n_columns]) + "\n"
    rule = "at most 10,000 columns" if n_columns > 9_000 else "must have different names"
    for load in (as_fer, as_frame):
        with pytest.raises(ValueError, match=rf"x\.csv: .*{rule}"):
            load(tmp_path, text)
    with pytest.raises(ValueError, match=rule):
        load_dataset(tmp_path / "x.csv")


def test_column_in_upper_and_lower_case_is_refused(tmp_path):
    with pytest.raises(ValueError, match="got 'usage' twice, in upper and lower case"):
        as_fer(tmp_path, fer_csv(header="emotion,pixels,Usage,usage"))


@pytest.mark.parametrize("parameter", ["image", "label", "group"])
def test_duplicate_column_of_a_frame_is_refused(parameter):
    columns = {"image": "pixels", "label": "label", "group": "who"}
    names = ["pixels", "label", "who", columns[parameter]]
    table = pd.DataFrame([[TEXTS[0], "sad", 1, "x"]], columns=names)
    with pytest.raises(ValueError, match=rf"{parameter} must be a column that occurs once"):
        load_frame(table, group="who")
    # Other columns may occur twice.
    table = pd.DataFrame([[TEXTS[0], "sad", 1, 1]], columns=["pixels", "label", "x", "x"])
    assert len(load_frame(table).images) == 1


def test_several_columns_without_names_are_accepted(tmp_path):
    text = frame_csv(header="label,pixels,,").replace("\n", ",,\n").replace(",,,,", ",,")
    assert len(as_frame(tmp_path, text).images) == 4


def test_rows_with_more_cells_than_columns_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"x\.csv: .*more cells than there are columns"):
        as_frame(tmp_path, frame_csv().replace(TEXTS[0], f"{TEXTS[0]},3"))
    with pytest.raises(ValueError, match=r"x\.csv: "):
        as_frame(tmp_path, frame_csv().replace(TEXTS[2], f"{TEXTS[2]},3"))


@pytest.mark.parametrize("place", ["header", "row", "quoted row"])
def test_too_long_line_is_refused(place, monkeypatch, tmp_path):
    monkeypatch.setattr(_limits, "MAX_LINE", 100_000)
    long = "1 " * 500_000
    if place == "header":
        fer, frame = long + fer_csv(), long + frame_csv()
    else:
        quote = '"' if place == "quoted row" else ""
        fer = fer_csv() + f"0,{quote}{long}{quote},Training\n"
        frame = frame_csv() + f"sad,{quote}{long}{quote}\n"
    for load, text in [(as_fer, fer), (as_frame, frame)]:
        with pytest.raises(ValueError, match=r"x\.csv: .*at most 100,000 characters"):
            load(tmp_path, text)


def test_long_lines_within_the_limit_are_read(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
    text = "label,pixels\nsad," + " ".join(map(str, image.ravel())) + "\n"
    assert_array_equal(as_frame(tmp_path, text).images[0], image)


def test_old_mac_line_ends_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(_limits, "MAX_LINE", 20_000)
    assert len(as_fer(tmp_path, fer_csv().replace("\n", "\r")).images) == 4
    assert len(as_frame(tmp_path, frame_csv().replace("\n", "\r")).images) == 4


def parquet(tmp_path, **columns):
    pytest.importorskip("pyarrow")
    path = tmp_path / "x.parquet"
    pd.DataFrame(columns).to_parquet(path)
    return path


@pytest.mark.parametrize("load", [load_frame, load_dataset])
def test_damaged_parquet_is_one_error_that_names_the_file(load, tmp_path):
    data = parquet(tmp_path, pixels=TEXTS, label=FACES.labels).read_bytes()
    path = tmp_path / "damaged.parquet"
    zeros = data[:300] + bytes(200) + data[500:]
    for damaged in [b"", b"PAR1", data[:-20], data[: len(data) // 2], data[20:], zeros]:
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"damaged\.parquet: not a Parquet file"):
            load(path)


def test_random_damage_to_parquet(tmp_path):
    data = parquet(tmp_path, pixels=TEXTS, label=FACES.labels).read_bytes()
    path = tmp_path / "damaged.parquet"
    for seed in range(40):
        rng = np.random.default_rng(seed)
        damaged = bytearray(data)
        for _ in range(4):
            damaged[-rng.integers(1, 2000)] = rng.integers(256)
        path.write_bytes(damaged)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *args, **options: None)
            try:
                load_frame(path)
            except ValueError as error:
                assert "damaged.parquet" in str(error) or "column" in str(error)


def test_parquet_that_expands_too_far_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(_limits, "FREE_BYTES", 2**20)
    path = parquet(tmp_path, pixels=["1 " * 50_000] * 5000, label=["sad"] * 5000)
    assert path.stat().st_size < 2**20
    with pytest.raises(ValueError, match=r"x\.parquet: .* must expand to at most"):
        load_frame(path)


def test_parquet_with_too_many_columns_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(_limits, "MAX_COLUMNS", 3)
    path = parquet(tmp_path, pixels=TEXTS, label=FACES.labels, a=range(4), b=range(4))
    with pytest.raises(ValueError, match=r"x\.parquet: .*at most 3 columns; got 4"):
        load_frame(path)


@pytest.mark.parametrize("name", ["~nouser_of_that_name/x.csv", "a\0b.csv", "x" * 5000 + ".csv"])
def test_impossible_path_of_a_table_is_refused(name):
    with pytest.raises(ValueError, match=r"data must be the path of a folder or file; .* cannot"):
        load_frame(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_pipe_instead_of_a_table_is_refused(name, tmp_path):
    os.mkfifo(tmp_path / name)
    with pytest.raises(ValueError, match="data must be a folder or a regular file"):
        load_frame(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_paths_in_a_table_that_cannot_be_opened_are_reported(write, encode, tmp_path):
    write(tmp_path, {"1.png": encode(FACES.images[0], "png")})
    os.mkfifo(tmp_path / "2.png")
    (tmp_path / "3.png").symlink_to("/dev/zero")
    (tmp_path / "4.png").mkdir()
    names = ["1.png", "2.png", "3.png", "4.png", "a\0b.png", "x" * 5000 + ".png", "1.png/5.png"]
    table = pd.DataFrame({"path": names, "label": "sad"})
    with pytest.warns(UserWarning, match="left out 6 unreadable"):
        data = load_frame(table, root=tmp_path)
    assert data.ids.tolist() == ["1.png"]
    assert data.report.file.tolist() == names[1:]
