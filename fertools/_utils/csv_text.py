"""Convert tables with text of unknown origin to CSV."""

from contextlib import suppress

from .text import printable

# Spreadsheets compute cells that start with these characters, which exist in two widths.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def csv_text(frame, *, header=True):
    """Return a table as CSV.

    Text is made printable, and cells that a spreadsheet would compute as a formula are escaped.

    Parameters
    ----------
    frame : DataFrame
    header : bool, default=True
        Whether to begin with the names of the columns.

    Returns
    -------
    str
    """
    frame = frame.rename(columns=csv_cell)
    for name in frame.columns:
        if frame[name].dtype.kind == "O":
            frame[name] = frame[name].map(csv_cell, na_action="ignore")
    return frame.to_csv(index=False, header=header, lineterminator="\n")


def csv_cell(value):
    """Escape text for a CSV cell; a leading apostrophe keeps a spreadsheet from computing it."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    if text.startswith(_FORMULA) and not (text[0] == "-" and _is_number(text)):
        return f"'{text}"
    return text


def _is_number(text):
    with suppress(ValueError):
        float(text)
        return True
    return False
