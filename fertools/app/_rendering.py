"""Results as HTML for the page."""

from pathlib import Path

from .._utils.text import printable
from ..reports._html import escape, make_table

# Faces with bars; all faces are in the picture.
MAX_FACES = 24

NOTICE = (
    "<p><b>People whose faces you analyze must be informed</b> that such a system is used "
    "(EU AI Act, Article 50(3), from 2 August 2026). Inferring emotions at work and in education "
    "is prohibited, except for medical or safety reasons (Article 5(1)(f)). The page names the "
    "expression that a face shows, not what a person feels.</p>"
)
STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def message(text, kind="note"):
    """Return a sentence as HTML; `kind` is "note" or "problem"."""
    role = ' role="alert"' if kind == "problem" else ""
    return f'<p class="fer-{kind}"{role}>{escape(text)}</p>'


def faces_html(faces):
    """Return the expressions of faces with a bar per probability.

    Parameters
    ----------
    faces : list of RecognizedFace

    Returns
    -------
    str
    """
    cards = [_card(number, face) for number, face in enumerate(faces[:MAX_FACES], start=1)]
    more = len(faces) - MAX_FACES
    rest = message(f"{more} more faces are only in the picture.") if more > 0 else ""
    return f'<div class="fer-faces">{"".join(cards)}</div>{rest}'


def _card(number, face):
    answer = face.expression or f"uncertain (most probable: {most_probable(face.probabilities)})"
    order = sorted(face.probabilities.items(), key=lambda item: -item[1])
    bars = "".join(_bar(name, probability, name == face.expression) for name, probability in order)
    about = ""
    if face.expressions is not None:
        names = ", ".join(map(escape, face.expressions)) or "none"
        about = f'<p class="fer-set">Prediction set: {names}</p>'
    return (
        f'<section class="fer-face"><h3>Face {number}: {escape(answer)} '
        f"<span>{face.probability:.0%}</span></h3>{bars}{about}</section>"
    )


def most_probable(probabilities):
    """Return the class with the largest probability."""
    return max(probabilities, key=probabilities.get)


def _bar(name, probability, is_answer):
    mark = " fer-answer" if is_answer else ""
    return (
        f'<div class="fer-row{mark}"><span class="fer-name">{escape(name)}</span>'
        f'<span class="fer-track"><span class="fer-bar" style="width: {probability:.1%}"></span>'
        f'</span><span class="fer-number">{probability:.0%}</span></div>'
    )


def limits_html(name, limits):
    """Return the limits of a model as HTML."""
    text = limits or "The author of this model states no limits; do not rely on it."
    return f'<p class="fer-limits"><b>Limits of {escape(printable(name))}.</b> {escape(text)}</p>'


def table_html(frame):
    """Return the first rows of the results of `ExpressionRecognizer.to_frame` as HTML."""
    table = frame[["source", "status", "face", "expression", "probability", "reason"]].copy()
    table["face"] = (table["face"] + 1).astype(object)
    table["probability"] = table["probability"].map("{:.0%}".format, na_action="ignore")
    return f'<div class="fer-table">{make_table(table, "{}", index=False, css="text")}</div>'


def counted(number, noun):
    """Return a number and a noun, in the plural except for 1."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
