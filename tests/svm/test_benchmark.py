import json
import runpy
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_benchmark_runs_on_tiny_data(tmp_path, monkeypatch):
    sizes = "--rows 200 --test-rows 50 --features 20"
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr("sys.argv", ["gram_svc.py", *sizes.split(), "--results", str(tmp_path)])
    runpy.run_path(str(BENCHMARKS / "gram_svc.py"), run_name="__main__")
    result = json.loads((tmp_path / "gram_svc.json").read_text())
    assert result["predictions_equal_where_SVC_is_sure"]
    assert result["GramSVC"]["support_vectors"] == result["SVC"]["support_vectors"]
