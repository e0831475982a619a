"""Table of the reproduced systems: parameters, accuracy in the benchmarks, reported accuracy."""

from _common import read_result
from _markdown import table

from fertools.neural.networks import NETWORKS, recipe_of
from fertools.pipeline._registry import CLASSIFIER_TITLES

# System, section of the page, name in fertools, parameters. Networks have 7 classes; except where a
# size is given, the counts do not depend on it or are those of 48 x 48 pixels.
SYSTEMS = (
    ("A, SVM", "a-hand-crafted-pipeline", "svm", ""),
    ("A, random forest", "a-hand-crafted-pipeline", "rf", ""),
    ("A, nearest neighbors", "a-hand-crafted-pipeline", "knn", ""),
    ("B, six convolutions", "b-six-convolutions", "six_conv", "2,787,015"),
    ("C, ANN, 4,000 features", "c-ann", "ann", "1,059,591"),
    ("D, 1-D CNN", "d-1-d-cnn", "conv1d", "174,599"),
    ("E, MobileNetV2", "e-mobilenetv2", "mobilenet_v2", "2,430,663"),
    ("F, small VGG with ELU", "f-small-vgg-with-elu", "small_vgg_elu", "1,328,167"),
    ("G, three blocks, L2", "g-three-blocks-with-l2", "three_block", "22,813,703"),
    ("H, VGG16, 224 pixels", "h-cleaning-augmentation-and-transfer", "vgg16", "21,139,271"),
    ("H, ResNet50V2", "h-cleaning-augmentation-and-transfer", "resnet50_v2", "24,787,207"),
    ("I, reference CNN", "i-reference-cnn", "reference_cnn", "4,478,727"),
    ("J, five convolutions", "j-five-convolutions-with-leakyrelu", "five_conv", "3,441,543"),
    ("K, small CNN for CK+", "k-small-cnn-for-ck", "ckplus_cnn", "947,207"),
    ("L, three convolutions", "l-three-convolutions", "three_conv", "2,459,015"),
    ("L, AlexNet", "l-three-convolutions", "alexnet", "24,733,767"),
    ("L, InceptionResNetV2", "l-three-convolutions", "inception_resnet_v2", "54,732,007"),
)


def _scores(name, folder):
    """Return the scores of a system on PrivateTest, or None without a complete training."""
    if name in CLASSIFIER_TITLES:
        methods = read_result("fer2013_handcrafted", folder)["methods"]
        return methods[CLASSIFIER_TITLES[name]]["scores"]["PrivateTest"]
    result = read_result(f"neural_{name}", folder)
    return result["scores"]["PrivateTest"] if result and result["complete"] else None


def systems(folder):
    """Return the tables of all systems and of the reported accuracies."""
    rows, reported = [], []
    for title, section, name, parameters in SYSTEMS:
        link, figures = f"[{title}](#{section})", ["", ""]
        both = _scores(name, folder)
        if both:
            figures = [
                f"{100 * both[key]['accuracy']:.2f}" for key in ("published", "deduplicated")
            ]
        rows.append([link, f"`{name}`", parameters, *figures])
        recipe = recipe_of(name) if name in NETWORKS else None
        if recipe and recipe.reported is not None:
            reported.append([link, f"{recipe.reported:g}", recipe.caveat, figures[0]])
    header = ["system", "in fertools", "parameters", "accuracy, %", "dedup., %"]
    lines = table(header, rows).replace("| --- | ---: |", "| --- | --- |", 1)
    about = table(["system", "reported, %", "measured on", "ours on PrivateTest, %"], reported)
    return (
        lines
        + "\nAccuracy: on PrivateTest of FER-2013, of all images and of those without an exact "
        "duplicate in Training, for the systems that were trained completely in the "
        "[benchmarks](benchmarks.md). The accuracies in the reports were measured on other images "
        "and must not be compared with ours:\n\n"
        + about.replace("---: | ---: | ---:", "---: | --- | ---:", 1)
    )
