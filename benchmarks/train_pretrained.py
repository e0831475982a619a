"""Train the shipped models, and write their model cards.

Each model is a `fertools.pipeline.make_pretrained_pipeline`, fitted on all Training images of
FER-2013. Its temperature and the threshold of its prediction sets are fitted on PublicTest. Models
do not contain features of single training images, because `PairMeansClassifier` stores means of
two. Writes fertools/models/NAME.fer, the model card NAME.md, the predictions of drawn images in
expected.json, and results/pretrained.json.

    python benchmarks/train_pretrained.py [DATA] [--names NAME ...] [--models FOLDER] [--out FOLDER]

--measure only measures time and size of the existing models.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile
from zlib import DEFLATED, MAX_WBITS, Z_HUFFMAN_ONLY, compressobj

import numpy as np
from _across_tables import card_paragraph
from _best_features import TIMED, one_thread_ms
from _common import RESULTS, peak_memory_gib, read_result, write_result
from _pretrained_tables import below
from fer2013_handcrafted import SEED, TESTS
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss

import fertools
from fertools._utils.files import replacing
from fertools.calibration import ConformalClassifier
from fertools.cli._info import RESPONSIBLE_USE
from fertools.datasets import load_fer2013
from fertools.evaluation import expected_calibration_error, score_published
from fertools.evaluation._calibration_error import bin_confidence, top_labels
from fertools.persistence import load, save
from fertools.persistence._shipped import store_prediction
from fertools.pipeline import make_pretrained_pipeline

MODELS = Path(fertools.__file__).parent / "models"
NAMES = ("fast", "accurate")
FEATURES = {"fast": "dense SIFT, visual words", "accurate": "two layers of visual words"}
COVERAGE = 0.9
N_BINS = 15
INTENDED_USE = (
    "Teaching, research and demonstrations: naming the expression that a frontal face shows, as "
    "the annotators of FER-2013 would name it. A baseline to compare with."
)
LIMITS = (
    "Not for decisions about people. It does not know what a person feels. It names about one of "
    "three faces of its test set wrongly, fear and sadness most often. FER-2013 has no information "
    "on age, gender or skin color. On photos of 102 adults (london.zip), both shipped models are "
    "less accurate on men than on women; other differences between groups of people are not known. "
    "Trained on tight gray crops of 48x48 pixels; turned, covered or badly lit faces are harder."
)


def reliability(truth, probabilities, classes):
    """Return the bins of a reliability diagram."""
    bins = bin_confidence(*top_labels(truth, probabilities, classes), N_BINS)
    return {
        name: np.nan_to_num(values).tolist()
        for name, values in zip(("confidence", "accuracy", "counts"), bins, strict=True)
    }


def train(name, images, labels, n_jobs):
    """Fit, round and calibrate one model.

    Returns
    -------
    model : ConformalClassifier
    about : dict
    """
    start = time.perf_counter()
    pipeline = make_pretrained_pipeline(name, n_jobs=n_jobs, random_state=SEED)
    pipeline.fit(images["Training"], labels["Training"])
    public = images["PublicTest"], labels["PublicTest"]
    calibrated = CalibratedClassifierCV(FrozenEstimator(pipeline), method="temperature")
    [fitted] = calibrated.fit(*public).calibrated_classifiers_
    means = pipeline["classify"].estimator_
    # Terms of both signs nearly cancel, so that half precision would cost accuracy.
    step = np.exp2(np.round(np.log2(means.dual_coef_.std() / 1000)))
    means.dual_coef_ = (np.round(means.dual_coef_ / step) * step).astype(np.float32)
    # The temperature is included in the scale of the logits.
    means.logit_scale_ *= fitted.calibrators[0].beta_
    model = ConformalClassifier(pipeline, coverage=COVERAGE).fit(*public)
    about = {
        "fit_seconds": round(time.perf_counter() - start, 1),
        "centers": len(means.components_),
        "share_of_one_image": means.share,
    }
    set_threads(pipeline, None)
    return model, about | times(model, public[0])


def times(model, faces):
    """Return the milliseconds per face, in a batch and single."""
    return {
        "ms_per_face": one_thread_ms(model.predict_proba, faces[:TIMED]),
        "ms_of_one_face": one_thread_ms(model.predict_proba, faces[:1]),
    }


def cold_start(path, repeats=5):
    """Return the median seconds of the imports and of loading a model, in new processes."""
    code = (
        "from time import perf_counter as now; start = now(); from fertools.persistence import "
        f"load; middle = now(); load({str(path)!r}); print(middle - start, now() - middle)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(repeats)
    ]
    seconds = np.median([np.array(run.stdout.split(), dtype=float) for run in runs], axis=0)
    return {"import_seconds": seconds[0], "load_seconds": seconds[1]}


def set_threads(pipeline, n_jobs):
    """Set the number of threads of all parts of a fitted pipeline."""
    fitted = pipeline["classify"]
    for part in (
        pipeline,
        fitted.transformer_,
        fitted.transformer_.transformer_,
        fitted.estimator_,
    ):
        names = [name for name in part.get_params() if name.split("__")[-1] == "n_jobs"]
        part.set_params(**dict.fromkeys(names, n_jobs))


def repack(path):
    """Compress a model file by Huffman coding only, which yields smaller files.

    Most of a model are small integers without repeated sequences. Deflate finds short ones by
    chance, whose references take more bits than the integers.
    """
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with replacing(path) as beside, ZipFile(beside, "w", compression=ZIP_DEFLATED) as archive:
        for name, data in members.items():
            with archive.open(name, "w") as member:
                # zipfile has no parameter for the strategy of zlib.
                member._compressor = compressobj(9, DEFLATED, -MAX_WBITS, 9, Z_HUFFMAN_ONLY)
                member.write(data)


def judge(model, truth, images):
    """Return scores of the probabilities and prediction sets on held-out images."""
    probabilities, classes = model.predict_proba(images), model.classes_
    sets = model.sets(probabilities)
    return {
        "ece": expected_calibration_error(truth, probabilities, classes, n_bins=N_BINS),
        "log_loss": float(log_loss(truth, probabilities, labels=classes)),
        "reliability": reliability(truth, probabilities, classes),
        "coverage": float(sets[np.arange(len(truth)), np.searchsorted(classes, truth)].mean()),
        "labels_in_a_set": float(sets.sum(axis=1).mean()),
    }


def describe(name, model, data, images, labels):
    """Return the description and the scores of a model."""
    predictions = {usage: model.predict(images[usage]) for usage in TESTS}
    return {
        "description": (
            f"Expressions of frontal faces, 48x48 gray pixels: {FEATURES[name]}, principal "
            "components, and a kernel ridge classifier on means of samples."
        ),
        "recipe": " ".join(repr(make_pretrained_pipeline(name)).split()),
        "training_images": len(labels["Training"]),
        "data_sha256": data.sha256,
        "seed": SEED,
        "stated_coverage": COVERAGE,
        "PrivateTest": judge(model, labels["PrivateTest"], images["PrivateTest"]),
        "scores": score_published(data, predictions),
        "intended_use": INTENDED_USE,
        "limits": LIMITS,
    }


def card(name, about, folder):
    """Return the model card in Markdown."""
    judged, best = about["PrivateTest"], read_result("fer2013_best", folder)
    rows = "".join(
        f"| {label} | {100 * s['precision']:.1f} | {100 * s['recall']:.1f} | {100 * s['f1']:.1f} "
        f"| {s['support']} |\n"
        for label, s in about["scores"]["PrivateTest"]["published"]["per_class"].items()
    )
    accuracy = "".join(
        f"| {usage} | {100 * both['published']['accuracy']:.2f} | "
        f"{100 * both['deduplicated']['accuracy']:.2f} |\n"
        for usage, both in about["scores"].items()
    )
    return (
        f"# Model card: {name}\n\n"
        f"{about['description']}\n\n"
        f"- Trained on {about['training_images']:,} Training images of FER-2013 (SHA-256 of the "
        f"data {about['data_sha256']}), by `benchmarks/train_pretrained.py`.\n"
        f"- Holds {about['centers']:,} means of two Training images each, of which the first has "
        f"a weight of {about['share_of_one_image']:.0%}, as rounded principal components, and no "
        f"features of a single image.{lost(about, best)}\n"
        f"- {about['ms_per_face']:.2f} ms per face in a batch, {about['ms_of_one_face']:.1f} ms "
        "for a single face, on one thread of the computer it was trained on.\n"
        f"- Expected calibration error on PrivateTest: {judged['ece']:.3f}; log loss "
        f"{judged['log_loss']:.3f}. Prediction sets with a nominal coverage of {COVERAGE:.0%} "
        f"contain the true label for {judged['coverage']:.1%} of PrivateTest, with "
        f"{judged['labels_in_a_set']:.2f} labels on average.\n\n"
        "| accuracy, % | published | deduplicated |\n| --- | ---: | ---: |\n"
        f"{accuracy}\n"
        "PublicTest was used to choose the method, and to fit the temperature and the threshold of "
        "the prediction sets.\n\n"
        "| PrivateTest, published | precision | recall | F1 | images |\n"
        f"| --- | ---: | ---: | ---: | ---: |\n{rows}\n"
        f"{card_paragraph(name, folder)}"
        f"**Intended use.** {about['intended_use']}\n\n**Limits.** {about['limits']}\n\n"
        f"**Responsible use.** {RESPONSIBLE_USE}\n"
    )


def lost(about, best):
    """Return a sentence on the loss of accuracy against the best classifier."""
    if best is None:
        return ""
    published, deduplicated = (
        f"{below(about, best, key):.2f}" for key in ("published", "deduplicated")
    )
    return (
        f" The most accurate classifier of the benchmarks, which stores training samples, is more "
        f"accurate by {published} points on PublicTest, deduplicated {deduplicated}."
    )


def main(argv=None):
    """Train, score and save the models."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--out", default=RESULTS)
    parser.add_argument("--measure", action="store_true", help="measure existing models")
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    images, labels = (
        {usage: array[data.usage == usage] for usage in ("Training", *TESTS)}
        for array in (data.images, data.labels)
    )
    arguments.models.mkdir(parents=True, exist_ok=True)
    models = (read_result("pretrained", arguments.out) or {}).get("models", {})
    for name in arguments.names:
        path = arguments.models / f"{name}.fer"
        if arguments.measure:
            about = models[name] | times(load(path), images["PublicTest"])
        else:
            model, about = train(name, images, labels, arguments.n_jobs)
            about |= describe(name, model, data, images, labels)
            save(model, path, about)
            repack(path)
            store_prediction(load(path), path)
            about |= {"threads": arguments.n_jobs, "peak_memory_gib": peak_memory_gib()}
        about |= cold_start(path)
        path.with_suffix(".md").write_text(card(name, about, arguments.out))
        models[name] = about | {"model_bytes": path.stat().st_size}
        print(write_result("pretrained", {"models": models}, arguments.out))


if __name__ == "__main__":
    main()
