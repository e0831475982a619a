"""HTML report of an audit, with embedded pictures and without scripts."""

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
    "exact duplicates": (
        "Images whose pixels are equal. A duplicate in two splits makes the score on the test "
        "split too optimistic."
    ),
    "duplicates with conflicting labels": (
        "Exact duplicates with more than one label; at most one of the labels can be correct."
    ),
    "near duplicates": (
        "Images whose perceptual hashes differ in at most {max_distance} of 64 bits, and images "
        "connected through them. Most are versions of one photo with another crop, size or "
        "illumination."
    ),
    "flat": "Images with almost a single gray level, which show nothing.",
    "dark": "Outliers: the mean gray level is far below that of other images.",
    "bright": "Outliers: the mean gray level is far above that of other images.",
    "low contrast": (
        "Outliers: the standard deviation of the gray levels is far below that of other images."
    ),
    "high contrast": (
        "Outliers: the standard deviation of the gray levels is far above that of other images. "
        "Many are drawings and two-tone pictures."
    ),
    "no face found": (
        "Viola-Jones detected no frontal face. Most of these images do show a face that is turned, "
        "occluded or tightly cropped; remove those that show none."
    ),
    "several faces found": "Viola-Jones detected more than one face.",
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
        "exact duplicates": result.exact,
        "duplicates with conflicting labels": result.conflicts,
        "near duplicates": result.near,
        "flat": result.flat,
        **dict(list(result.illumination.groupby("finding"))),
    }
    if result.faces is not None:
        tables["no face found"] = result.faces[result.faces["faces"] == 0]
        tables["several faces found"] = result.faces[result.faces["faces"] > 1]
    parts = [
        _overview(result.findings, {*_ABOUT, _PERSONS, _LEFT_OUT}),
        section(
            "images per class and split",
            "Number of images with each label.",
            make_table(result.counts),
        ),
        section("sizes", "Sizes in pixels.", make_table(result.sizes, index=False)),
    ]
    if len(result.exact) or len(result.near):
        parts.append(_duplicates_across(result))
    if result.coverage is not None:
        about = "Share of images in which Viola-Jones detected a face."
        parts.append(section("faces found", about, make_table(result.coverage, "{:.1%}")))
    for name, about in _ABOUT.items():
        if len(tables.get(name, ())):
            gallery = _gallery(tables[name], result.images)
            about = about.format(max_distance=result.max_distance)
            parts.append(section(name, about, gallery))
    if result.persons is not None:
        about = (
            "With a person in two splits, a model can recognize the face instead of the expression."
        )
        parts.append(section(_PERSONS, about, make_table(result.persons)))
    if len(result.left_out):
        table = make_table(result.left_out.astype(str), index=False, css="text")
        about = "Files that the loader could not use."
        parts.append(section(_LEFT_OUT, about, table))
    about = (
        f"<p>Each finding shows at most {MAX_SHOWN} images or groups, evenly spread over all of "
        "them.</p>"
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


def _duplicates_across(result):
    tables = [
        ("Exact duplicates", result.exact_across),
        ("Exact or near duplicates", result.near_across),
    ]
    body = "".join(f"<div><h3>{title}</h3>{make_table(table)}</div>" for title, table in tables)
    about = (
        "Number of images of a split (row) that have a duplicate, other than themselves, in a "
        "split (column)."
    )
    return section("duplicates across splits", about, f'<div class="side">{body}</div>')


def _spread(items, most):
    """Return at most `most` of the items, evenly spread."""
    return [items[i] for i in np.linspace(0, len(items) - 1, min(most, len(items))).astype(int)]


def _gallery(table, images):
    """Return pictures of some images of a table, with one box per group."""
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
