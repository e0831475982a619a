"""Table and reliability diagrams of the shipped models."""

import numpy as np
from _common import drawing, read_result
from _markdown import table, where

from fertools.plotting import ReliabilityDisplay

PLOT = "reliability.svg"


def pretrained(folder):
    """Return the table of accuracy, calibration, time and size of the shipped models."""
    result, best = (read_result(name, folder) for name in ("pretrained", "fer2013_best"))
    header = [
        "model",
        "below best",
        "log loss",
        "ECE",
        "coverage",
        "labels per set",
        "ms per face, batch",
        "ms per face, single",
        "MB",
        "load, s",
    ]
    rows = []
    for name, about in result["models"].items():
        judged = about["PrivateTest"]
        rows.append(
            [
                f"`{name}`",
                f"{below(about, best):.2f}" if best else "",
                f"{judged['log_loss']:.3f}",
                f"{judged['ece']:.3f}",
                f"{100 * judged['coverage']:.1f} %",
                f"{judged['labels_in_a_set']:.2f}",
                f"{about['ms_per_face']:.2f}",
                f"{about['ms_of_one_face']:.1f}",
                f"{about['model_bytes'] / 1e6:.1f}",
                f"{about['load_seconds']:.2f}",
            ]
        )
    [coverage] = {about["stated_coverage"] for about in result["models"].values()}
    return table(header, rows) + (
        "\nBelow best: accuracy on PublicTest, in percentage points below "
        "[the best classifier](../benchmarks.md#the-best-classifier). Log loss, expected "
        "calibration error (ECE) and prediction sets, with a nominal coverage of "
        f"{coverage:.0%}, were measured on PrivateTest. Milliseconds are measured on one thread, "
        "from the crop to the probabilities. Load: `load_pretrained` in a new process, after "
        "`import fertools.persistence`, which takes "
        f"{np.mean([about['import_seconds'] for about in result['models'].values()]):.1f} s, "
        f"nearly all of it for scikit-learn, SciPy and skops. {where(result)}.\n"
    )


def below(about, best, key="published"):
    """Return the accuracy on PublicTest, in points below that of the best classifier."""
    ours, theirs = (
        scores["PublicTest"][key]["accuracy"]
        for scores in (about["scores"], best["cases"]["best"]["scores"])
    )
    return 100 * (theirs - ours)


def plot(folder, pages):
    """Plot the reliability diagram of each model."""
    result = read_result("pretrained", folder)
    if result is None:
        return
    models = result["models"]
    plt = drawing()
    figure, axes = plt.subplots(
        1, len(models), figsize=(4.2 * len(models), 4.2), layout="constrained", squeeze=False
    )
    for axis, (name, about) in zip(axes[0], models.items(), strict=True):
        bins = {key: np.array(of) for key, of in about["PrivateTest"]["reliability"].items()}
        ReliabilityDisplay(**bins).plot(axis)
        axis.set_title(f"{name}: {axis.get_title()}")
    figure.savefig(pages / PLOT, metadata={"Date": None})
    plt.close(figure)
