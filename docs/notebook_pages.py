"""Sphinx extension: notebooks are pages, with the outputs that are stored in their files."""

import json

from myst_parser.parsers.sphinx_ import MystParser


def _fence(directive, text):
    return f"``````{{{directive}\n{text.rstrip()}\n``````"


def _output_page(output, alt):
    """Return an output of a cell as Markdown."""
    if output["output_type"] == "stream":
        return _fence("code-block} text", "".join(output["text"]))
    data = output["data"]
    if "image/png" in data:
        return f"![{alt}](data:image/png;base64,{data['image/png']})"
    if "text/html" in data:
        table = "".join(data["text/html"])
        return _fence(
            "raw} html", f'<div style="overflow-x: auto; margin-bottom: 1.15rem">\n{table}\n</div>'
        )
    return _fence("code-block} text", "".join(data["text/plain"]))


def _cell_page(cell):
    """Return a cell with its outputs as Markdown."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source
    alt = cell["metadata"].get("alt", "Figure")
    outputs = [_output_page(output, alt) for output in cell["outputs"]]
    return "\n\n".join([_fence("code-block} python", source), *outputs])


def notebook_page(notebook, name):
    """Return a notebook as a page in Markdown, with a link to its file below the title."""
    title, *rest = [_cell_page(cell) for cell in notebook["cells"]]
    heading, _, text = title.partition("\n")
    link = f"{{download}}`Download the notebook <{name}>`"
    return "\n\n".join([heading, link, text, *rest])


class NotebookParser(MystParser):
    """Parser of notebooks."""

    supported = ("notebook",)

    def parse(self, inputstring, document):
        """Parse the text of a notebook file."""
        name = document["source"].rpartition("/")[2]
        super().parse(notebook_page(json.loads(inputstring), name), document)


def setup(app):
    """Register the parser."""
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
    return {"parallel_read_safe": True}
