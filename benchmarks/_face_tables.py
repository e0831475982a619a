"""Tables of the search for faces and of the face verifier."""

from _common import read_result
from _markdown import table, where

_NAMES = {
    "before": "`ViolaJonesDetector(min_size=46, coarse_to_fine=True)`",
    "fast": '`make_detector("fast")`, the default',
    "full": '`make_detector("full")`',
    "unverified, full": "`ViolaJonesDetector()`",
}


def face_search(folder):
    """Return the table of the searches for faces with and without verification."""
    result = read_result("face_search", folder)
    sets = list(result["rows"])
    header = ["precision / recall, %", *sets, "boxes in photos without a face", "time"]
    rows = []
    for search, name in _NAMES.items():
        scores = [result["rows"][key][search] for key in sets]
        cells = [f"{100 * s['precision']:.1f} / {100 * s['recall']:.1f}" for s in scores]
        false = result["boxes_in_photos_without_faces"][search]
        ratios = sum(s["time_ratio"] for s in scores) / len(scores)
        rows.append([name, *cells, f"{false['boxes']} in {false['photos']}", f"{ratios:.2f}x"])
    counts = ", ".join(
        f"{name}: {result['scenes'][name]} scenes, {result['rows'][name]['fast']['faces']} faces"
        for name in sets
    )
    found = ", ".join(
        f"`{_NAMES[search].split('`')[1]}` {100 * share:.1f} %"
        for search, share in result["share_of_wild_photos_with_a_face"].items()
    )
    return table(header, rows) + (
        f"\nData: {counts}. A face counts as detected by this rule: {result['rule']}. Time: one "
        "thread, relative to the first row, mean of the columns. Share of the "
        f"{result['wild_photos']} photos of wild.zip (up to 112 pixels) in which a face is "
        f"detected: {found}. The verifier was trained on other photos and other people; the "
        "backgrounds of the generated scenes occurred in its training, in other scenes. "
        f"{where(result)}.\n"
    )


def face_verifier(folder):
    """Return the table of the face verifier on boxes that cascades propose."""
    result = read_result("face_verifier", folder)
    judged = result["judged"]
    rows = [
        [
            name,
            f"{row['faces']:,}",
            f"{100 * row['faces_kept']:.1f}" if row["faces"] else "",
            f"{row['others']:,}",
            f"{100 * row['others_rejected']:.1f}",
        ]
        for name, row in judged["sources"].items()
    ]
    header = ["boxes of the cascades in", "faces", "kept, %", "others", "rejected, %"]
    return table(header, rows) + (
        '\nKept and rejected: with a threshold of 0.5 on the probability. "cut": photos that are '
        f"cut close to the face. Boxes are labeled by their intersection over union with a face "
        f"({result['rule']}). AUC "
        f"{judged['auc']:.4f}, of logistic regression on the same descriptors "
        f"{result['linear_auc']:.4f}; Brier score {judged['brier']:.4f}. {where(result)}.\n"
    )


FACE_TABLES = {"face_search": face_search, "face_verifier": face_verifier}
