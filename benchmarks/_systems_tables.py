"""Table of the reproduced systems: parameters, accuracy in the benchmarks, reported accuracy."""

import json
from pathlib import Path

from _common import read_result
from _markdown import table

from fertools.neural.networks import recipe_of

# System, section of the page, name in fertools, parameters, what the reported accuracy was measured
# on, and the file of our result. Networks have 7 classes; except where a size is given, the counts
# do not depend on it or are those of 48 x 48 pixels.
SYSTEMS = (
    ("A, SVM", "a-hand-crafted-pipeline", "svm", "", "", "SVM (RBF)"),
    ("A, random forest", "a-hand-crafted-pipeline", "rf", "", "", "random forest"),
    ("A, nearest neighbors", "a-hand-crafted-pipeline", "knn", "", "", "k nearest neighbors"),
    ("B, six convolutions", "b-six-convolutions", "six_conv", "2,787,015", "", ""),
    ("C, ANN, 4,000 features", "c-ann", "ann", "1,059,591", "", "neural_ann"),
    ("D, 1-D CNN", "d-1-d-cnn", "conv1d", "174,599", "", "neural_conv1d"),
    (
        "E, MobileNetV2",
        "e-mobilenetv2",
        "mobilenet_v2",
        "2,430,663",
        "its 10,884 training images: not a test accuracy",
        "",
    ),
    ("F, small VGG with ELU", "f-small-vgg-with-elu", "small_vgg_elu", "1,328,167", "", ""),
    (
        "G, three blocks, L2",
        "g-three-blocks-with-l2",
        "three_block",
        "22,813,703",
        "the 7,178 test images, on which it was also validated",
        "",
    ),
    (
        "H, VGG16, 224 pixels",
        "h-cleaning-augmentation-and-transfer",
        "vgg16",
        "21,139,271",
        "unnamed images",
        "",
    ),
    (
        "H, ResNet50V2",
        "h-cleaning-augmentation-and-transfer",
        "resnet50_v2",
        "24,787,207",
        "no test images",
        "",
    ),
    (
        "I, reference CNN",
        "i-reference-cnn",
        "reference_cnn",
        "4,478,727",
        "its validation images",
        "",
    ),
    (
        "J, five convolutions",
        "j-five-convolutions-with-leakyrelu",
        "five_conv",
        "3,441,543",
        "the 7,066 validation images of a random re-split",
        "neural_five_conv",
    ),
    (
        "K, small CNN for CK+",
        "k-small-cnn-for-ck",
        "ckplus_cnn",
        "947,207",
        "CK+, a random split with the same people in training and test",
        "",
    ),
    (
        "L, three convolutions",
        "l-three-convolutions",
        "three_conv",
        "2,459,015",
        "",
        "neural_three_conv",
    ),
    ("L, AlexNet", "l-three-convolutions", "alexnet", "24,733,767", "", "neural_alexnet"),
    ("L, InceptionResNetV2", "l-three-convolutions", "inception_resnet_v2", "54,732,007", "", ""),
)


def _scores(source, folder):
    """Return the scores of our result; a name with a space is a method of system A."""
    if source.startswith("neural_"):
        result = json.loads((Path(folder) / f"{source}.json").read_text())
        if not result["complete"]:
            raise ValueError(f"{source} is not trained completely.")
        return result["scores"]
    return read_result("fer2013_handcrafted", folder)["methods"][source]["scores"]


def systems(folder):
    """Return the tables of all systems and of the reported accuracies."""
    rows, reported = [], []
    for title, section, name, parameters, images, source in SYSTEMS:
        link, figures = f"[{title}](#{section})", ["", ""]
        if source:
            both = _scores(source, folder)["PrivateTest"]
            figures = [
                f"{100 * both[key]['accuracy']:.2f}" for key in ("published", "deduplicated")
            ]
        rows.append([link, f"`{name}`", parameters, *figures])
        if images:
            reported.append([link, f"{recipe_of(name).reported:g} %", images])
    header = ["system", "in fertools", "parameters", "accuracy, %", "dedup., %"]
    lines = table(header, rows).replace("| --- | ---: |", "| --- | --- |", 1)
    about = table(["system", "reported", "measured on"], reported)
    return (
        lines
        + "\nAccuracy: on PrivateTest of FER-2013, of all images and of those without an exact "
        "duplicate in Training, for the systems that were trained completely in the "
        "[benchmarks](benchmarks.md). The accuracies in the reports were measured on other images "
        "and must not be compared with it:\n\n" + about.replace("---: | ---: |", "---: | --- |", 1)
    )
