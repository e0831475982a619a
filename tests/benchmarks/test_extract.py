import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


def test_small_run_writes_the_result_and_the_table(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.syspath_prepend(str(FOLDER))
    import _extract_tables
    import extract

    monkeypatch.setattr(extract, "same_bytes", lambda source, scratch: {"one": "a", "two": "a"})
    extract.main(["--images", "40", "--out", str(tmp_path), "--scratch", str(tmp_path)])
    result = json.loads((tmp_path / "extract.json").read_text())
    assert result["images"] == 40 and sum(result["statuses"].values()) == 40
    assert result["profile_seconds"]["total"] > result["profile_seconds"]["read and decode"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["extract.json"]
    assert "images per second" in _extract_tables.extract(tmp_path)
    assert "extract" in sys.modules
