"""Table of small pipelines that are trained on photos of few people."""

from _common import read_result
from _markdown import table, where


def own_faces(folder):
    """Return the accuracy per pipeline and number of people in training."""
    result = read_result("own_faces", folder)
    header = ["accuracy, %, by number of people in training", *result["shipped"], "s"]
    rows = [
        [
            name,
            *(f"{100 * score['mean']:.0f}" for score in row["accuracy"].values()),
            f"{row['seconds']:.1f}",
        ]
        for name, row in result["rows"].items()
    ]
    shipped = [f"{100 * accuracy:.0f}" for accuracy in result["shipped"].values()]
    rows.append(["shipped `fast`, the more probable of the two", *shipped, ""])
    labels = " and ".join(result["labels"])
    return table(header, rows) + (
        f"\n{result['photos']} photos of {result['people']} adults, {labels} "
        "([Face Research Lab London Set](https://doi.org/10.6084/m9.figshare.5047666)). Means of "
        f"{result['repeats']} random choices of people; tested on the others. The classifier is "
        "the support vector machine of `make_fer_pipeline`. Seconds: to train with the largest "
        "number of people and to test, on one thread of a busy computer. "
        f"{where(result)}.\n"
    )
