"""Table of the shipped models with and without the blind Wiener filter."""

from _common import read_result
from _markdown import table, where


def _pair(scores):
    """Return the accuracies without and with the filter."""
    values = [scores[key] for key in ("without", "with")]
    values = [value if isinstance(value, float) else value["accuracy"] for value in values]
    return " / ".join(f"{100 * value:.1f}" for value in values)


def restoration(folder):
    """Return the accuracies by distortion, and by size of the face in photos."""
    result = read_result("restoration", folder)
    names = [name for name in next(iter(result["rows"].values())) if name not in ("blur", "noise")]
    header = ["accuracy, %, without / with", *(f"`{name}`" for name in names), "blur", "noise"]
    rows = [
        [
            f"PublicTest, {version}",
            *(_pair(row[name]) for name in names),
            f"{row['blur']:.1f}",
            f"{row['noise']:.1f}",
        ]
        for version, row in result["rows"].items()
    ]
    n_photos = []
    for dataset, sides in result["photos"].items():
        for side, row in sides.items():
            size = "original size" if side == "original" else f"faces of {side} px"
            rows.append([f"`{dataset}`, {size}", *(_pair(row[name]) for name in names), "", ""])
        n_photos.append(f"{row[names[0]]['with']['n']} of {dataset}")
    return table(header, rows) + (
        f"\n{result['images']:,} images of PublicTest, and the photos ({', '.join(n_photos)}), "
        "reduced until the detected face has this side; a photo without a detected face counts as "
        "wrong. Blur and noise: medians of the estimates, in pixels of 48 and in gray levels. The "
        f"filter takes {result['ms_per_face']:.2f} ms per face in a batch, and "
        f"{result['ms_of_one_face']:.2f} ms for a single face, on one thread. {where(result)}.\n"
    )
