"""Timing of one stage of the speed benchmark, and of its peer."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

import numpy as np
from _call_costs import fresh, in_turns, limits, warmed

# Maximum seconds of the timed runs of each side; slow stages are run fewer times.
_MAX_SECONDS = 70


@dataclass(frozen=True)
class Stage:
    """Stage of a pipeline, as computed by fertools and optionally by a peer.

    Parameters
    ----------
    title : str
        Name in the tables.
    arrays : callable
        Function of the data that returns the arguments of both setups.
    ours, peer : callable
        Setups: functions that take the arrays and return the call to be timed.
    peer_name : tuple of str or None
        Distribution of the peer, and the function that is called.
    goal : float or None
        Desired ratio of the peer's time to ours, or desired seconds if there is no peer.
    compare : {"difference", "equal"} or None
        Whether to report the largest difference of the outputs or the share of equal values.
    flops : callable or None
        Number of operations of the simplest method, as a function of the arrays and the number of
        outputs.
    per : {"image", "crop", "fit", "batch"}
        Unit of the time; except for "image", it is the time of the whole call.
    threads : int
        Number of threads.
    runs : int or None
        Number of timed runs; None for the default.
    """

    title: str
    arrays: Callable
    ours: Callable
    peer: Callable | None = None
    peer_name: tuple[str, str] | None = None
    goal: float | None = None
    compare: str | None = None
    flops: Callable | None = None
    per: str = "image"
    threads: int = 1
    runs: int | None = None


def _spread(values):
    return {"median": median(values), "min": min(values), "max": max(values)}


def _agreement(compare, ours, theirs):
    if compare == "difference":
        return {"largest_difference": float(np.abs(ours - theirs).max())}
    same = ours.shape == theirs.shape
    return {"equal": float((ours == theirs).mean()) if same else 0.0}


def measure(stage, data):
    """Measure time and memory of a stage.

    Returns
    -------
    dict
        `us`, the median, minimum and maximum of the microseconds per image or per call;
        `peak_mib` and `output_mib` of one call; `limit_us`, a lower bound of the time, and `share`,
        the bound divided by the time. With a peer also `peer_us`, `peer_peak_mib`, `ratio` and the
        agreement of the outputs.
    """
    arrays = stage.arrays(data)
    setups = [stage.ours] if stage.peer is None else [stage.ours, stage.peer]
    costs, outputs = zip(*fresh(setups, arrays, stage.compare is not None), strict=True)
    slowest = max(cost["seconds"] for cost in costs)
    runs = max(1, min(stage.runs or data.sizes["runs"], int(_MAX_SECONDS / slowest)))
    if runs > 1:
        seconds = in_turns([warmed(setup, arrays) for setup in setups], runs)
    else:
        seconds = [[cost["seconds"]] for cost in costs]

    n = len(arrays[0]) if stage.per == "image" else 1
    us, *peer_us = (_spread([1e6 * value / n for value in side]) for side in seconds)
    limit_us = _limit_us(stage, arrays, costs[0]["output_bytes"]) / n
    result = {
        "stage": stage.title,
        "shape": arrays[0].shape,
        "per": stage.per,
        "threads": stage.threads,
        "runs": runs,
        "goal": stage.goal,
        "us": us,
        "peak_mib": costs[0]["peak_mib"],
        "output_mib": costs[0]["output_bytes"] / 2**20,
        "limit_us": limit_us,
        "share": limit_us / us["median"],
    }
    if stage.peer is None:
        return result
    ratios = [theirs / ours for ours, theirs in zip(*seconds, strict=True)]
    ratio = _spread(ratios) | {"median": peer_us[0]["median"] / us["median"]}
    package, called = stage.peer_name
    result |= {
        "peer": called,
        "package": package,
        "version": version(package),
        "peer_us": peer_us[0],
        "peer_peak_mib": costs[1]["peak_mib"],
        "ratio": ratio,
    }
    return result | (_agreement(stage.compare, *outputs) if stage.compare else {})


def _limit_us(stage, arrays, output_bytes):
    """Return the lower bound set by memory bandwidth and arithmetic, in microseconds per call."""
    bounds = limits()
    moved = sum(array.nbytes for array in arrays) + output_bytes
    flops = stage.flops(*arrays, output_bytes // 4) if stage.flops else 0
    seconds = (moved / bounds["copy_bytes_per_second"], flops / bounds["flops_per_second"])
    return 1e6 * max(seconds) / stage.threads
