"""Leave out what needs an extra that is not installed; see `make test-minimum`."""

from importlib.util import find_spec

collect_ignore_glob = []
if find_spec("keras") is None:
    collect_ignore_glob += ["*/neural", "*/inspection", "tests/test_benchmark*.py"]
if find_spec("matplotlib") is None:
    collect_ignore_glob += ["*/plotting", "tests/test_docs.py", "tests/evaluation/test_report.py"]
