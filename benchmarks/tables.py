"""Write the tables of README.md and docs/, and the plots, from the files in results/.

python benchmarks/tables.py          # write tables and plots
python benchmarks/tables.py --check  # exit with 1 if a table differs from results/
"""

import argparse
import re
import sys
from pathlib import Path

import _across_tables
import _best_tables
import _choice_tables
import _comparison_tables
import _cost_scaling
import _explanation_tables
import _extract_tables
import _lesson_tables
import _neural_speed_tables
import _neural_tables
import _own_faces_tables
import _pretrained_tables
import _probability_tables
import _restoration_tables
import _robustness_tables
import _systems_tables
import _video_tables
from _common import RESULTS, read_result
from _face_tables import FACE_TABLES
from _markdown import accuracy_cells, table, where
from _speed_tables import SPEED_TABLES

ROOT = Path(__file__).parent.parent
PAGES = (
    ROOT / "README.md",
    ROOT / "fertools" / "models" / "face_verifier.md",
    ROOT / "docs" / "benchmarks.md",
    ROOT / "docs" / "speed.md",
    ROOT / "docs" / "which-model.md",
    ROOT / "docs" / "systems.md",
    ROOT / "docs" / "lessons" / "features-or-networks.md",
    ROOT / "docs" / "lessons" / "own-faces.md",
    ROOT / "docs" / "lessons" / "honest-evaluation.md",
    ROOT / "docs" / "guide" / "app.md",
    ROOT / "docs" / "guide" / "audit.md",
    ROOT / "docs" / "guide" / "batch.md",
    ROOT / "docs" / "guide" / "detection.md",
    ROOT / "docs" / "guide" / "explain.md",
    ROOT / "docs" / "guide" / "video.md",
    ROOT / "docs" / "guide" / "neural.md",
    ROOT / "docs" / "guide" / "persistence.md",
    ROOT / "docs" / "guide" / "preprocessing.md",
    ROOT / "docs" / "guide" / "kernels.md",
)
_MARK = re.compile(r"(<!-- table:(\w+) -->\n).*?(<!-- /table -->)", re.DOTALL)


def fer2013(folder):
    """Return the table of three classical classifiers and the shipped models."""
    trio, shipped = (read_result(n, folder) for n in ("fer2013_handcrafted", "pretrained"))
    header = ["accuracy, %", "PublicTest", "dedup.", "PrivateTest", "dedup.", "macro-F1", "fit, s"]
    rows = [
        [name, *accuracy_cells(method["scores"]), f"{method['fit_seconds']:.0f}"]
        for name, method in trio["methods"].items()
    ]
    rows += [
        [f"`{name}`, shipped", *accuracy_cells(model["scores"]), f"{model['fit_seconds']:.0f}"]
        for name, model in shipped["models"].items()
    ]
    minutes = trio["total_seconds"] / 60
    return table(header, rows) + (
        f"\nLBP + DCT + Zernike, {trio['n_features']:,} features selected by mRMR, trained on "
        f"{trio['training_images']:,} images and their mirror images. The random forest uses 100 "
        "principal components and the linear discriminants of 600, nearest neighbors 300 "
        f"principal components. In total, the three classifiers took {minutes:.0f} minutes and "
        f"{trio['peak_memory_gib']:.1f} GiB. The fit times of the shipped models include the "
        f"descriptors; the others start from the selected features. {where(trio)}.\n"
    )


def preprocessing(folder):
    """Return the table of illumination, scaling, projection, balancing and mirroring."""
    result = read_result("preprocessing", folder)
    header = ["PublicTest, %", "training samples", "fit, CPU s"]
    for name in ("SVM", "KNN"):
        header += [f"{name} accuracy", "p", "macro-F1", "disgust F1"]
    rows = []
    for name, row in result["rows"].items():
        cells = [name, f"{row['training_samples']:,}", f"{row['svm']['fit_cpu_seconds']:.0f}"]
        for classifier in ("svm", "knn"):
            scores = row[classifier]["scores"]["published"]
            cells += [
                f"{100 * scores['accuracy']:.2f}",
                f"{row[classifier]['p_value']:.2g}",
                f"{100 * scores['macro_f1']:.2f}",
                f"{100 * scores['per_class']['disgust']['f1']:.1f}",
            ]
        rows.append(cells)
    return table(header, rows) + (
        f"\nLBP + DCT + Zernike, {result['n_features']:,} features selected by mRMR, "
        f"{result['training_images']:,} training images; published scores on PublicTest. p: "
        "McNemar's test against the baseline. Gentle augmentation rotates by up to 10 degrees and "
        "shifts by up to 5 %. The fit time includes all steps of the pipeline with the SVM. "
        f"{where(result)}.\n"
    )


