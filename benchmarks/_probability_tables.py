"""Table of the probabilities of support vector machines."""

import numpy as np
from _common import read_result
from _markdown import table, where


def svm_probabilities(folder):
    """Return the table of log loss, ECE and AUROC, averaged over the draws of training images."""
    result = read_result("svm_probabilities", folder)
    header = [
        "PublicTest",
        "draws",
        "accuracy, %",
        "log loss",
        "ECE",
        "AUROC",
        "10-90 % confidence",
    ]
    rows, times = [], []
    for n_images, draws in result["rows"].items():
        images = f"{int(n_images):,} images"
        by_draw = [draw["scores"] for draw in draws.values()]
        for name in by_draw[0]:
            mean = {
                key: np.mean([scores[name][key] for scores in by_draw]) for key in by_draw[0][name]
            }
            rows.append(
                [
                    f"{name}, {images}",
                    len(draws),
                    f"{100 * mean['accuracy']:.1f}",
                    f"{mean['log_loss']:.3f}",
                    f"{mean['ece']:.3f}",
                    f"{mean['auroc']:.3f}",
                    f"{mean['confidence_10']:.2f} to {mean['confidence_90']:.2f}",
                ]
            )
        seconds = [draw["gram_svc_fit_cpu_seconds"] for draw in draws.values()]
        without, with_ = (
            np.mean([one[f"probability={value}"] for one in seconds]) for value in (False, True)
        )
        times.append(f"{without:.2f} s and {with_:.2f} s for {images}")
    return table(header, rows) + (
        f"\nMeans over draws of random Training images. LBP + DCT + Zernike, "
        f"{result['n_features']:,} features selected by mRMR. AUROC: the largest probability as a "
        "predictor of a correct answer. *Temperature on votes* is "
        '`CalibratedClassifierCV(GramSVC(C=3), method="temperature", ensemble=False)`, *sigmoid on '
        'votes* `CalibratedClassifierCV(GramSVC(C=3), method="sigmoid")`. Processor time of '
        f"fitting `GramSVC(C=3)` without and with probabilities: {', '.join(times)}. "
        f"{where(result)}.\n"
    )
