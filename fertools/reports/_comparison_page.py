"""The page of a comparison: one file of HTML with its pictures inside."""

import numpy as np
import pandas as pd

from ..evaluation._disagreement import all_votes, disagreement, finished, hardest, most_disputed
from ._comparison_charts import (
    charts,
    class_chart,
    confusion_chart,
    cost_chart,
    drawing,
    group_chart,
    history_chart,
    pairs_chart,
    reliability_chart,
)
from ._comparison_tables import (
    ABOUT_PAIRS,
    ABOUT_SCORES,
    COLUMNS,
    facts,
    failures,
    group_table,
    pair_table,
    score_table,
    title_of,
)
from ._html import anchor, escape, make_figure, make_page, make_table, section

# Faces in a gallery.
_N_FACES = 24

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
# Sorts a table by the column whose heading is pressed.
_SCRIPT = """\
<script>
for (const button of document.querySelectorAll("th button")) button.onclick = () => {
  const head = button.parentNode, body = head.closest("table").tBodies[0];
  const sign = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
  const value = row => row.cells[head.cellIndex].dataset.value;
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
  // A cell without a figure stays below.
  const places = (a, b) => !value(a) - !value(b) || sign * (value(a) - value(b));
  body.append(...[...body.rows].sort(places));
};
</script>"""


def report_page(comparison, data):
    """Return the page of a comparison as text; `data` may be None."""
    cases, sections = finished(comparison), {}
    if cases:
        sections["scores"] = ABOUT_SCORES, _scores(comparison)
        with drawing():
            sections |= _drawn(comparison, cases)
        if data is not None:
            sections |= _faces(comparison, data)
    failed = failures(comparison)
    if len(failed):
        about = "These methods could not be fitted and tested."
        sections["failed"] = about, make_table(failed, css="text")
    about = "The estimators as they were given."
    sections["methods"] = about, _parameters(comparison)
    links = "".join(f'<a href="#{anchor(name)}">{name}</a>' for name in sections)
    told = "".join(
        f"<dt>{escape(what)}</dt><dd>{escape(text)}</dd>"
        for what, text in facts(comparison).items()
    )
    body = [
        f"<p>{escape(comparison.protocol)}: {escape(comparison.about['description'])}.</p>",
        f'<nav aria-label="sections">{links}</nav>\n<dl>{told}</dl>',
        *(section(name, about, content) for name, (about, content) in sections.items()),
        _SCRIPT,
    ]
    return make_page(title_of(comparison), "\n".join(body), _STYLE)


def _scores(comparison):
    """Return the table of scores, the best of each column marked."""
    figures, texts = score_table(comparison)
    head = "".join(f'<th scope="col"><button>{COLUMNS[name].title}</button></th>' for name in texts)
    best = {name: figures[name].agg(COLUMNS[name].best) for name in figures if COLUMNS[name].best}
    rows = []
    for method in texts.index:
        cells = [f'<th scope="row">{escape(method)}</th>']
        for name, value in figures.loc[method].items():
            css = ' class="best"' if value == best.get(name) else ""
            number = "" if np.isnan(value) else f"{value:.6g}"
            cells.append(f'<td{css} data-value="{number}">{texts.loc[method, name]}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        '<div class="side" role="region" aria-label="scores" tabindex="0"><table>'
        f'<thead><tr><th scope="col">method</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _drawn(comparison, cases):
    """Return the sections with charts: from the name to the text about it and its HTML."""
    found = {}
    if len(cases) > 1:
        pairs = make_table(pair_table(comparison), index=False)
        found["differences"] = (
            ABOUT_PAIRS,
            charts([pairs_chart(comparison)]) + _details("All pairs", pairs),
        )
    found["accuracy and time"] = (
        "Bars are intervals of 95 %. On the Pareto front lie the methods than which no other is "
        "both faster and more accurate.",
        charts([cost_chart(comparison, cost) for cost in ("ms_one", "ms_batch")]),
    )
    found["classes"] = (
        "Recall: the share of the images of a class that are called so. Precision: the share of "
        "the images called so that are of the class.",
        charts([class_chart(comparison, score) for score in ("recall", "precision")]),
    )
    if _has_groups(cases):
        table = make_table(group_table(comparison), "{:.1%}")
        found["persons"] = (
            "A dot is a person, the large one the median; the line spans the middle half of them.",
            charts([group_chart(comparison)]) + _details("All persons, the worst first", table),
        )
    found["confusion matrices"] = (
        "A row is a true class: the share of its images called each name, and their number.",
        charts([confusion_chart(name, case) for name, case in cases.items()]),
    )
    sure = {name: case for name, case in cases.items() if case.probabilities is not None}
    if sure:
        found["reliability"] = (
            "Accuracy over confidence, the probability of the predicted class. Below the diagonal "
            "a method is too sure, above it too careful. ECE is the mean gap.",
            charts([reliability_chart(name, case) for name, case in sure.items()]),
        )
    trained = {name: case for name, case in cases.items() if (case.history or {}).get("loss")}
    if trained:
        found["learning curves"] = (
            "Of networks, in the first fold.",
            charts([history_chart(name, case) for name, case in trained.items()]),
        )
    return found


def _has_groups(cases):
    group = next(iter(cases.values())).group
    return group is not None and len(np.unique(group)) > 1


def _faces(comparison, data):
    """Return the sections with faces: from the name to the text about it and its HTML."""
    judged, votes = disagreement(comparison), all_votes(comparison)
    names = list(finished(comparison))

    def gallery(rows):
        faces = []
        for place, row, truth in zip(rows.index, rows["row"], rows["truth"], strict=True):
            said = pd.Series(names).groupby(votes[place]).agg(", ".join)
            lines = [f"{label}: {who}" for label, who in said.items()]
            faces.append(make_figure(data.images[row], truth, [*lines, f"({data.ids[row]})"]))
        return f'<div class="pictures">{"".join(faces)}</div>'

    found = {
        "hardest faces": (
            "Those that the fewest methods are right on; among them first those to whose label "
            "they give the least probability. Below each face its label, and who takes it for "
            "what. Where all agree, the label may be wrong.",
            gallery(hardest(judged).head(_N_FACES)),
        )
    }
    disputed = most_disputed(judged).query("bits > 0")
    if len(disputed):
        found["disputed faces"] = (
            "Those whose predictions have the largest entropy over the methods.",
            gallery(disputed.head(_N_FACES)),
        )
    return found


def _parameters(comparison):
    rows = {name: case.parameters for name, case in comparison.cases.items()}
    return "".join(
        f"<details><summary>{escape(name)}</summary><code>{escape(text)}</code></details>"
        for name, text in rows.items()
    )


def _details(summary, content):
    return f"<details><summary>{summary}</summary>{content}</details>"
