"""Find fonts for class names in any script."""

import unicodedata
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont, features

# Fonts of common systems in order of preference; Pillow searches the folders of the system.
_SYSTEM_FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "arial.ttf",
    "Arial.ttf",
    "Arial Unicode.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "msyh.ttc",
    "msgothic.ttc",
    "malgun.ttf",
    "PingFang.ttc",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
)
# Unassigned in Unicode, so that every font draws its replacement glyph.
_UNASSIGNED = "\U0010fffe"
_MAX_LENGTH = 40  # Longer class names are cut.


def has_complex_layout():
    """Return whether Pillow can lay out right-to-left and combining scripts."""
    return features.check("raqm") and features.check("fribidi")


def find_font(names, font=None):
    """Choose a font for class names, and a label that can be drawn for each name.

    Parameters
    ----------
    names : iterable of str
        Class names.
    font : str, path-like or None, default=None
        File of a TrueType or OpenType font. None means Pillow's own font for ASCII names, and
        otherwise the font of matplotlib or a common system font that covers most names.

    Returns
    -------
    path : str or None
        Font file; None means Pillow's own font.
    labels : dict of str to str
        Name, cut to 40 characters; or "class 2" for the third of `names` if its characters cannot
        be drawn.

    Raises
    ------
    ValueError
        If `font` cannot be read.

    Warns
    -----
    UserWarning
        If a name cannot be drawn.
    """
    names = list(dict.fromkeys(names))
    texts = {name: _printable(name) for name in names}
    if font is not None:
        path = _check_font(font)
    elif all(text.isascii() for text in texts.values()):
        path = None
    else:
        paths = _installed_fonts()
        path = max(paths, key=lambda path: sum(_can_draw(path, t) for t in texts.values()))
    missing = [name for name, text in texts.items() if not _can_draw(path, text)]
    labels = {
        name: f"class {index}" if name in missing else _isolated(texts[name])
        for index, name in enumerate(names)
    }
    if missing:
        replaced = ", ".join(f"{name!r} as {labels[name]!r}" for name in missing)
        warnings.warn(
            f"Class names are replaced in the image: {replaced}. {_advice(missing, texts)}",
            stacklevel=4,
        )
    return path, labels


@cache
def load_font(path, height):
    """Load a font with capital letters of `height` pixels; None means Pillow's own font."""
    return _load(path, max(1, round(height * 100 / -_load(path, 100).getbbox("H", anchor="ls")[1])))


def _load(path, size):
    return ImageFont.load_default(size) if path is None else ImageFont.truetype(path, size)


def _check_font(font):
    try:
        # Pillow would search the folders of the system for other names.
        if not Path(font).is_file():
            raise OSError("there is no such file")
        _load(str(font), 100)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"font must be a TrueType or OpenType file; {str(font)!r} cannot be read ({error})."
        ) from error
    return str(font)


@cache
def _installed_fonts():
    found = [None]
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin:
        path = Path(matplotlib.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"
        found += [str(path)] if path.is_file() else []
    for name in _SYSTEM_FONTS:
        try:
            found.append(ImageFont.truetype(name).path)
        except OSError:
            continue
    return found


def _printable(name):
    text = unicodedata.normalize("NFC", name)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1]}\N{HORIZONTAL ELLIPSIS}"


def _is_complex(text):
    """Return whether text is right-to-left or has combining characters."""
    return any(
        unicodedata.bidirectional(c) in ("R", "AL") or unicodedata.category(c).startswith("M")
        for c in text
    )


def _isolated(text):
    """Add a mark that keeps numbers to the right of a right-to-left name."""
    return f"{text}\N{LEFT-TO-RIGHT MARK}" if _is_complex(text) else text


@cache
def _can_draw(path, text):
    if _is_complex(text) and not has_complex_layout():
        return False
    font = _load(path, 24)
    replacement = bytes(font.getmask(_UNASSIGNED))
    # Spaces, joiners and combining marks have no glyph of their own.
    visible = (c for c in text if unicodedata.category(c) not in ("Zs", "Cf", "Mn", "Mc", "Me"))
    return all(bytes(font.getmask(c)) != replacement for c in visible)


def _advice(missing, texts):
    if any(_is_complex(texts[name]) for name in missing) and not has_complex_layout():
        return (
            "Right-to-left and combining scripts need Pillow with Raqm and the FriBiDi library: "
            "install libfribidi, and pass font=, a font with these characters."
        )
    return "No installed font has these characters: pass font=, the file of a font that has them."
