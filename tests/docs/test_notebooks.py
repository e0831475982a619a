"""The notebooks of the docs run, and their stored outputs show no face of FER-2013."""

import importlib.util
import re
from pathlib import Path

import pytest

import fertools.datasets

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
# What the figures of FER-2013 may be: charts of numbers.
CHARTS = re.compile(r"\.plot\.barh|ConfusionMatrixDisplay\.from_predictions")


def load_module(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


runner = load_module("run_notebooks")


def read(name):
    return runner.read_notebook(DOCS / "notebooks" / f"{name}.ipynb")


def printed(cell):
    return "".join(line for each in cell["outputs"] if "text" in each for line in each["text"])


def pictures(cell):
    return [each for each in cell["outputs"] if "image/png" in each.get("data", {})]


def test_pipelines_runs_on_fewer_faces(monkeypatch):
    draw = fertools.datasets.make_faces
    monkeypatch.setattr(
        fertools.datasets, "make_faces", lambda n, **options: draw(max(35, n // 4), **options)
    )
    notebook = read("pipelines")
    namespace = runner.run_notebook(notebook)
    assert namespace["comparison"].table()["accuracy"].between(0.2, 1).all()
    assert namespace["same"].predict(namespace["new"].images).shape == (35,)
    assert sum(len(pictures(cell)) for cell in runner.code_cells(notebook)) == 6


def test_fer2013_runs_on_a_copy(monkeypatch, drawn_fer2013):
    monkeypatch.setenv("FERTOOLS_DATA", str(drawn_fer2013))
    notebook = read("fer2013")
    namespace = runner.run_notebook(notebook)
    assert len(namespace["fer"].images) == 175
    assert namespace["found"].exact_across.loc["PrivateTest", "Training"] == 1
    assert namespace["shipped"]["PrivateTest"]["deduplicated"]["n"] == 34
    assert "DRAWN" not in printed(runner.code_cells(notebook)[1])


def test_fer2013_without_a_copy_says_that_faces_are_drawn(monkeypatch, tmp_path):
    monkeypatch.setenv("FERTOOLS_DATA", str(tmp_path / "missing.zip"))
    notebook = read("fer2013")
    notebook["cells"] = notebook["cells"][:3]
    namespace = runner.run_notebook(notebook)
    text = printed(notebook["cells"][2])
    assert "missing.zip" in text and "DRAWN FACES ARE USED INSTEAD" in text
    assert namespace["fer"].usage.tolist().count("Training") == 1000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_are_complete_and_in_order(path):
    notebook = runner.read_notebook(path)
    cells = runner.code_cells(notebook)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert "".join(cells[0]["source"]).startswith("import fertools.pipeline")
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in cells:
        texts = [printed(cell)]
        texts += ["".join(each["data"]["text/plain"]) for each in cell["outputs"] if "data" in each]
        assert not re.search(r" at 0x|Traceback|/home/|/tmp/", "".join(texts))
        assert not pictures(cell) or len(cell["metadata"]["alt"]) > 20


def test_stored_outputs_show_no_face_of_fer2013():
    cells = runner.code_cells(read("fer2013"))
    assert "35,887 images" in printed(cells[1])
    shown = [cell for cell in cells if pictures(cell)]
    assert len(shown) == 2
    assert all(CHARTS.search("".join(cell["source"])) for cell in shown)
    [tagged] = [cell for cell in cells if "faces" in cell["metadata"].get("tags", [])]
    assert not tagged["outputs"]


def test_run_keeps_values_and_text_and_leaves_out_figures_of_faces():
    figure = ["from matplotlib import pyplot\n", "pyplot.plot([1, 2])\n", "print('drawn')"]
    cells = [
        {"cell_type": "code", "metadata": {"alt": "A line"}, "source": figure},
        {"cell_type": "code", "metadata": {"tags": ["faces"]}, "source": figure},
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {}, "source": ["half = 3\n", "half * 2"]},
    ]
    namespace = runner.run_notebook({"cells": cells})
    assert namespace["half"] == 3
    assert len(pictures(cells[0])) == 1 and not pictures(cells[1])
    assert printed(cells[0]) == printed(cells[1]) == "drawn\n"
    assert cells[3]["outputs"][0]["data"] == {"text/plain": ["6"]}


def test_error_names_the_cell():
    cells = [{"cell_type": "code", "metadata": {}, "source": ["1 / 0"]}]
    with pytest.raises(ZeroDivisionError) as caught:
        runner.run_notebook({"cells": cells}, "some.ipynb")
    assert caught.traceback[-1].frame.code.raw.co_filename == "some.ipynb, cell 1"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_page_shows_code_outputs_and_a_link_to_the_file(path):
    pytest.importorskip("myst_parser")
    notebook = runner.read_notebook(path)
    page = load_module("notebook_pages").notebook_page(notebook, path.name)
    assert page.startswith("# ") and f"<{path.name}>`" in page.splitlines()[2]
    assert page.count("{code-block} python") == len(runner.code_cells(notebook))
    n_pictures = sum(len(pictures(cell)) for cell in runner.code_cells(notebook))
    assert page.count("](data:image/png;base64,") == n_pictures > 0
    assert '<div style="overflow-x: auto;' in page
