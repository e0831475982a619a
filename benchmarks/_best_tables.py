"""Tables and plot of the best classifier and its ablations."""

from _common import drawing, read_result
from _markdown import table, where

PLOT = "best_accuracy.svg"


def _percent(score):
    return f"{100 * score['accuracy']:.2f}"


def _left_out(case):
    return f"{100 * case['leave_one_out']:.2f}" if "leave_one_out" in case else "-"


def ms_per_face(case, descriptors):
    """Return the milliseconds per face on one thread, including all views."""
    parameters = case["parameters"]
    described = sum(descriptors[name]["ms_per_face"] for name in parameters["weights"])
    return (1 + 4 * parameters["shifts"]) * (described + case["classifier_ms_per_face"])


def best(folder):
    """Return the tables of the best classifier, its ablations and its descriptors."""
    result = read_result("fer2013_best", folder)
    cases = result["cases"]
    scored = {name: case["scores"] for name, case in cases.items()}
    final = {name: scores for name, scores in scored.items() if "PrivateTest" in scores}
    header = ["accuracy, %", "95 % interval", "macro-F1", "images"]
    rows = [
        [
            f"{name}: {usage}, {key}",
            _percent(score),
            " - ".join(f"{100 * limit:.2f}" for limit in score["accuracy_interval"]),
            f"{100 * score['macro_f1']:.2f}",
            f"{score['n']:,}",
        ]
        for name, scores in final.items()
        for usage, both in scores.items()
        for key, score in both.items()
    ]
    left_out = ["leave-one-out"] if any("leave_one_out" in c for c in cases.values()) else []
    ablation = [
        [
            name,
            *(_percent(case["scores"]["PublicTest"][key]) for key in ("published", "deduplicated")),
            *([_left_out(case)] if left_out else []),
            f"{case['fit_seconds']:.0f}",
            f"{ms_per_face(case, result['descriptors']):.1f}",
        ]
        for name, case in cases.items()
    ]
    descriptors = [
        [
            name,
            f"{about['fit_seconds']:.0f}",
            f"{about['seconds']:.0f}",
            f"{about['ms_per_face']:.1f}",
        ]
        for name, about in result["descriptors"].items()
    ]
    memory = max(case.get("peak_memory_gib", 0) for case in cases.values())
    return (
        table(["classifier", *header], rows)
        + "\n"
        + table(
            ["PublicTest, %", "published", "dedup.", *left_out, "fit, s", "ms per face"],
            ablation,
        )
        + "\n"
        + table(["descriptor", "fit, s", "all images, s", "ms per face"], descriptors)
        + "\nFit times start from the descriptors. Milliseconds are measured on one thread in a "
        "batch, including descriptors and all views. In total, the script took "
        f"{result['seconds'] / 60:.0f} minutes and {memory:.1f} GiB. {where(result)}.\n"
    )


def plot(folder, pages):
    """Plot the accuracy of each case over its prediction time."""
    result = read_result("fer2013_best", folder)
    if result is None:
        return
    plt = drawing()
    figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for number, (name, case) in enumerate(result["cases"].items()):
        score = 100 * case["scores"]["PublicTest"]["published"]["accuracy"]
        ms = ms_per_face(case, result["descriptors"])
        axes.plot(ms, score, "os^"[number // 10], color=f"C{number % 10}", label=name)
    axes.set(xscale="log", xlabel="ms per face, one thread", ylabel="accuracy on PublicTest, %")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="x-small", loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(pages / PLOT, metadata={"Date": None})
    plt.close(figure)


def word_layers(folder):
    """Return the table of one and two layers of visual words on a part of the faces."""
    result = read_result("word_layers", folder)
    rows = [
        [
            name,
            f"{100 * case['leave_one_out']:.1f}",
            f"{100 * case['public_test']:.1f}",
            f"{case['ms_per_face']:.1f}" if "ms_per_face" in case else "-",
        ]
        for name, case in result["cases"].items()
    ]
    some = next(iter(result["cases"].values()))
    return table(["accuracy, %", "leave-one-out", "PublicTest", "ms per face"], rows) + (
        f"\n{result['n_training']:,} faces of Training; leave-one-out counts the "
        f"{some['n_leave_one_out']:,} of them that have no duplicate. {some['n_public_test']:,} "
        f"faces of PublicTest. {result['n_components']} principal components per descriptor; "
        f"kernel ridge with alpha = {result['alpha']}. Milliseconds of the descriptor "
        f"on one thread in a batch, while other programs were running. {where(result)}.\n"
    )
