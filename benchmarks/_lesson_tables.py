"""Table and conclusions of the lesson on hand-crafted features and networks."""

import numpy as np
from _across_tables import score_on_photos
from _common import read_result
from _comparison_tables import best_first, format_cell, size_note
from _markdown import table
from _neural_tables import device_of

# Hand-crafted methods of the lesson, in its order.
HAND_CRAFTED = ("accurate", "fast", "svm")
PEER = "fer"
PHOTOS = "wild.zip"
# Networks on features are not compared with features.
ON_FEATURES = ("ann", "conv1d")


def paired_difference(first, second, use):
    """Return the difference of the accuracies of two methods on the same samples.

    Parameters
    ----------
    first, second : MethodResult
    use : ndarray of bool
        Samples to count.

    Returns
    -------
    difference, lower, upper : float
        With the Wald interval of a difference of paired proportions, 95 %.
    """
    right, other = ((case.predicted == case.truth)[use] for case in (first, second))
    differences = right.astype(float) - other
    mean, error = differences.mean(), differences.std() / np.sqrt(use.sum())
    return mean, mean - 1.96 * error, mean + 1.96 * error


def mean_under_distortion(result, name):
    """Return the mean accuracy over all levels of all distortions, or None if not measured."""
    method = result["methods"].get(name, {}) if result else {}
    if not result or not result["levels"].keys() <= method.keys():
        return None
    return float(np.mean([np.mean(method[distortion]) for distortion in result["levels"]]))


def _of_networks(found, folder):
    """Return the names of the networks on images in the comparison, the best first."""
    return [
        name
        for name in found.results
        if read_result(f"neural_{name}", folder) and name not in ON_FEATURES
    ]


def _percent(share, digits=1):
    return "" if share is None else f"{100 * share:.{digits}f}"


def _training(name, row, folder):
    """Return the minutes of training and the device, as text."""
    network = read_result(f"neural_{name}", folder)
    if network:
        return f"{network['train_seconds'] / 60:,.0f}", device_of(network)
    if np.isnan(row["fit_seconds"]):
        return "", ""
    return f"{row['fit_seconds'] / 60:,.0f}", "2 cores"


def _interval(pair):
    return " - ".join(f"{100 * limit:.1f}" for limit in pair)


def lesson_networks(folder):
    """Return the table of accuracy, robustness, time and size of features and networks."""
    found = best_first(folder)
    if found is None:
        return ""
    rows, photos = found.table(), read_result("across", folder)
    robust = read_result("robustness", folder)
    networks = _of_networks(found, folder)
    names = [*HAND_CRAFTED, *networks, PEER]
    lines = []
    for name in (name for name in names if name in rows.index):
        row, scores = rows.loc[name], found.results[name].scores["deduplicated"]
        photo = score_on_photos(photos, PHOTOS, name, "refined crops") if photos else None
        lines.append(
            [
                f"`{name}`" + (", a network" if name in networks or name == PEER else ""),
                f"{_percent(scores['accuracy'])} ({_interval(scores['accuracy_interval'])})",
                f"{_percent(photo['accuracy'])} ({_interval(photo['interval'])})" if photo else "",
                _percent(mean_under_distortion(robust, name)),
                *(format_cell(row[key], ".1f") for key in ("ms_one", "ms_batch")),
                *_training(name, row, folder),
                format_cell(row["model_bytes"], ",.0f", 1e-6),
            ]
        )
    header = ["method", "FER-2013, % (95 % interval)", "photos, % (95 % interval)"]
    header += ["distorted, %", "ms, single", "ms, batch", "training, min", "on", "MB"]
    return table(header, lines) + (
        "\nFER-2013: PrivateTest without images that have a duplicate in Training. Photos: "
        f"{PHOTOS}, with refined crops and without priors. Distorted: mean accuracy on PublicTest "
        f"over all levels of occlusion, gamma, noise and blur{_limit(robust)}. Milliseconds per "
        'face on one thread. "1 of 11": one of eleven networks that were trained at the same time '
        f"on one GPU. {size_note(networks)}Empty cells were not measured; the training of `fer` is "
        "not known.\n"
    )


def _limit(robust):
    """Return the largest half width of the intervals of the accuracies with distortions."""
    if not robust:
        return ""
    count = min(method["images"] for method in robust["methods"].values())
    return f" (95 % intervals of at most ±{196 * (0.25 / count) ** 0.5:.1f} points)"


