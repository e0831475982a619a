"""Self-contained HTML pages, with embedded style and pictures."""

import re
from base64 import b64encode
from html import escape as escape_html

import cv2
import numpy as np
import pandas as pd

from .._utils.images import resize, to_uint8
from .._utils.text import printable

# Maximum number of rows shown of a table.
MAX_ROWS = 100
# Size of the pictures on the page. Larger images are shrunk; the browser enlarges smaller ones.
SIDE = 96

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1c2430; --soft: #5c6675; --line: #d9dee6;
  --paper: #ffffff; --card: #f5f7fa; --accent: #1f5fbf; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e6e9ee; --soft: #9aa5b4; --line: #343c48;
  --paper: #14181e; --card: #1d232c; --accent: #84b3ff; }} }}
body {{ margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 68rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }}
h1 {{ margin: 0; font-size: 1.8rem; overflow-wrap: anywhere; }}
h2 {{ margin: 3rem 0 .25rem; padding-top: 1rem; border-top: 1px solid var(--line);
  font-size: 1.25rem; }}
h3 {{ margin: 0 0 .25rem; font-size: 1rem; overflow-wrap: anywhere; }}
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
.pictures figure {{ margin: 0; width: {side}px; }}
.pictures img {{ display: block; width: {side}px; height: {side}px; object-fit: contain;
  background: #808080; }}
img.small {{ image-rendering: pixelated; }}
figcaption, .more {{ font-size: .72rem; line-height: 1.3; color: var(--soft);
  overflow-wrap: anywhere; }}
figcaption b {{ display: block; font-size: .8rem; color: var(--ink); }}
{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def escape(text):
    """Escape untrusted text for HTML, including control and bidirectional characters."""
    return escape_html(printable(text))


def make_page(title, body, style=""):
    """Return a page as text.

    `title` is escaped; `body` is HTML and `style` additional CSS.
    """
    return _PAGE.format(title=escape(title), body=body, style=style, side=SIDE)


def anchor(name):
    """Return the HTML id of the section with this name."""
    return name.replace(" ", "-")


def section(name, about, body):
    """Return a section with a heading, an introductory sentence and its HTML body."""
    title = name[0].upper() + name[1:]
    return f'<section><h2 id="{anchor(name)}">{title}</h2>\n<p>{about}</p>\n{body}\n</section>'


def shown_of(part, whole, what):
    """Return a sentence with the number of items shown."""
    return f"{len(part):,} of {len(whole):,} {what} shown."


def make_table(frame, number="{:,}", *, index=True, css="numbers"):
    """Return the first rows of a DataFrame as an HTML table with escaped names."""

    def text(value):
        return printable(value) if isinstance(value, str) else value

    def cell(value):
        if isinstance(value, str):
            return printable(value)
        return "" if pd.isna(value) else number.format(value)

    shown = frame.head(MAX_ROWS).rename(index=text, columns=text)
    with pd.option_context("display.max_colwidth", None):
        table = shown.map(cell).to_html(border=0, index=index, classes=css)
    rest = f"<p>{shown_of(shown, frame, 'rows')}</p>" if len(shown) < len(frame) else ""
    return f'<div class="side">{table}</div>{rest}'


def make_figure(image, label, lines, alt=""):
    """Return a picture with its label and lines of text below it, all escaped."""
    # Allow line breaks in long names.
    lines = [re.sub("([/_])", r"\1<wbr>", escape(str(line))) for line in lines]
    uri, is_small = _picture(image)
    css = ' class="small"' if is_small else ""
    return (
        f'<figure><img src="{uri}"{css} alt="{escape(alt)}"><figcaption><b>{escape(str(label))}'
        f"</b>{'<br>'.join(lines)}</figcaption></figure>"
    )


def data_uri(content, kind):
    """Return a data URI of bytes of a MIME type such as "image/png"."""
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _picture(image):
    """Return an image as a data URI of a PNG, and whether the browser enlarges it."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] > 2:
        # OpenCV expects the channels in the order blue, green, red.
        pixels = np.dstack([to_uint8(image[:, :, channel]) for channel in (2, 1, 0)])
    else:
        pixels = to_uint8(image)
    longer = max(pixels.shape[:2])
    if longer > SIDE:
        pixels = resize(pixels, tuple(max(1, round(s * SIDE / longer)) for s in pixels.shape[:2]))
    return data_uri(cv2.imencode(".png", pixels)[1].tobytes(), "image/png"), longer < SIDE
