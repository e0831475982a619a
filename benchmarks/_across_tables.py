"""Tables of the shipped models and of other methods on photos of other data sets."""

from _common import is_complete, read_result
from _markdown import table, where

LABELS = {
    "boxes of the detector": "as detected",
    "refined crops": "refined",
    "refined crops and priors": "refined, priors",
}


def _percent(value):
    return f"{100 * value:.1f}"


def score_on_photos(result, dataset, name, variant="refined crops and priors"):
    """Return the scores of a method with the wide search.

    Parameters
    ----------
    result : dict
        Content of across.json.
    dataset : str
    name : str
        Shipped model or other method.
    variant : str
        Key of `LABELS`.

    Returns
    -------
    dict or None
        None if they were not measured.
    """
    found = result["datasets"].get(dataset, {})
    case = found.get("models", {}).get(name) or found.get("methods", {}).get(name)
    return case["variants"]["wide search"].get(variant) if case else None


def across(folder):
    """Return the table of accuracies by data set, model, search and treatment of the crops."""
    result = read_result("across", folder)
    header = ["data set", "model", "search", "found, %"]
    header += [f"{label}: accuracy (macro-F1), %" for label in LABELS.values()]
    rows = []
    for name, data in result["datasets"].items():
        for model, scores in data["models"].items():
            for search, variants in scores["variants"].items():
                cells = [name, f"`{model}`", search, _percent(variants["found"])]
                for variant in LABELS:
                    score = variants[variant]
                    cells.append(f"{_percent(score['accuracy'])} ({_percent(score['macro_f1'])})")
                rows.append(cells)
    sizes = ", ".join(f"{name} {data['photos']:,}" for name, data in result["datasets"].items())
    return table(header, rows) + f"\nPhotos: {sizes}. {where(result)}.\n"


def _with_interval(score):
    """Return an accuracy with its interval and the macro-F1; empty if it was not measured."""
    if score is None:
        return ["", ""]
    low, high = map(_percent, score["interval"])
    return [f"{_percent(score['accuracy'])} ({low} - {high})", _percent(score["macro_f1"])]


def across_methods(folder):
    """Return the table of all methods on the same crops, sorted by accuracy on the first data."""
    result = read_result("across", folder)
    datasets = result["datasets"]
    names = {name for data in datasets.values() for name in data.get("methods", {})}
    names |= {name for data in datasets.values() for name in data["models"]}
    header, plain = ["wide search"], "refined crops"
    for dataset in datasets:
        header += [f"{dataset}, % (95 % interval)", "macro-F1", "with priors, %", "macro-F1"]
    rows = {}
    for name in filter(lambda name: is_complete(name, folder), names):
        cells = [f"`{name}`"]
        for dataset in datasets:
            for variant in (plain, "refined crops and priors"):
                cells += _with_interval(score_on_photos(result, dataset, name, variant))
        rows[name] = cells

    def rank(name):
        first = score_on_photos(result, next(iter(datasets)), name, plain)
        return -first["accuracy"] if first else 0, name

    return table(header, [rows[name] for name in sorted(rows, key=rank)]) + (
        "\nAll methods classify crops of the same faces, *refined* by the aligner of the shipped "
        "model or, for other methods, by that of `fast`. "
        f"{where(result)}.\n"
    )


def across_margins(folder):
    """Return the table of accuracies by the margin around the detected box."""
    result = read_result("across", folder)
    margins = next(iter(next(iter(result["datasets"].values()))["models"].values()))["margins"]
    header = ["data set", "model", "crops", *(f"margin {margin}" for margin in margins)]
    rows = [
        [
            name,
            f"`{model}`",
            LABELS[variant],
            *(
                _percent(by_variant[variant]["accuracy"])
                for by_variant in scores["margins"].values()
            ),
        ]
        for name, data in result["datasets"].items()
        for model, scores in data["models"].items()
        for variant in ("boxes of the detector", "refined crops")
    ]
    return table(header, rows)


def across_groups(folder):
    """Return the table of accuracies by group of people."""
    result = read_result("across", folder)
    rows = [
        [
            name,
            f"`{model}`",
            row["column"].removeprefix("face_"),
            row["group"],
            str(row["n"]),
            _percent(row["accuracy"]),
            f"{_percent(row['lower'])} to {_percent(row['upper'])}",
        ]
        for name, data in result["datasets"].items()
        for model, scores in data["models"].items()
        for row in scores.get("groups", [])
    ]
    header = ["data set", "model", "people by", "group", "photos", "accuracy, %", "95 % interval"]
    return table(header, rows)


def across_confidence(folder):
    """Return the table of the probabilities and the sets of labels on other data sets."""
    result = read_result("across", folder)
    rows = [
        [
            name,
            f"`{model}`",
            _percent(scores["mean_probability"]),
            _percent(scores["accuracy_of_found"]),
            _percent(scores["coverage_of_sets"]),
            f"{scores['labels_in_a_set']:.2f}",
        ]
        for name, data in result["datasets"].items()
        for model, scores in data["models"].items()
    ]
    header = ["data set", "model", "mean probability, %", "accuracy of found faces, %"]
    header += ["coverage of the sets, %", "labels in a set"]
    return table(header, rows) + "\nThe nominal coverage of the sets is 90 %.\n"


def card_paragraph(model, folder):
    """Return a paragraph of a model card about other data sets; empty without results."""
    result = read_result("across", folder)
    if result is None:
        return ""
    parts = []
    for name, data in result["datasets"].items():
        scores = data["models"].get(model)
        if scores:
            best = scores["variants"]["wide search"]["refined crops and priors"]
            low, high = best["interval"]
            parts.append(
                f"{name} ({data['photos']:,} photos): accuracy {_percent(best['accuracy'])} % "
                f"({_percent(low)} to {_percent(high)}), macro-F1 {_percent(best['macro_f1'])} %; "
                f"sets with a nominal coverage of 90 % contain the label for "
                f"{_percent(scores['coverage_of_sets'])} %"
            )
    return (
        "**Other data sets.** From the photo to the label, with the priors for photos of "
        f"`ExpressionRecognizer`: {'; '.join(parts)}. The priors and settings of the model were "
        "chosen on these photos, so that these figures are optimistic. Scores by gender, age and "
        "ethnicity are in docs/benchmarks.md.\n\n"
    )