def _accuracy(found, first, best, what):
    """Return sentences about the accuracies of a hand-crafted method and of a network."""
    case, network = found.results[first], found.results[best]
    use = ~np.asarray(case.seen, dtype=bool)
    difference, low, high = (100 * value for value in paired_difference(case, network, use))
    verdict = (
        "which does not contain 0"
        if low > 0 or high < 0
        else "which contains 0, so that neither of them is clearly better"
    )
    return (
        f"`{first}` is {abs(difference):.1f} percentage points "
        f"{'above' if difference >= 0 else 'below'} `{best}`, {what}. The 95 % interval of this "
        f"difference is {low:.1f} to {high:.1f}, {verdict}."
    )


def _on_photos(folder, first, best):
    """Return a sentence about photos of other sources."""
    photos = read_result("across", folder)
    ours, theirs, peer = (
        score_on_photos(photos, PHOTOS, name, "refined crops") if photos else None
        for name in (first, best, PEER)
    )
    if not ours or not theirs:
        return f"- *Other photos*: `{best}` was not measured on photos of other sources yet.\n"
    others = [(best, theirs), (PEER, peer)] if peer else [(best, theirs)]
    accuracies = " and ".join(
        f"`{name}` {_percent(score['accuracy'])} % ({_interval(score['interval'])})"
        for name, score in others
    )
    return (
        f"- *Other photos*: on {PHOTOS}, `{first}` names {_percent(ours['accuracy'])} % of the "
        f"expressions ({_interval(ours['interval'])}), {accuracies}. Settings of `{first}` were "
        f"chosen on these photos, those of `{best}` were not.\n"
    )


def _robust(folder, first, best):
    """Return a sentence about distortions."""
    result = read_result("robustness", folder)
    shares = [mean_under_distortion(result, name) for name in (first, best)]
    if None in shares:
        return f"- *Robustness*: `{best}` was not measured on distorted faces yet.\n"
    drops = [
        100 * (result["methods"][name]["undistorted"] - share)
        for name, share in zip((first, best), shares, strict=True)
    ]
    return (
        f"- *Robustness*: over all distortions, `{first}` loses {drops[0]:.1f} points on average "
        f"and `{best}` {drops[1]:.1f}. The shipped models begin with a filter of blur and noise, "
        "whose parameters were chosen with such distortions.\n"
    )


def _costs(rows, small, networks, folder):
    """Return sentences about the times and the sizes of a hand-crafted method and all networks."""
    ours, others = rows.loc[small], rows.loc[networks]
    sizes = others["model_bytes"].dropna() / 1e6
    times = []
    for key, kind in (("ms_one", "a single face"), ("ms_batch", "each face of a batch")):
        timed = others[key].dropna()
        if len(timed):
            times.append(
                f"`{small}` takes {ours[key]:.1f} ms for {kind}, and {_counted(len(timed))} "
                f"{timed.min():.1f}{_to(timed, '.1f')} ms"
            )
    minutes = {"on a GPU": [], "on a CPU": []}
    for network in (read_result(f"neural_{name}", folder) for name in networks):
        kind = "on a GPU" if network.get("accelerator") else "on a CPU"
        minutes[kind].append(network["train_seconds"] / 60)
    trained = [
        f"{_counted(len(values))} took {min(values):,.0f}{_to(values, ',.0f')} minutes {kind}"
        for kind, values in minutes.items()
        if values
    ]
    if not np.isnan(ours["fit_seconds"]):
        trained.insert(0, f"`{small}` took {ours['fit_seconds'] / 60:,.0f} minutes on two cores")
    parts = {
        "Time": "on one thread, " + "; ".join(times) if times else "",
        "Training": "; ".join(trained),
        "Size": f"the file of `{small}` has {ours['model_bytes'] / 1e6:,.0f} MB, and those of the "
        f"networks have {sizes.min():,.0f}{_to(sizes, ',.0f')} MB",
    }
    return "".join(f"- *{name}*: {part}.\n" for name, part in parts.items() if part)


def _counted(number):
    return "one network" if number == 1 else f"{number} networks"


def _to(values, form):
    """Return " to MAXIMUM", or nothing if all values are equal."""
    low, high = (format(value, form) for value in (min(values), max(values)))
    return "" if low == high else f" to {high}"


def lesson_conclusions(folder):
    """Return the conclusions from the table as a list, generated from the results."""
    found = best_first(folder)
    networks = _of_networks(found, folder) if found else []
    if not networks:
        return ""
    rows, [best, *_] = found.table(), networks
    first = max(HAND_CRAFTED, key=lambda name: rows["accuracy"].get(name, 0))
    accuracy = _accuracy(found, first, best, "the most accurate network that was trained here")
    if PEER in rows.index:
        accuracy += " " + _accuracy(found, first, PEER, "a network that others trained")
    return (
        f"- *Accuracy*: on FER-2013 without duplicates, {accuracy}\n"
        + _on_photos(folder, first, best)
        + _robust(folder, first, best)
        + _costs(rows, "fast" if "fast" in rows.index else first, networks, folder)
    )
