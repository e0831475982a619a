import sys

import pytest

from fertools.plotting import LearningCurvesDisplay


def test_missing_matplotlib_raises_import_error(monkeypatch):
    # None in sys.modules makes `import name` raise ImportError.
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "fertools\[plot\]"'):
        LearningCurvesDisplay.from_history({"loss": [1.0]})
