"""Benchmark of many clients of the endpoint."""

import json

import pytest

pytest.importorskip("fastapi")


def test_all_clients_are_answered(run_script, tables, tmp_path):
    arguments = ("--clients", 3, "--seconds", 0.5, "--rest", 0, "--out", tmp_path)
    run_script("endpoint_load", *arguments)
    result = json.loads((tmp_path / "endpoint_load.json").read_text())
    assert result["requests"] >= 3 and result["outcomes"] == {"ok": result["requests"]}
    assert 0 < result["memory_mib"]["before"] <= result["memory_mib"]["peak"] * 1.1
    assert "clients, workers | 3, 2 |" in tables.TABLES["endpoint_load"](tmp_path)


@pytest.mark.parametrize("arguments", [("--clients", 500), ("--seconds", 0)])
def test_load_is_bounded(arguments, run_script, tmp_path):
    with pytest.raises(SystemExit):
        run_script("endpoint_load", *arguments, "--out", tmp_path)
