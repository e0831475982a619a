"""Markdown tables."""


def table(header, rows):
    """Return a table with a left-aligned first column and right-aligned other columns."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def where(result):
    """Return the computer and the versions of a result."""
    about = result["environment"]
    versions = about["versions"]
    return (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB; Python "
        f"{versions['python']}, scikit-learn {versions['scikit-learn']}, NumPy {versions['numpy']}"
    )


def accuracy_cells(scores):
    """Return cells with the accuracy on both test splits and the macro-F1 on PrivateTest."""
    cells = []
    for usage in ("PublicTest", "PrivateTest"):
        both = scores[usage]
        cells += [f"{100 * both[key]['accuracy']:.2f}" for key in ("published", "deduplicated")]
    return [*cells, f"{100 * scores['PrivateTest']['published']['macro_f1']:.2f}"]
