"""Table of the analysis of videos."""

from _common import read_result
from _markdown import table, where

_NAMES = {
    "recognize each frame": "`recognize` on each frame",
    "analyze": "`analyze`",
    "analyze, whole frame each time": "`analyze(search_every=1)`",
    "annotate_video": "`annotate_video`",
    "fer": "package `fer`",
}


def video(folder):
    """Return the speeds, and what was measured of memory, tracking and smoothing."""
    result = read_result("video", folder)
    rows = [
        [
            title,
            f"{result['speed'][name]['fps_processor']:.0f}",
            f"{result['ratio'][name]:.2f}x",
        ]
        for name, title in _NAMES.items()
        if name in result["speed"]
    ]
    height, width = result["size"]
    frames, found, flicker = result["frames"], result["tracking"], result["flicker"]
    (early, before), (late, after) = result["memory_mib"].items()
    changes = flicker["changes"]
    peer = "" if "fer" in result["speed"] else " The package `fer` was not installed."
    return table(
        [
            f"model `fast`, {width} x {height} pixels, one core",
            "frames per second of processor time",
            "ratio",
        ],
        rows,
    ) + (
        f"\nThe first {result['timed_frames']} frames of a generated video of {frames['in']:,} "
        "frames, in which people enter, hide, cross and leave, and in which nobody is there for a "
        "while; reading is included. Processor time is given because other programs ran at the "
        f"same time (load {result['load_average']} on {result['environment']['cores']} cores)."
        f"{peer}\n\n"
        f"Frames in the video, in the annotated video and in the table: {frames['in']:,}, "
        f"{frames['out']:,} and {frames['table']:,}. Memory at frame {int(early):,} and at frame "
        f"{int(late):,}: {before:.0f} and {after:.0f} MiB. Of {found['faces']:,} faces that "
        f"nobody hides, {found['found'] / found['faces']:.1%} were found; false "
        f"boxes: {found['false_boxes']}. {found['one_number']} of {found['people']} people "
        f"kept one number; {found['gaps_survived']} of {found['gaps']} gaps of ten frames and "
        f"{found['crossings_survived']} of {found['crossings']} crossings did not change it.\n\n"
        f"The label of {flicker['faces']} jittered still faces in {flicker['frames']} frames each "
        f"changed {changes['raw']} times without smoothing, {changes['exponential']} times with "
        f"exponential weights, and {changes['window']} times with a window. {where(result)}.\n"
    )
