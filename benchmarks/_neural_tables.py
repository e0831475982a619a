"""Table and learning curves of the networks on FER-2013."""

import json
from pathlib import Path

from _common import TRANSFER, drawing
from _markdown import accuracy_cells, table, where

from fertools.neural.networks import recipe_of

PLOT = "neural_curves.svg"


def read_networks(folder):
    """Return the results of all networks, sorted by accuracy on PrivateTest.

    Runs of the five-class protocol, and runs that were cut off before scoring, come last.
    """
    results = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("neural_*.json"))]

    def rank(result):
        scores = (result["scores"] or {}).get("PrivateTest")
        return -scores["published"]["accuracy"] if scores else 0

    # neural_speed.json is the result of another script.
    return sorted((result for result in results if "network" in result), key=rank)


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


def device_of(result):
    """Return the device, the backend and the type of numbers that a network was trained with."""
    if result.get("accelerator"):
        shared = f", 1 of {result['processes']}" if result.get("processes", 1) > 1 else ""
        device = f"{result['accelerator'].removeprefix('NVIDIA ')}{shared}"
    else:
        environment = result["environment"]
        # Each library has one thread if the script was started with OMP_NUM_THREADS=1.
        one = all(library.endswith(", 1 threads") for library in environment["blas"])
        device = "1 core" if one else f"{environment['cores']} cores"
    return ", ".join(filter(None, [device, result["backend"], result["mixed_precision"]]))


def _row(result):
    reported = recipe_of(result["network"]).reported
    return [
        name_of(result),
        f"{result['parameters']:,}",
        f"{result['epochs']} ({result['best_epoch']})",
        f"{result['train_seconds'] / 60:.0f}",
        device_of(result),
        *accuracy_cells(result["scores"]),
        f"{100 * max(result['history']['val_accuracy']):.2f}",
        "" if reported is None else f"({reported})",
    ]


def _five_classes(results):
    """Return a sentence per network that was trained with the five-class protocol."""
    sentences = []
    for result in results:
        test = result["scores"]["Test"]
        low, high = (100 * limit for limit in test["accuracy_interval"])
        sentences.append(
            f"With the five-class 70:30 protocol, `{result['network']}` has an accuracy of "
            f"{100 * test['accuracy']:.2f} % (95 % interval {low:.2f} - {high:.2f}) on "
            f"{test['n']:,} test images and a macro-F1 of {100 * test['macro_f1']:.2f} after "
            f"{result['epochs']} epochs, without duplicates across the split. "
        )
    return "".join(sentences)


def _reported(results):
    """Return the accuracies that the reports state, with what they were measured on."""
    names = sorted({result["network"] for result in results})
    recipes = {name: recipe_of(name) for name in names if recipe_of(name).reported is not None}
    if not recipes:
        return ""
    notes = (f"`{name}` {one.reported:g} % on {one.caveat}" for name, one in recipes.items())
    return (
        "Accuracies that the reports state are in parentheses. They were measured on other images "
        f"than ours and are not comparable: {'; '.join(notes)}. "
    )


def _criterion(results):
    """Return what the kept epochs of the networks have in common, and which are exceptions."""
    # Runs before the parameter existed kept the epoch with the lowest loss.
    by_accuracy = [one for one in results if one.get("monitor") == "accuracy"]
    if len(by_accuracy) == len(results):
        return "highest accuracy"
    names = dict.fromkeys(f"`{one['network']}`" for one in by_accuracy)
    chosen = f" (of {', '.join(names)}, the highest accuracy)" if names else ""
    return f"lowest loss{chosen}"


def _unfinished(results):
    """Return a sentence about the runs that did not complete their schedule."""
    if not results:
        return ""
    runs = (
        f"{name_of(result)}{', five classes' if result.get('five_classes') else ''} "
        f"({result['epochs']} of {result['schedule']} epochs)"
        for result in results
    )
    return f"Not in the table because their training was cut off: {'; '.join(runs)}.\n"


def neural(folder):
    """Return the table of the completely trained networks, with the reported accuracies."""
    results = read_networks(folder)
    complete = [result for result in results if result["complete"]]
    rows = [result for result in complete if not result.get("five_classes")]
    five = [result for result in complete if result.get("five_classes")]
    header = ["accuracy, %", "parameters", "epochs (best)", "min", "trained with", "PublicTest"]
    header += ["dedup.", "PrivateTest", "dedup.", "macro-F1", "highest", "reported"]
    return table(header, [_row(result) for result in rows]) + (
        f"\nTrained on {results[0]['training_images']:,} images. The epoch with the "
        f"{_criterion(rows)} on PublicTest is kept, so the scores on PublicTest are slightly too "
        "high; those on PrivateTest are not. Highest: the accuracy on PublicTest of the most "
        "accurate epoch. It may be a later one than that with the lowest loss, because a few "
        "confident errors can raise the loss while the accuracy still rises. Minutes were "
        'measured while other programs were running. "1 of 11": one of eleven networks that were '
        "trained at the same time on one GPU. "
        f"{_reported(rows)}{_five_classes(five)}First row: {where((rows or results)[0])}.\n\n"
        f"{_unfinished([result for result in results if not result['complete']])}"
    )


def plot(folder, pages):
    """Plot the accuracy on PublicTest over the epochs; unfinished runs are dashed."""
    results = [result for result in read_networks(folder) if not result.get("five_classes")]
    if not results:
        return
    plt, names = drawing(), [name_of(result) for result in results]
    figure, axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for number, result in enumerate(results):
        values = result["history"]["val_accuracy"]
        label = name_of(result).replace("`", "").replace("; random initialization", "")
        if names.count(name_of(result)) > 1:
            label += f", {result['backend']}"
        axes.plot(
            range(1, len(values) + 1),
            values,
            color=f"C{number % 10}",
            linestyle="-" if result["complete"] else "--",
            marker="" if number < 10 else "os"[number // 10 % 2],
            markevery=4,
            markersize=4,
            label=label,
        )
    axes.set(xlabel="epoch", ylabel="accuracy on PublicTest", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(Path(pages) / PLOT, metadata={"Date": None})
    plt.close(figure)
