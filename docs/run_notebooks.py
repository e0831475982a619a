"""Run the notebooks of the docs without Jupyter, and store the outputs in their files.

    python docs/run_notebooks.py [NOTEBOOK ...]

The outputs are printed text, the value of the last expression of a cell, and figures. Figures of
cells with the tag "faces" are shown by Jupyter but not stored, because the repository must not
contain faces of FER-2013.
"""

import argparse
import ast
import base64
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parent / "notebooks"
DPI, N_COLORS = 80, 128


def read_notebook(path):
    """Return the content of a notebook file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_notebook(notebook, path):
    """Write a notebook in the layout of Jupyter."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def code_cells(notebook):
    """Return the code cells of a notebook."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _lines(text):
    return text.splitlines(keepends=True)


def _evaluate(source, name, namespace):
    """Run the statements of a cell, and return the value of a last expression, or None."""
    tree = ast.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, name, "exec"), namespace)
    return None if last is None else eval(compile(last, name, "eval"), namespace)


def _value_output(value, number):
    data = {"text/plain": _lines(repr(value))}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = _lines(value._repr_html_())
    return {
        "data": data,
        "execution_count": number,
        "metadata": {},
        "output_type": "execute_result",
    }


def _figure_output(figure):
    drawn, buffer = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, dpi=DPI, bbox_inches="tight", format="png")
    # A palette halves the size of a picture with faces.
    Image.open(drawn).convert("RGB").quantize(N_COLORS).save(buffer, "PNG", optimize=True)
    width, height = (round(100 * side) for side in figure.get_size_inches())
    data = {
        "image/png": base64.b64encode(buffer.getvalue()).decode(),
        "text/plain": [f"<Figure size {width}x{height}>"],
    }
    return {"data": data, "metadata": {}, "output_type": "display_data"}


def run_notebook(notebook, name="notebook"):
    """Run the code cells in order, store their outputs, and return the namespace of the cells."""
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    namespace = {"__name__": "__main__"}
    for number, cell in enumerate(code_cells(notebook), start=1):
        printed = io.StringIO()
        with redirect_stdout(printed):
            value = _evaluate("".join(cell["source"]), f"{name}, cell {number}", namespace)
        outputs = []
        if printed.getvalue():
            text = _lines(printed.getvalue())
            outputs.append({"name": "stdout", "output_type": "stream", "text": text})
        if value is not None:
            outputs.append(_value_output(value, number))
        if "faces" not in cell["metadata"].get("tags", []):
            outputs += [_figure_output(pyplot.figure(n)) for n in pyplot.get_fignums()]
        pyplot.close("all")
        cell["execution_count"], cell["outputs"] = number, outputs
    return namespace


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="files; all without an argument")
    for path in parser.parse_args(argv).notebooks or sorted(FOLDER.glob("*.ipynb")):
        notebook = read_notebook(path)
        run_notebook(notebook, path.name)
        write_notebook(notebook, path)
        print(path)


if __name__ == "__main__":
    main()
