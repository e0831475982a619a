"""Train the model that ships in the package, and write its card.

LBP + DCT + Zernike -> 4,000 features by mRMR -> PCA -> kernel logistic regression on k-means
centres, fitted on all Training images of FER-2013 and their mirror images; one temperature is
fitted on PublicTest. No array of it is a row that comes from one training image: the centres are
means of clusters. Writes fertools/models/default.fer, its card default.md, and
results/pretrained.json.

    python benchmarks/train_pretrained.py [DATA] [--limit ROWS] [--models FOLDER] [--out FOLDER]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from _common import RESULTS, peak_memory_gib, read_result, write_result
from fer2013_handcrafted import SEED, TESTS, limited, prepare
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline

import fertools
from fertools.datasets import load_fer2013
from fertools.evaluation import expected_calibration_error, score_published
from fertools.persistence import save
from fertools.pipeline import make_fer_pipeline
from fertools.svm import CentroidKernelClassifier

MODELS = Path(fertools.__file__).parent / "models"
# A row is an image or its mirror image, so a cluster of 6 rows holds at least 3 images.
MIN_MEMBERS = 6
INTENDED_USE = (
    "Teaching, research and demonstrations: naming the expression that a frontal face shows, as "
    "the annotators of FER-2013 would name it. A baseline to compare with."
)
LIMITS = (
    "Not for decisions about people. It does not know what a person feels. It names more than four "
    "of ten faces of its test set wrongly, fear, disgust and sadness most often. FER-2013 says "
    "nothing of age, gender or skin colour, so differences between groups of people are unknown. "
    "Trained on tight grey crops of 48x48 pixels; turned, covered or badly lit faces are harder."
)


def halved(array):
    """Round to the precision of float16, so that the file compresses."""
    return array.astype(np.float16).astype(np.float32)


def scale_logits(machine, X, y):
    """Calibrate by one temperature, which folds into the coefficients and costs nothing later."""
    calibrated = CalibratedClassifierCV(FrozenEstimator(machine), method="temperature").fit(X, y)
    [temperature] = calibrated.calibrated_classifiers_[0].calibrators
    machine.coef_ *= temperature.beta_
    machine.intercept_ *= temperature.beta_


def card(about):
    """Return the model card as Markdown."""
    private = about["scores"]["PrivateTest"]
    rows = "".join(
        f"| {label} | {100 * s['precision']:.1f} | {100 * s['recall']:.1f} | {100 * s['f1']:.1f} "
        f"| {s['support']} |\n"
        for label, s in private["published"]["per_class"].items()
    )
    accuracy = "".join(
        f"| {usage} | {100 * both['published']['accuracy']:.2f} | "
        f"{100 * both['deduplicated']['accuracy']:.2f} |\n"
        for usage, both in about["scores"].items()
    )
    exact = about["exact_svm_private_accuracy"]
    cost = (
        f" The exact support vector machine on the same features reaches {100 * exact:.2f} % on "
        "PrivateTest, published; it would hold rows of training images."
        if exact
        else ""
    )
    return (
        "# Model card: default\n\n"
        f"{about['description']}\n\n"
        f"- Trained on {about['training_images']:,} Training images of FER-2013 and their mirror "
        f"images (SHA-256 of the data {about['data_sha256']}), by "
        "`benchmarks/train_pretrained.py`.\n"
        f"- Expected calibration error on PrivateTest: {about['ece']:.3f}; log loss "
        f"{about['log_loss']:.3f}.\n"
        f"- Holds {about['centres']:,} cluster centres; the smallest cluster has "
        f"{about['smallest_cluster']} rows.{cost}\n\n"
        "| accuracy, % | published | deduplicated |\n| --- | ---: | ---: |\n"
        f"{accuracy}\n"
        "PublicTest was used to choose the method and to fit one temperature.\n\n"
        "| PrivateTest, published | precision | recall | F1 | images |\n"
        f"| --- | ---: | ---: | ---: | ---: |\n{rows}\n"
        f"**Intended use.** {about['intended_use']}\n\n**Limits.** {about['limits']}\n"
    )


def main(argv=None):
    """Train, score, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--limit", type=int, help="rows of Training, for a quick look")
    parser.add_argument("--n-features", type=int, default=4000)
    parser.add_argument("--n-components", type=int, default=300)
    parser.add_argument("--n-centres", type=int, default=4000)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    began = time.perf_counter()
    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    parts, head, _ = prepare(data, arguments.n_features, arguments.n_jobs)
    labels = data.labels[data.usage == "Training"]
    labels = np.concatenate([labels, labels])
    machine = CentroidKernelClassifier(
        arguments.n_centres, C=1000.0, min_members=MIN_MEMBERS, random_state=SEED
    )
    tail = make_fer_pipeline(
        reduction="pca",
        n_components=arguments.n_components,
        classifier=machine,
        random_state=SEED,
    )[-3:]
    scale, reduce = tail["scale"], tail["reduce"]
    reduce.fit(scale.fit_transform(parts["Training"]))
    # The projection scales, which saves a step.
    reduce.components_ = halved(reduce.components_ / scale.scale_)
    reduce.mean_ = scale.mean_.astype(np.float32)
    rows = reduce.transform(parts["Training"])
    # Twice gamma="scale": chosen on PublicTest.
    machine.set_params(gamma=float(2 / (rows.shape[1] * rows.var())))
    machine.fit(rows, labels)
    machine.components_ = halved(machine.components_)
    projected = {usage: reduce.transform(parts[usage]) for usage in TESTS}
    truth = {usage: data.labels[data.usage == usage] for usage in TESTS}
    scale_logits(machine, projected["PublicTest"], truth["PublicTest"])
    model = Pipeline([*head.steps, ("reduce", reduce), ("classify", machine)])

    probabilities = machine.predict_proba(projected["PrivateTest"])
    predictions = {usage: machine.predict(projected[usage]) for usage in TESTS}
    trio = read_result("fer2013_handcrafted", arguments.out)
    exact = trio["methods"]["SVM (RBF)"]["scores"]["PrivateTest"]["published"] if trio else {}
    about = {
        "description": (
            "Expressions of frontal faces, 48x48 grey pixels: LBP + DCT + Zernike moments, "
            f"{arguments.n_features:,} features by mRMR, {arguments.n_components} principal "
            "components, kernel logistic regression on k-means centres."
        ),
        "training_images": len(labels) // 2,
        "data_sha256": data.sha256,
        "seed": SEED,
        "centres": len(machine.components_),
        "smallest_cluster": int(machine.n_members_.min()),
        "ece": expected_calibration_error(truth["PrivateTest"], probabilities, machine.classes_),
        "log_loss": float(log_loss(truth["PrivateTest"], probabilities, labels=machine.classes_)),
        "exact_svm_private_accuracy": exact.get("accuracy"),
        "scores": score_published(data, predictions),
        "intended_use": INTENDED_USE,
        "limits": LIMITS,
    }
    arguments.models.mkdir(parents=True, exist_ok=True)
    save(model, arguments.models / "default.fer", about)
    (arguments.models / "default.md").write_text(card(about))
    result = about | {
        "threads": arguments.n_jobs,
        "seconds": round(time.perf_counter() - began, 1),
        "peak_memory_gib": peak_memory_gib(),
        "model_bytes": (arguments.models / "default.fer").stat().st_size,
    }
    print(write_result("pretrained", result, arguments.out))


if __name__ == "__main__":
    main()
