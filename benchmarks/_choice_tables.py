"""Table of the models that a user can choose from."""

import numpy as np
from _across_tables import score_on_photos
from _best_tables import ms_per_face
from _common import read_result
from _comparison_tables import best_first
from _markdown import table

# Name in the comparison: name in the table.
_MODELS = {
    "fast": "`fast`, shipped",
    "accurate": "`accurate`, shipped",
    "svm": "`svm`: LBP, DCT, Zernike moments",
    "fer": "`fer`, the network of the package fer",
}


def _percent(share):
    return f"{100 * share:.1f}"


def _on_photos(result, name):
    """Return the accuracy on photos of another source; empty if it was not measured."""
    score = score_on_photos(result, "wild.zip", name, "refined crops") if result else None
    return _percent(score["accuracy"]) if score else ""


def _shown(found, folder):
    """Return the methods of the table, with the most accurate network, and their titles."""
    networks = (name for name in found.results if read_result(f"neural_{name}", folder))
    best = next(networks, None)
    shown = dict(_MODELS)
    if best is not None:
        fer = shown.pop("fer")
        count = _n_networks(found, folder)
        shown |= {best: f"`{best}`, the most accurate of {count} networks trained here"}
        shown["fer"] = fer
    return shown


def _n_networks(found, folder):
    """Return the number of networks in the comparison."""
    return sum(read_result(f"neural_{name}", folder) is not None for name in found.results)


def _n_photos(result):
    """Return the number of photos of another source."""
    return f"{result['datasets']['wild.zip']['photos']:,} photos" if result else "photos"


def _best(result):
    """Return the line of the most accurate classifier."""
    case = result["cases"]["best"]
    scores = case["scores"]["PrivateTest"]
    shares = [_percent(scores[key]["accuracy"]) for key in ("published", "deduplicated")]
    milliseconds = f"{ms_per_face(case, result['descriptors']):.1f}"
    return ["`KernelImageClassifier`, not shipped", *shares, "", milliseconds, ""]


def choice(folder):
    """Return the table of the shipped models and of examples of the other kinds."""
    found = best_first(folder)
    if found is None:
        return ""
    rows, photos = found.table(), read_result("across", folder)
    lines = []
    for name, text in _shown(found, folder).items():
        if name not in rows.index:
            continue
        row = rows.loc[name]
        time, size = row["ms_batch"], row["model_bytes"] / 1e6
        lines.append(
            [
                text,
                _percent(row["accuracy"]),
                _percent(row["deduplicated"]),
                _on_photos(photos, name),
                "" if np.isnan(time) else f"{time:.1f}",
                "" if np.isnan(size) else f"{size:.0f}",
            ]
        )
    best = read_result("fer2013_best", folder)
    if best:
        lines.insert(2, _best(best))
    header = ["model", "FER-2013, %", "dedup., %", "photos, %", "ms per face", "MB"]
    return table(header, lines) + (
        "\nFER-2013: accuracy on PrivateTest; dedup.: without the test images that have an exact "
        f"duplicate in Training. Photos: accuracy on {_n_photos(photos)} of wild.zip, with the "
        "same crops for all models and without priors; settings of the shipped models were chosen "
        "on these photos. Milliseconds per face: one thread, in a batch, from the crop to the "
        "label. Empty cells were not measured.\n"
    )