def augmentation(folder):
    """Return the table of the times of augmentation and of the illumination filters."""
    result = read_result("augmentation", folder)
    peer = result["environment"]["versions"]["scikit-image"]
    rows = [
        [f"`Augmenter`, {name}", f"{1e6 / speed:.1f} us", f"{speed:,} images per second"]
        for name, speed in result["images_per_second"].items()
    ]
    rows.append(
        [
            "affine warp",
            f"{result['warp_us']:.1f} us",
            f"scikit-image {peer}: {result['peer_warp_us']:.0f} us, {result['ratio']:.1f}x",
        ]
    )
    rows += [
        [f"illumination: {name}", f"{us:.1f} us", ""]
        for name, us in result["illumination_us"].items()
    ]
    return table(["48x48, one thread", "time per image", ""], rows) + f"\n{where(result)}.\n"


def audit(folder):
    """Return the table of the findings of the audit of FER-2013."""
    result = read_result("audit", folder)
    rows = [
        [name, f"{found['images']:,}", f"{found['groups']:,}" if "groups" in found else ""]
        for name, found in result["findings"].items()
    ]
    for key, kind in (("exact_across", "an exact"), ("near_across", "an exact or near")):
        for usage in ("PublicTest", "PrivateTest"):
            count = result[key][usage]["Training"]
            rows.append([f"{usage} images with {kind} duplicate in Training", f"{count:,}", ""])
    seconds = result["seconds"]["auditing"]
    return table([f"FER-2013, {result['images']:,} images", "images", "groups"], rows) + (
        f"\nViola-Jones detects a face in {result['coverage']['total']['total']:.1%} of the "
        f"images. With {result['n_jobs']} threads, the audit took {seconds['clock']:.0f} s, "
        f"{seconds['processor']:.0f} s of processor time and {result['peak_memory_gib']:.1f} GiB, "
        f"while other programs were running (load {result['load_average']}). {where(result)}.\n"
    )


def endpoint_load(folder):
    """Return the table of many clients of the endpoint at once."""
    result = read_result("endpoint_load", folder)
    memory, delay = result["memory_mib"], result["delay_s"]
    rows = [
        ["clients, workers", f"{result['clients']}, {result['workers']}"],
        ["photos in seconds", f"{result['requests']:,} in {result['seconds']:.0f}"],
        ["answers with the right expression", f"{result['outcomes'].get('ok', 0):,}"],
        ["delay, median, 95 % and longest", " / ".join(f"{s:.2f} s" for s in delay.values())],
        ["memory before, largest, after", " / ".join(f"{m:.0f} MiB" for m in memory.values())],
    ]
    return table(["`fertools serve`, model `fast`", ""], rows) + f"\n{where(result)}.\n"


def detection(folder):
    """Return the tables of detection in generated scenes, large scenes and small images."""
    result = read_result("detection", folder)
    share = "{:.1f}".format
    header = ["%", "precision", "recall", *(f"{n} ({c})" for n, c in result["counts"].items())]
    rows = [
        [
            name,
            *(share(100 * row[key]) for key in ("precision", "recall")),
            *(share(100 * recall) for recall in row["recall_of"].values()),
            f"{row['ms']:.0f} ms",
            f"{row['ratio']:.2f}x",
        ]
        for name, row in result["rows"].items()
    ]
    large = [
        [f"`max_side={name}`", row["found"], row["false"], f"{row['ms'] / 1000:.2f} s"]
        for name, row in result["large"].items()
    ]
    lfw = [[name, row["found"], row["false"]] for name, row in result["lfw_subset"].items()]
    height, width = result["large_size"]
    scenes = f"{result['large_faces']} faces in scenes of {height} x {width}"
    return (
        table([*header, "time per scene", "relative to OpenCV"], rows)
        + f"\n{result['scenes']} scenes of {' x '.join(map(str, result['size']))} pixels with "
        f"{result['faces']} faces; {result['scenes_without_faces']} scenes contain no face. "
        f"Criterion of a detection: {result['rule']}.\n\n"
        + table([scenes, "detected", "false positives", "time per scene"], large)
        + "\n"
        + table(["`lfw_subset`, 25 x 25", "of 100 faces", "of 100 other images"], lfw)
        + "\nAll detectors were timed in turns, while other programs were running. "
        f"{where(result)}.\n"
    )


def single_frame(folder):
    """Return the table of the time of single predictions of networks."""
    result = read_result("single_frame", folder)
    rows = [
        [
            f"`{network}`",
            f"{row['single_ms']:.1f} ms",
            f"{row['keras_single_ms']:.0f} ms",
            f"{row['ratio']:.0f}x",
            f"{row['batch_ms_per_face']:.1f} ms",
        ]
        for network, row in result["rows"].items()
    ]
    grown = max(row["grown_mb"] for row in result["rows"].values())
    header = ["network", "one face", "`predict` of Keras", "ratio", "per face in a batch of 128"]
    return table(header, rows) + (
        "\nFaces of 48 x 48 pixels, all threads. The probabilities differ by at most "
        f"{max(row['largest_difference'] for row in result['rows'].values()):.0e}. Memory grows by "
        f"at most {max(grown, 0):.1f} MB during {result['single_predictions']:,} consecutive "
        f"single predictions. {where(result)}.\n"
    )


