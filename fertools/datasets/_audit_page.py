"""The page of an audit: one file of HTML with its pictures inside, and no scripts."""

import re
from base64 import b64encode
from html import escape

import cv2
import numpy as np
import pandas as pd

from .._images import to_uint8

# What a page shows of one finding, spread evenly over all of it; of one group; of a long table.
MAX_SHOWN, MAX_IN_GROUP, MAX_ROWS = 24, 6, 100
# Larger pictures are shrunk to this many pixels, smaller ones shown enlarged.
SIDE = 96

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit of {n} images</title>
<style>
:root {{ color-scheme: light dark; --ink: #1c2430; --soft: #5c6675; --line: #d9dee6;
  --paper: #ffffff; --card: #f5f7fa; --accent: #1f5fbf; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e6e9ee; --soft: #9aa5b4; --line: #343c48;
  --paper: #14181e; --card: #1d232c; --accent: #84b3ff; }} }}
body {{ margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 68rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }}
h1 {{ margin: 0; font-size: 1.8rem; }}
h2 {{ margin: 3rem 0 .25rem; padding-top: 1rem; border-top: 1px solid var(--line);
  font-size: 1.25rem; }}
h3 {{ margin: 0 0 .25rem; font-size: 1rem; }}
p {{ margin: .25rem 0 1rem; max-width: 46rem; color: var(--soft); }}
a {{ color: var(--accent); }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }}
th, td {{ padding: .3rem .9rem; border-bottom: 1px solid var(--line); text-align: right; }}
th {{ font-weight: 600; }}
tr > :first-child {{ padding-left: 0; text-align: left; }}
.text th, .text td {{ text-align: left; overflow-wrap: anywhere; }}
.side, .pictures {{ display: flex; flex-wrap: wrap; align-items: flex-start; }}
.side {{ gap: 1rem 3rem; overflow-x: auto; }}
.pictures {{ gap: .75rem; }}
.group {{ display: flex; flex-wrap: wrap; gap: .5rem; padding: .6rem;
  border: 1px solid var(--line); border-radius: 8px; background: var(--card); }}
figure {{ margin: 0; width: {side}px; }}
img {{ display: block; width: {side}px; height: {side}px; object-fit: contain;
  background: #808080; }}
img.small {{ image-rendering: pixelated; }}
figcaption, .more {{ font-size: .72rem; line-height: 1.3; color: var(--soft);
  overflow-wrap: anywhere; }}
figcaption b {{ display: block; font-size: .8rem; color: var(--ink); }}
.more {{ align-self: center; }}
</style>
</head>
<body>
<h1>Audit of {n} images</h1>
<p>At most {most} pictures or groups of each finding are shown, evenly spread over all of them.</p>
{body}
</body>
</html>
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
        "Images whose perceptual hashes differ in at most {max_distance} of 64 bits, and what "
        "hangs together through them: mostly one photo in another crop, size or light."
    ),
    "flat": "Images of almost one grey level: they show nothing.",
    "dark": "Outliers: the mean of the grey levels lies far below the rest.",
    "bright": "Outliers: the mean of the grey levels lies far above the rest.",
    "low contrast": "Outliers: the standard deviation of the grey levels lies far below the rest.",
    "high contrast": (
        "Outliers: the standard deviation of the grey levels lies far above the rest. Often these "
        "are drawings and two-tone pictures."
    ),
    "no face found": (
        "Viola-Jones found no frontal face. Most of these are faces all the same, turned, covered "
        "or cropped too tightly; those that are none belong out of the data."
    ),
    "several faces found": "Viola-Jones found more than one face.",
}


def audit_page(result):
    """Return the page of an `Audit` as text."""
    tables = {
        "exact copies": result.exact,
        "copies with conflicting labels": result.conflicts,
        "near copies": result.near,
        "flat": result.flat,
        **dict(list(result.light.groupby("finding"))),
    }
    if result.faces is not None:
        tables["no face found"] = result.faces[result.faces["faces"] == 0]
        tables["several faces found"] = result.faces[result.faces["faces"] > 1]
    parts = [
        _overview(result.findings, {*_ABOUT, _PERSONS, _LEFT_OUT}),
        _section("images per class and split", "As labelled.", _table(result.counts)),
        _section("sizes", "In pixels.", _table(result.sizes, index=False)),
    ]
    if len(result.exact) or len(result.near):
        parts.append(_copies_across(result))
    if result.coverage is not None:
        about = "The share of images in which Viola-Jones found a face."
        parts.append(_section("faces found", about, _table(result.coverage, "{:.1%}")))
    for name, about in _ABOUT.items():
        if len(tables.get(name, ())):
            gallery = _gallery(tables[name], result.images)
            about = about.format(max_distance=result.max_distance)
            parts.append(_section(name, about, gallery))
    if result.persons is not None:
        about = "A person in two splits lets a model know the face and not the expression."
        parts.append(_section(_PERSONS, about, _table(result.persons)))
    if len(result.left_out):
        table = _table(result.left_out.astype(str), index=False, css="text")
        about = "The loader could not use these."
        parts.append(_section(_LEFT_OUT, about, table))
    n = f"{len(result.images):,}"
    return _PAGE.format(n=n, side=SIDE, most=MAX_SHOWN, body="\n".join(parts))


def _anchor(name):
    return name.replace(" ", "-")


def _section(name, about, body):
    title = name[0].upper() + name[1:]
    return f'<section><h2 id="{_anchor(name)}">{title}</h2>\n<p>{about}</p>\n{body}\n</section>'


def _table(frame, number="{:,}", *, index=True, css="numbers"):
    """Return the first rows of a frame as a table; every name in it is escaped."""

    def cell(value):
        if isinstance(value, str):
            return value
        return "" if pd.isna(value) else number.format(value)

    shown = frame.head(MAX_ROWS)
    with pd.option_context("display.max_colwidth", None):
        table = shown.map(cell).to_html(border=0, index=index, classes=css)
    rest = f"<p>{_shown(shown, frame, 'rows')}</p>" if len(shown) < len(frame) else ""
    return f'<div class="side">{table}</div>{rest}'


def _overview(findings, sections):
    rows = []
    for name, images, groups in findings.itertuples():
        title = f'<a href="#{_anchor(name)}">{name}</a>' if images and name in sections else name
        n_groups = "" if pd.isna(groups) else f"{groups:,}"
        rows.append(f"<tr><td>{title}</td><td>{images:,}</td><td>{n_groups}</td></tr>")
    head = "<tr><th>finding</th><th>images</th><th>groups</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _copies_across(result):
    tables = [("Exact copies", result.exact_across), ("Exact or near", result.near_across)]
    body = "".join(f"<div><h3>{title}</h3>{_table(table)}</div>" for title, table in tables)
    about = (
        "How many images of the split on the left have a copy, other than themselves, in the split "
        "above."
    )
    return _section("copies across splits", about, f'<div class="side">{body}</div>')


def _shown(part, whole, what):
    return f"{len(part):,} of {len(whole):,} {what} shown."


def _spread(items, most):
    """Return at most so many of the items, evenly spread over all."""
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
    return f'<p>{_shown(shown, items, what)}</p><div class="pictures">{drawn}</div>'


def _group(group, images):
    shown = _spread(group, MAX_IN_GROUP)
    more = len(group) - len(shown)
    rest = f'<span class="more">and {more} more</span>' if more else ""
    return f'<div class="group">{"".join(_figure(row, images) for row in shown)}{rest}</div>'


def _figure(row, images):
    label, split, name = (escape(str(text)) for text in (row.label, row.split, row.id))
    name = re.sub("([/_])", r"\1<wbr>", name)  # where a long name may break
    uri, is_small = _picture(images[row.Index])
    css = ' class="small"' if is_small else ""
    return (
        f'<figure><img src="{uri}"{css} alt=""><figcaption><b>{label}</b>{split}<br>{name}'
        "</figcaption></figure>"
    )


def _picture(image):
    """Return an image as a PNG in a data URI, and whether it is shown enlarged."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] > 2:
        # OpenCV writes the colours in the order blue, green, red.
        pixels = np.dstack([to_uint8(image[:, :, channel]) for channel in (2, 1, 0)])
    else:
        pixels = to_uint8(image)
    longer = max(pixels.shape[:2])
    if longer > SIDE:
        height, width = (max(1, round(side * SIDE / longer)) for side in pixels.shape[:2])
        pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    data = b64encode(cv2.imencode(".png", pixels)[1]).decode()
    return f"data:image/png;base64,{data}", longer < SIDE
