"""Tables and plot of the best classifier."""

from _common import drawing, read_result
from _markdown import table, where

PLOT = "best_accuracy.svg"


def _percent(score):
    return f"{100 * score['accuracy']:.2f}"


def ms_per_face(case, descriptors):
    """Return what a face costs, all views counted, on one thread."""
    parameters = case["parameters"]
    described = sum(descriptors[name]["ms_per_face"] for name in parameters["weights"])
    return (1 + 4 * parameters["shifts"]) * (described + case["machine_ms_per_face"])


def best(folder):
    """Return the table of the best classifier and of its ablations."""
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
    ablation = [
        [
            name,
            *(_percent(case["scores"]["PublicTest"][key]) for key in ("published", "deduplicated")),
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
        table(["", *header], rows)
        + "\n"
        + table(["PublicTest, %", "published", "dedup.", "fit, s", "ms a face"], ablation)
        + "\n"
        + table(["descriptor", "fit, s", "all images, s", "ms a face"], descriptors)
        + "\nFit counts from the descriptors on. Milliseconds are of one thread and many faces, "
        f"descriptors and all views included. All of it took {result['seconds'] / 60:.0f} minutes "
        f"and {memory:.1f} GiB. {where(result)}.\n"
    )


def plot(folder, pages):
    """Draw the accuracy of each case over its time."""
    result = read_result("fer2013_best", folder)
    if result is None:
        return
    plt = drawing()
    figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for number, (name, case) in enumerate(result["cases"].items()):
        score = 100 * case["scores"]["PublicTest"]["published"]["accuracy"]
        ms = ms_per_face(case, result["descriptors"])
        axes.plot(ms, score, "os^"[number // 10], color=f"C{number % 10}", label=name)
    axes.set(xscale="log", xlabel="ms a face, one thread", ylabel="accuracy on PublicTest, %")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="x-small", loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(pages / PLOT, metadata={"Date": None})
    plt.close(figure)