def _peer_cell(name, side):
    """Return the milliseconds of a model; for ours, also the ratio of the peer's time to it."""
    ms = f"{side['ms']['median']:.3g}"
    if name == "fer":
        return ms
    lower, median, upper = (f"{side['ratio'][key]:.2f}" for key in ("lower", "median", "upper"))
    return f"{ms} ({median}x, {lower}-{upper})"


def peers(folder):
    """Return the tables of accuracy and time of the shipped models and of the package fer."""
    result = read_result("peers", folder)
    accuracy, shapes = result["accuracy"], result["shapes"]
    versions = accuracy["fer"]["made_by"]["versions"]
    names = {name: f"`{name}`" for name in accuracy} | {"fer": f"`fer` {versions['fer']}"}
    # The first way of calling the peer is the most accurate.
    scores = [next(iter(side["scores"].values())) for side in accuracy.values()]
    header = ["accuracy, %", "PublicTest", "dedup.", "PrivateTest", "dedup.", "macro-F1"]
    rows = [
        [name, *accuracy_cells(each)] for name, each in zip(names.values(), scores, strict=True)
    ]
    times = [
        [f"{work}, {threads}", *(_peer_cell(name, sides[name]) for name in names)]
        for threads, works in result["times"].items()
        for work, sides in works.items()
    ]
    works = next(iter(result["times"].values()))
    found, found_with_same_settings = (
        ", ".join(f"{names[name]} {side['faces']}" for name, side in works[work].items())
        for work in ("scene", "scene, same detector settings")
    )
    crops, bordered = (
        f"{100 * accuracy['fer']['scores'][call]['PrivateTest']['published']['accuracy']:.2f} %"
        for call in ("crops", "crops_with_border")
    )
    return (
        table(header, rows)
        + f"\nThe network of `fer` is called directly. Through `detect_emotions`, which rounds the "
        f"scores, its accuracy on PrivateTest (published) is {crops}; with the default border of "
        f"10 pixels, which crops do not have, it is {bordered}.\n\n"
        + table(["ms per image, threads", *names.values()], times)
        + "\nIn parentheses: time of `fer` divided by ours, as median and quartiles of "
        f"{result['rounds']} rounds. Faces detected in {shapes['scenes'][0]} scenes with "
        f"{result['faces']['scenes']} faces: {found}; with the same detector settings: "
        f"{found_with_same_settings}. A batch contains {shapes['crops'][0]:,} crops. `fer` uses "
        f"TensorFlow {versions['tensorflow']} and OpenCV {versions['opencv-contrib-python']}. "
        f"Load average {result['load_average']:.1f}. {where(result)}.\n"
    )


TABLES = {
    "neural": _neural_tables.neural,
    "neural_speed": _neural_speed_tables.neural_speed,
    "single_frame": single_frame,
    "fer2013": fer2013,
    "comparison": _comparison_tables.comparison,
    "choice": _choice_tables.choice,
    "lesson_conclusions": _lesson_tables.lesson_conclusions,
    "lesson_networks": _lesson_tables.lesson_networks,
    "leak": _comparison_tables.leak,
    "own_faces": _own_faces_tables.own_faces,
    "restoration": _restoration_tables.restoration,
    "robustness": _robustness_tables.robustness,
    "best": _best_tables.best,
    "word_layers": _best_tables.word_layers,
    "pretrained": _pretrained_tables.pretrained,
    "across": _across_tables.across,
    "across_methods": _across_tables.across_methods,
    "across_margins": _across_tables.across_margins,
    "across_groups": _across_tables.across_groups,
    "across_confidence": _across_tables.across_confidence,
    "audit": audit,
    "detection": detection,
    "endpoint_load": endpoint_load,
    "explanations": _explanation_tables.explanations,
    "extract": _extract_tables.extract,
    "video": _video_tables.video,
    "peers": peers,
    "preprocessing": preprocessing,
    "systems": _systems_tables.systems,
    "svm_probabilities": _probability_tables.svm_probabilities,
    "augmentation": augmentation,
    **FACE_TABLES,
    **SPEED_TABLES,
}


def filled(text, folder=RESULTS):
    """Return a page with updated tables."""
    return _MARK.sub(lambda m: f"{m[1]}{TABLES[m[2]](folder)}{m[3]}", text)


def main(argv=None):
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args(argv).check
    stale = [page for page in PAGES if filled(page.read_text()) != page.read_text()]
    if check and stale:
        sys.exit(f"Tables differ from benchmarks/results: {', '.join(p.name for p in stale)}")
    speed = read_result("speed") or {}
    _cost_scaling.plot(speed.get("growth", {}), ROOT / "docs" / "_static")
    for tables in (
        _best_tables,
        _comparison_tables,
        _neural_tables,
        _pretrained_tables,
        _robustness_tables,
    ):
        tables.plot(RESULTS, ROOT / "docs" / "_static")
    for page in stale:
        page.write_text(filled(page.read_text()))


if __name__ == "__main__":
    main()
