"""Tables in Markdown."""


def table(header, rows):
    """Return a table; the first column is of words, the others of numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def where(result):
    """Return machine and versions of a result in a line."""
    about = result["environment"]
    versions = about["versions"]
    return (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB; Python "
        f"{versions['python']}, scikit-learn {versions['scikit-learn']}, NumPy {versions['numpy']}"
    )
