"""Table and plots of the robustness of all methods."""

from _common import drawing, is_complete, read_result
from _markdown import table, where

NAME = "robustness"
AXES = {
    "occlusion": "share of the face that is occluded",
    "gamma": "gamma",
    "noise": "standard deviation of the noise in gray levels",
    "blur": "standard deviation of the blur in pixels",
}
# Level of each distortion that leaves images unchanged.
UNDISTORTED = {"occlusion": 0, "gamma": 1, "noise": 0, "blur": 0}
# Levels shown in the table.
SHOWN = {"occlusion": (0.2, 0.5), "gamma": (0.5, 2.0), "noise": (10, 30), "blur": (1.0, 2.0)}
DETECTOR = "detector"


def curve(method, levels, distortion):
    """Return the levels of a distortion, with that of no distortion, and the shares there."""
    points = zip(levels[distortion], method[distortion], strict=True)
    return zip(*sorted([(UNDISTORTED[distortion], method["undistorted"]), *points]), strict=True)


def by_accuracy(result, folder):
    """Return names and results of completed methods: the best first, the detector last.

    Networks whose training was cut off are left out.
    """
    complete = [
        (name, method)
        for name, method in result["methods"].items()
        if AXES.keys() <= method.keys() and is_complete(name, folder)
    ]
    return sorted(complete, key=lambda one: (one[0] == DETECTOR, -one[1]["undistorted"]))


def robustness(folder):
    """Return the table of accuracies at a few levels of each distortion."""
    result = read_result(NAME, folder)
    if result is None:
        return ""
    columns = [(name, level) for name, levels in SHOWN.items() for level in levels]
    header = ["PublicTest, %", "undistorted", *(f"{name} {level:g}" for name, level in columns)]
    rows = []
    for name, method in by_accuracy(result, folder):
        shares = [method["undistorted"]]
        for distortion, level in columns:
            shares.append(method[distortion][result["levels"][distortion].index(level)])
        label = "face detected" if name == DETECTOR else f"`{name}`"
        rows.append([label, *(f"{100 * share:.1f}" for share in shares)])
    counts = {method["images"] for method in result["methods"].values()}
    n_images = " or ".join(f"{count:,}" for count in sorted(counts))
    interval = 196 * (0.25 / min(counts)) ** 0.5
    return table(header, rows) + (
        f"\nMeasured on {n_images} images; 95 % confidence intervals are at most ±{interval:.1f} "
        f"points. {where(result)}.\n"
    )


def _draw(axes, methods, levels, distortion):
    """Plot a curve per method."""
    for number, (name, method) in enumerate(methods):
        points = curve(method, levels, distortion)
        axes.plot(*points, color=f"C{number % 10}", marker="os^v"[number % 4], ms=4, label=name)
    axes.set(xlabel=AXES[distortion], ylim=(0, None))
    if distortion == "gamma":
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)


def plot(folder, pages):
    """Plot the accuracy over the levels of each distortion, and the share of faces detected."""
    result = read_result(NAME, folder)
    if result is None:
        return
    plt = drawing()
    levels, complete = result["levels"], by_accuracy(result, folder)
    detector = [one for one in complete if one[0] == DETECTOR]
    methods = [one for one in complete if one[0] != DETECTOR]
    figures = {}
    for distortion in AXES:
        figures[distortion], axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
        _draw(axes, methods, levels, distortion)
        axes.set_ylabel("accuracy on PublicTest")
        axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    figure, panels = plt.subplots(2, 2, figsize=(8, 5), layout="constrained", sharey=True)
    for axes, distortion in zip(panels.flat, AXES, strict=True):
        _draw(axes, detector, levels, distortion)
    figure.supylabel("share of faces detected")
    figures[DETECTOR] = figure
    for name, figure in figures.items():
        figure.savefig(pages / f"{NAME}_{name}.svg", metadata={"Date": None})
        plt.close(figure)
