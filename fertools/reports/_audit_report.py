"""The page of an audit: one file of HTML with its pictures inside, and no scripts."""

import numpy as np
import pandas as pd

from .._utils.files import write_file
from ._html import anchor, make_figure, make_page, make_table, section, shown_of

# Maximum number of images shown per finding, evenly spread, and per group.
MAX_SHOWN, MAX_IN_GROUP = 24, 6

_STYLE = """\
.group { display: flex; flex-wrap: wrap; gap: .5rem; padding: .6rem;
  border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.more { align-self: center; }
"""
_PERSONS, _LEFT_OUT = "persons in two splits", "files left out"
_ABOUT = {
    "exact copies": (
        "Images whose pixels are equal. One that stands in two splits makes the score on the test "
        "split too good."
    ),
    "copies with conflicting labels": (
        "Exact copies that carry more than one label: at most one of them can be right."
    ),
    "near copies": (
        "Images whose perceptual hashes differ in at most {max_distance} of 64 bits, and images "
        "connected through them: mostly one photo in another crop, size or illumination."
    ),
    "flat": "Images of almost one gray level: they show nothing.",
    "dark": "Outliers: the mean of the gray levels is far below the rest.",
    "bright": "Outliers: the mean of the gray levels is far above the rest.",
    "low contrast": "Outliers: the standard deviation of the gray levels is far below the rest.",
    "high contrast": (
        "Outliers: the standard deviation of the gray levels is far above the rest. Often these "
        "are drawings and two-tone pictures."
    ),
    "no face found": (
        "Viola-Jones found no frontal face. Most of these are faces all the same, turned, covered "
        "or cropped too tightly; those that are none belong out of the data."
    ),
    "several faces found": "Viola-Jones found more than one face.",
}


def write_audit_report(audit, path):
    """Write an HTML page with the tables and pictures of an audit.

    Parameters
    ----------
    audit : Audit
        Result of `fertools.datasets.audit`.
    path : str or path-like
        HTML file, without scripts and without references to other files. An existing file is
        replaced once the page is complete.
    """
    write_file(path, audit_page(audit))


def audit_page(result):
    """Return the page of an `Audit` as text."""
    tables = {
        "exact copies": result.exact,
        "copies with conflicting labels": result.conflicts,
        "near copies": result.near,
        "flat": result.flat,
        **dict(list(result.illumination.groupby("finding"))),
    }
    if result.faces is not None:
        tables["no face found"] = result.faces[result.faces["faces"] == 0]
        tables["several faces found"] = result.faces[result.faces["faces"] > 1]
    parts = [
        _overview(result.findings, {*_ABOUT, _PERSONS, _LEFT_OUT}),
        section("images per class and split", "As labeled.", make_table(result.counts)),
        section("sizes", "In pixels.", make_table(result.sizes, index=False)),
    ]
    if len(result.exact) or len(result.near):
        parts.append(_copies_across(result))
    if result.coverage is not None:
        about = "The share of images in which Viola-Jones found a face."
        parts.append(section("faces found", about, make_table(result.coverage, "{:.1%}")))
    for name, about in _ABOUT.items():
        if len(tables.get(name, ())):
            gallery = _gallery(tables[name], result.images)
            about = about.format(max_distance=result.max_distance)
            parts.append(section(name, about, gallery))
    if result.persons is not None:
        about = "A person in two splits lets a model know the face and not the expression."
        parts.append(section(_PERSONS, about, make_table(result.persons)))
    if len(result.left_out):
        table = make_table(result.left_out.astype(str), index=False, css="text")
        about = "The loader could not use these."
        parts.append(section(_LEFT_OUT, about, table))
    about = (
        f"<p>At most {MAX_SHOWN} pictures or groups of each finding are shown, evenly spread over "
        "all of them.</p>"
    )
    body = "\n".join([about, *parts])
    return make_page(f"Audit of {len(result.images):,} images", body, _STYLE)


def _overview(findings, sections):
    rows = []
    for name, images, groups in findings.itertuples():
        title = f'<a href="#{anchor(name)}">{name}</a>' if images and name in sections else name
        n_groups = "" if pd.isna(groups) else f"{groups:,}"
        rows.append(f"<tr><td>{title}</td><td>{images:,}</td><td>{n_groups}</td></tr>")
    head = "<tr><th>finding</th><th>images</th><th>groups</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _copies_across(result):
    tables = [("Exact copies", result.exact_across), ("Exact or near", result.near_across)]
    body = "".join(f"<div><h3>{title}</h3>{make_table(table)}</div>" for title, table in tables)
    about = (
        "How many images of the split on the left have a copy, other than themselves, in the split "
        "above."
    )
    return section("copies across splits", about, f'<div class="side">{body}</div>')


def _spread(items, most):
    """Return at most `most` of the items, evenly spread."""
    return [items[i] for i in np.linspace(0, len(items) - 1, min(most, len(items))).astype(int)]


def _gallery(table, images):
    """Return some pictures of a table of images, those of one group in one box."""
    if "group" in table:
        items = [list(group.itertuples()) for _, group in table.groupby("group")]
        draw, what = _group, "groups"
    else:
        items = list(table.itertuples())
        draw, what = _figure, "images"
    shown = _spread(items, MAX_SHOWN)
    drawn = "".join(draw(item, images) for item in shown)
    return f'<p>{shown_of(shown, items, what)}</p><div class="pictures">{drawn}</div>'


def _group(group, images):
    shown = _spread(group, MAX_IN_GROUP)
    more = len(group) - len(shown)
    rest = f'<span class="more">and {more} more</span>' if more else ""
    return f'<div class="group">{"".join(_figure(row, images) for row in shown)}{rest}</div>'


def _figure(row, images):
    return make_figure(images[row.Index], row.label, [row.split, row.id])
