"""Make text from outside, such as file names, safe to print and to store."""

import unicodedata
from dataclasses import is_dataclass, replace

# Control characters (escape sequences), format characters (bidirectional overrides), lone
# surrogates (bytes that are not UTF-8), and line and paragraph separators.
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Parts of emoji and of Indic and Persian words.
_JOINERS = "\u200c\u200d"
_MAX_LENGTH = 500


def printable(text):
    r"""Replace characters that are not safe to print by backslash escapes.

    These are control characters, such as line breaks and escape sequences of terminals, invisible
    format characters, such as bidirectional overrides, and lone surrogates, which represent bytes
    of file names that are not UTF-8. Other characters are not changed.

    Parameters
    ----------
    text : str
        Text.

    Returns
    -------
    str
        Text that can be encoded as UTF-8.

    Examples
    --------
    >>> from fertools._utils.text import printable
    >>> print(printable("\x1b[31mred.jpg"), printable("caf\udce9.jpg"), printable("café.jpg"))
    \x1b[31mred.jpg caf\udce9.jpg café.jpg
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        ascii(char)[1:-1]
        if unicodedata.category(char) in _UNSAFE and char not in _JOINERS
        else char
        for char in text
    )


def encodable(text):
    r"""Replace lone surrogates, which pandas does not support, by backslash escapes.

    Parameters
    ----------
    text : str
        Text.

    Returns
    -------
    str
        Converted text.

    Examples
    --------
    >>> from fertools._utils.text import encodable
    >>> print(encodable("caf\udce9.jpg"))
    caf\udce9.jpg
    """
    return text.encode("utf-8", "backslashreplace").decode()


def encodable_names(value):
    """Apply `encodable` to all strings in nested lists, tuples, dicts and dataclasses."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable_names(key): encodable_names(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [encodable_names(entry) for entry in value]
    if type(value) is tuple:
        return tuple(encodable_names(entry) for entry in value)
    if is_dataclass(value):
        return replace(value, **{key: encodable_names(entry) for key, entry in vars(value).items()})
    return value


def requirement(problem, value):
    """Return an error of Pydantic about a number or a choice as a rule and the value.

    Parameters
    ----------
    problem : dict
        Entry of the list of errors.
    value : str
        Value in the message.

    Returns
    -------
    str
    """
    rule = problem["msg"].replace("Input should", "must").partition(", unable to")[0]
    return f"{rule}; got {value if problem['type'].endswith('_equal') else repr(value)}."


def one_line(text):
    r"""Convert a message to one printable line; the middle of very long words is cut out.

    Parameters
    ----------
    text : str
        Text.

    Returns
    -------
    str
        Converted text.

    Examples
    --------
    >>> from fertools._utils.text import one_line
    >>> print(one_line("photo\x07.jpg: the file\n  is empty."))
    photo\x07.jpg: the file is empty.
    """
    lines = [line.strip() for line in text.strip().split("\n")]
    words = " ".join(filter(None, lines)).split(" ")
    return printable(" ".join(map(shortened, words)))


def shortened(text, max_length=_MAX_LENGTH):
    """Cut out the middle of a long text, such as an image in base64.

    Parameters
    ----------
    text : str
        Text.
    max_length : int, default=500
        Largest length of text that is not shortened.

    Returns
    -------
    str
        Converted text.

    Examples
    --------
    >>> from fertools._utils.text import shortened
    >>> shortened("iVBORw0KGgo" * 100, max_length=20)
    'iVBORw0K...w0KGgo'
    """
    if len(text) <= max_length:
        return text
    return f"{text[: max_length * 2 // 5]}...{text[-(max_length * 3 // 10) :]}"
