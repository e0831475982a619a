"""The table and the plots of the robustness of all methods."""

from _common import drawing, read_result
from _markdown import table, where

NAME = "robustness"
AXES = {
    "occlusion": "share of the face that is covered",
    "gamma": "gamma",
    "noise": "standard deviation of the noise in gray levels",
    "blur": "standard deviation of the blur in pixels",
}
# The level of each distortion that changes nothing.
NOTHING = {"occlusion": 0, "gamma": 1, "noise": 0, "blur": 0}
# What the table shows.
SHOWN = {"occlusion": (0.2, 0.5), "gamma": (0.5, 2.0), "noise": (10, 30), "blur": (1.0, 2.0)}
SEARCH = "detector"


def curve(method, levels, distortion):
    """Return the levels of a distortion with the one that changes nothing, and the shares there."""
    points = zip(levels[distortion], method[distortion], strict=True)
    return zip(*sorted([(NOTHING[distortion], method["as they are"]), *points]), strict=True)


def by_accuracy(result):
    """Return (name, method) of all that was measured wholly: the best first, the detector last."""
    whole = [one for one in result["methods"].items() if AXES.keys() <= one[1].keys()]
    return sorted(whole, key=lambda one: (one[0] == SEARCH, -one[1]["as they are"]))


def robustness(folder):
    """Return the table of accuracy at a few levels of each distortion."""
    result = read_result(NAME, folder)
    if result is None:
        return ""
    columns = [(name, level) for name, levels in SHOWN.items() for level in levels]
    header = ["PublicTest, %", "as it is", *(f"{name} {level:g}" for name, level in columns)]
    rows = []
    for name, method in by_accuracy(result):
        shares = [method["as they are"]]
        for distortion, level in columns:
            shares.append(method[distortion][result["levels"][distortion].index(level)])
        label = "face found" if name == SEARCH else f"`{name}`"
        rows.append([label, *(f"{100 * share:.1f}" for share in shares)])
    counts = {method["images"] for method in result["methods"].values()}
    n_images = " or ".join(f"{count:,}" for count in sorted(counts))
    interval = 196 * (0.25 / min(counts)) ** 0.5
    return table(header, rows) + (
        f"\nOf {n_images} images; 95 % intervals reach up to {interval:.1f} points to each side. "
        f"{where(result)}.\n"
    )


def _draw(axes, methods, levels, distortion):
    """Draw a curve for each method."""
    for number, (name, method) in enumerate(methods):
        points = curve(method, levels, distortion)
        axes.plot(*points, color=f"C{number % 10}", marker="os^v"[number % 4], ms=4, label=name)
    axes.set(xlabel=AXES[distortion], ylim=(0, None))
    if distortion == "gamma":
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)


def plot(folder, pages):
    """Draw the accuracy over the levels of each distortion, and the share of faces found."""
    result = read_result(NAME, folder)
    if result is None:
        return
    plt = drawing()
    levels, whole = result["levels"], by_accuracy(result)
    search = [one for one in whole if one[0] == SEARCH]
    methods = [one for one in whole if one[0] != SEARCH]
    figures = {}
    for distortion in AXES:
        figures[distortion], axes = plt.subplots(figsize=(8, 4.4), layout="constrained")
        _draw(axes, methods, levels, distortion)
        axes.set_ylabel("accuracy on PublicTest")
        axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    figures[SEARCH], panels = plt.subplots(2, 2, figsize=(8, 5), layout="constrained", sharey=True)
    for axes, distortion in zip(panels.flat, AXES, strict=True):
        _draw(axes, search, levels, distortion)
    figures[SEARCH].supylabel("share of faces found")
    for name, figure in figures.items():
        figure.savefig(pages / f"{NAME}_{name}.svg", metadata={"Date": None})
        plt.close(figure)
