"""Rows of the speed benchmark and their measurement."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

import numpy as np
from _call_costs import fresh, in_turns, limits, warmed

# Slow rows are run fewer times: as often as fits in this.
_SECONDS_A_SIDE = 70


@dataclass(frozen=True)
class Row:
    """One stage: ours, and its peer where there is one.

    `arrays` takes the data and returns what both setups take. `peer` is the setup, and
    `peer_name` a distribution and what is called of it. `wanted` is the ratio asked for, or the
    seconds without a peer. `compare` says whether the outputs are close numbers ("difference") or
    "equal". `flops` is the work of the plainest method, of the arrays and the size of the output.
    The time is that of an image where `per` says so, or of the whole call. `runs` is None for the
    usual number of them.
    """

    stage: str
    arrays: Callable
    ours: Callable
    peer: Callable | None = None
    peer_name: tuple[str, str] | None = None
    wanted: float | None = None
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


def measure(row, data):
    """Measure one row.

    Returns
    -------
    dict
        `us`: microseconds of one unit (an image, or a whole call), median, least and most;
        `peak_mib` and `output_mib` of one call; `limit_us` and the `share` of it that is reached;
        with a peer also `peer_us`, `peer_peak_mib`, `ratio`, and how the outputs agree.
    """
    arrays = row.arrays(data)
    setups = [row.ours] if row.peer is None else [row.ours, row.peer]
    costs, outputs = zip(*fresh(setups, arrays, row.compare is not None), strict=True)
    slowest = max(cost["seconds"] for cost in costs)
    runs = max(1, min(row.runs or data.sizes["runs"], int(_SECONDS_A_SIDE / slowest)))
    if runs > 1:
        seconds = in_turns([warmed(setup, arrays) for setup in setups], runs)
    else:
        seconds = [[cost["seconds"]] for cost in costs]

    n = len(arrays[0]) if row.per == "image" else 1
    us, *peer_us = (_spread([1e6 * value / n for value in side]) for side in seconds)
    limit_us = _limit_us(row, arrays, costs[0]["output_bytes"]) / n
    result = {
        "stage": row.stage,
        "shape": arrays[0].shape,
        "per": row.per,
        "threads": row.threads,
        "runs": runs,
        "wanted": row.wanted,
        "us": us,
        "peak_mib": costs[0]["peak_mib"],
        "output_mib": costs[0]["output_bytes"] / 2**20,
        "limit_us": limit_us,
        "share": limit_us / us["median"],
    }
    if row.peer is None:
        return result
    ratios = [theirs / ours for ours, theirs in zip(*seconds, strict=True)]
    ratio = _spread(ratios) | {"median": peer_us[0]["median"] / us["median"]}
    package, called = row.peer_name
    result |= {
        "peer": called,
        "package": package,
        "version": version(package),
        "peer_us": peer_us[0],
        "peer_peak_mib": costs[1]["peak_mib"],
        "ratio": ratio,
    }
    return result | (_agreement(row.compare, *outputs) if row.compare else {})


def _limit_us(row, arrays, output_bytes):
    """Return the lower bound by memory and arithmetic, in microseconds per call."""
    machine = limits()
    moved = sum(array.nbytes for array in arrays) + output_bytes
    flops = row.flops(*arrays, output_bytes // 4) if row.flops else 0
    seconds = (moved / machine["copy_bytes_per_second"], flops / machine["flops_per_second"])
    return 1e6 * max(seconds) / row.threads
