"""Table and learning curves of the networks on FER-2013."""

import json
from pathlib import Path

from _common import TRANSFER, drawing
from _markdown import accuracy_cells, table, where

PLOT = "neural_curves.svg"


def read_networks(folder):
    """Return the results of all networks on the published split, sorted by accuracy on PrivateTest.

    Runs that were interrupted before scoring come last.
    """
    results = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("neural_*.json"))]

    def rank(result):
        scores = result["scores"]
        return -scores["PrivateTest"]["published"]["accuracy"] if scores else 0

    return sorted((r for r in results if not r.get("five_classes")), key=rank)


def name_of(result):
    """Return the network, its inputs and, for transfer networks, the initial weights."""
    features = result.get("n_features")
    inputs = f"{features:,} features" if features else f"{result['size']} px"
    if result.get("mirrored"):
        inputs += ", with mirror images"
    if result.get("augmentation"):
        inputs += ", augmented"
    initial = f"; {result['weights']}" if result["network"] in TRANSFER else ""
    return f"`{result['network']}`, {inputs}{initial}"


def _device(result):
    """Return the device that a network was trained on."""
    if not result.get("accelerator"):
        return f"{result['environment']['cores']} cores, {result['backend']}"
    shared = f", 1 of {result['processes']}" if result.get("processes", 1) > 1 else ""
    return f"{result['accelerator'].removeprefix('NVIDIA ')}{shared}, {result['backend']}"


def _row(result):
    return [
        name_of(result),
        f"{result['parameters']:,}",
        f"{result['epochs']} ({result['best_epoch']})",
        f"{result['train_seconds'] / 60:.0f}",
        _device(result),
        *accuracy_cells(result["scores"]),
        "" if result["reported"] is None else f"({result['reported']})",
    ]


def _unfinished(result):
    """Return a phrase about a run that did not complete its schedule."""
    scores = result["scores"]
    if scores:
        accuracy = 100 * scores["PrivateTest"]["published"]["accuracy"]
        reached = f"{accuracy:.2f} % on PrivateTest"
    else:
        best = 100 * result["history"]["val_accuracy"][result["best_epoch"] - 1]
        reached = f"{best:.1f} % on PublicTest, PrivateTest not scored"
    return f"{name_of(result)} ({result['epochs']} of {result['schedule']} epochs: {reached})"


def _five_classes(folder):
    """Return sentences about the five-class protocol, or an empty string."""
    sentences = []
    for path in sorted(Path(folder).glob("neural_*_five.json")):
        result = json.loads(path.read_text())
        test = result["scores"]["Test"]
        low, high = (100 * limit for limit in test["accuracy_interval"])
        sentences.append(
            f"With the five-class 70:30 protocol, `{result['network']}` has an accuracy of "
            f"{100 * test['accuracy']:.2f} % (95 % interval {low:.2f} - {high:.2f}) on "
            f"{test['n']:,} test images and a macro-F1 of {100 * test['macro_f1']:.2f} after "
            f"{result['epochs']} epochs, without duplicates across the split."
        )
    return " ".join(sentences)


def neural(folder):
    """Return the table of the completely trained networks, with the reported accuracies."""
    results = read_networks(folder)
    finished = [result for result in results if result["complete"]]
    others = [_unfinished(result) for result in results if not result["complete"]]
    header = ["accuracy, %", "parameters", "epochs (best)", "min", "trained on", "PublicTest"]
    header += ["dedup.", "PrivateTest", "dedup.", "macro-F1", "reported"]
    notes = {
        f"`{result['network']}` {result['reported']} % {result['caveat']}"
        for result in results
        if result["reported"] is not None
    }
    reported = (
        f"Accuracies reported in the literature are in parentheses: {'; '.join(sorted(notes))}. "
        "They refer to other splits and are not comparable. "
        if notes
        else ""
    )
    left = f"Not in the table because training was cut off: {'; '.join(others)}. " if others else ""
    return table(header, [_row(result) for result in finished]) + (
        f"\nTrained on {results[0]['training_images']:,} images. The epoch with the lowest loss on "
        "PublicTest is kept, so the scores on PublicTest are slightly too high; those on "
        "PrivateTest are not. Minutes were measured while other programs were running. "
        f"{reported}{_five_classes(folder)}\n\n{left}First row: "
        f"{where((finished or results)[0])}.\n"
    )


def plot(folder, pages):
    """Plot the accuracy on PublicTest over the epochs; unfinished runs are dashed."""
    results = read_networks(folder)
    if not results:
        return
    plt = drawing()
    figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for number, result in enumerate(results):
        values = result["history"]["val_accuracy"]
        label = name_of(result).replace("`", "").replace("; random initialization", "")
        if result.get("accelerator") and result["network"] == "five_conv":
            label += f", {result['backend']}"
        axes.plot(
            range(1, len(values) + 1),
            values,
            color=f"C{number % 10}",
            linestyle="-" if result["complete"] else "--",
            label=label,
        )
    axes.set(xlabel="epoch", ylabel="accuracy on PublicTest", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(Path(pages) / PLOT, metadata={"Date": None})
    plt.close(figure)
