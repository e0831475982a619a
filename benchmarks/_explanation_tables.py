"""The table of where the heat maps of smiling faces peak."""

from _common import read_result
from _markdown import table, where


def explanations(folder):
    """Return the table of peaks at the mouth and errors of the sums."""
    result = read_result("explanations", folder)
    if result is None:
        return ""
    header = ["peak at the mouth", "model", "all people, %", "people recognized as happy, %"]
    rows = [
        [
            f"baseline: {key}",
            f"`{name}`",
            f"{100 * shares['all']:.0f}",
            f"{100 * shares['recognized']:.0f} ({model['recognized']} people)",
        ]
        for name, model in result["models"].items()
        for key, shares in model["at_mouth"].items()
    ]
    y0, x0, y1, x1 = result["mouth"]
    error = max(model["largest_error_of_sum"] for model in result["models"].values())
    single = max(
        model["largest_difference_from_single_precision"] for model in result["models"].values()
    )
    seconds = ", ".join(
        f"{model['median_seconds']:.1f} s with `{name}`" for name, model in result["models"].items()
    )
    return table(header, rows) + (
        f"\nSmiling photos of {result['people']} adults (Face Research Lab London Set). The mouth "
        f"is the box from {y0:g} to {y1:g} of the height and from {x0:g} to {x1:g} of the width of "
        f"the face. The contributions differ from the decision value by at most {error:.0e}, which "
        f"differs by at most {single:.0e} from the one that the model computes in single "
        f"precision. An explanation takes {seconds} on one core, on a busy computer. "
        f"{where(result)}.\n"
    )
