"""HTML page of a comparison, with embedded images."""

from ._comparison_charts import report_style
from ._comparison_sections import SECTIONS
from ._comparison_tables import facts, report_title
from ._html import anchor, escape, make_page, section

_STYLE = """\
nav { margin: 1rem 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .9rem; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr);
  gap: .25rem 1rem; font-size: .9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--accent); margin: .75rem 0; }
.side { max-width: 100%; }
.best { font-weight: 700; color: var(--accent); }
body { max-width: 84rem; }
td { white-space: nowrap; }
tbody th, thead th:first-child { position: sticky; left: 0; background: var(--paper);
  max-width: 10rem; overflow-wrap: break-word; }
th, td { padding: .3rem .5rem; }
thead th { vertical-align: bottom; }
.text td { white-space: normal; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--accent); }
[aria-sort] button::after { content: " \\2193"; }
[aria-sort=ascending] button::after { content: " \\2191"; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-end; }
.chart { margin: 0; max-width: 100%; }
.chart div { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px;
  background: #ffffff; }
.chart img { display: block; max-width: 100%; }
"""
# Sorts a table by the column of the clicked heading.
_SCRIPT = """\
<script>
for (const button of document.querySelectorAll("th button")) button.onclick = () => {
  const head = button.parentNode, body = head.closest("table").tBodies[0];
  const sign = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
  const value = row => row.cells[head.cellIndex].dataset.value;
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
  // Empty cells are sorted last.
  const places = (a, b) => !value(a) - !value(b) || sign * (value(a) - value(b));
  body.append(...[...body.rows].sort(places));
};
</script>"""


def report_page(comparison, data):
    """Return the page of a comparison as text.

    Parameters
    ----------
    comparison : Comparison
    data : Bunch or None
        Test data; None leaves out pictures of faces.

    Returns
    -------
    str
    """
    with report_style():
        sections = [make(comparison, data) for make in SECTIONS]
    sections = [part for part in sections if part is not None]
    links = "".join(f'<a href="#{anchor(part.title)}">{part.title}</a>' for part in sections)
    terms = "".join(
        f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>"
        for term, text in facts(comparison).items()
    )
    body = [
        f"<p>{escape(comparison.protocol)}: {escape(comparison.about['description'])}.</p>",
        f'<nav aria-label="sections">{links}</nav>\n<dl>{terms}</dl>',
        *(section(*part) for part in sections),
        _SCRIPT,
    ]
    return make_page(report_title(comparison), "\n".join(body), _STYLE)
