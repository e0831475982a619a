import tomllib

import pytest
from minimum_versions import PROJECT, lowest, minimum_versions


def test_lower_bounds_become_pins():
    assert lowest(["numpy>=2.0", "opencv-python>=4.10.0.84,<5", "fertools[plot]"]) == [
        "numpy==2.0",
        "opencv-python==4.10.0.84",
    ]
    with pytest.raises(ValueError, match="must be of the form name>=version; got numpy"):
        lowest(["numpy"])


def test_every_dependency_has_a_minimum_that_runs():
    project = tomllib.loads(PROJECT.read_text())["project"]
    pins = dict(pin.split("==") for pin in minimum_versions(project))
    assert len(pins) > len(project["dependencies"])
    # Older ones do not run with the others: NumPy 2, scikit-learn 1.8 and click 8.2.
    assert pins["opencv-python"] == "4.10.0.84"
    assert pins["imbalanced-learn"] == "0.14.1"
    assert pins["typer"] == "0.15.4"
    assert not {"keras", "tensorflow", "matplotlib", "pyarrow", "ruff"} & set(pins)
