"""Tables of results/speed.json; stages without a measurement are left out."""

from _common import read_result
from _markdown import table, where


def _read(folder):
    """Return the result, with empty sections for those that are missing."""
    return {"checks": {}, "rows": {}, "growth": {}} | (read_result("speed", folder) or {})


def _time(us):
    """Format microseconds in a suitable unit."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if us >= size:
            return f"{us / size:.3g} {unit}"
    return f"{us:.3g} us"


def _number(value):
    """Format a ratio with three digits."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _stage(row):
    """Return the title of a stage, with the input size if the time is that of the whole call."""
    size = " x ".join(f"{side:,}" for side in row["shape"])
    stage = f"{row['stage']}, {size}" if row["per"] in ("fit", "batch") else row["stage"]
    return stage if row["threads"] == 1 else f"{stage}, {row['threads']} threads"


def _peer(row):
    if "peer" not in row:
        return ""
    call, comma, note = row["peer"].partition(", ")
    return f"{row['package']} {row['version']}: `{call}`{comma}{note}"


def _ratio_cells(row):
    """Return the time of the peer, the ratio and the goal."""
    goal = row["goal"]
    if "peer" not in row:
        return ["", "", "" if goal is None else f"under {_time(1e6 * goal)}"]
    low, middle, high = (_number(row["ratio"][key]) for key in ("min", "median", "max"))
    return [
        _time(row["peer_us"]["median"]),
        f"{middle}x ({low} to {high})",
        "" if goal is None else f"{_number(goal)}x",
    ]


def _where(result):
    if not result["rows"]:
        return ""
    limits = result["limits"]
    return (
        "\nMedian times. Ratio: time of the peer divided by that of fertools, with minimum and "
        "maximum of the runs in parentheses. One thread unless stated otherwise, which copies "
        f"{limits['copy_bytes_per_second'] / 1e9:.3g} GB/s and computes "
        f"{limits['flops_per_second'] / 1e9:.3g} GFLOP/s. {where(result)}.\n"
    )


def _speeds(result, rows):
    header = ["stage", "peer", "time", "time of peer", "ratio", "goal"]
    lines = [
        [_stage(row), _peer(row), _time(row["us"]["median"]), *_ratio_cells(row)] for row in rows
    ]
    return table(header, lines) + _where(result)


def _with_goal(result):
    return [row for row in result["rows"].values() if row["goal"] is not None]


def speed_goals(folder):
    """Return the table of the stages with a goal."""
    result = _read(folder)
    return _speeds(result, _with_goal(result))


def speed_all(folder):
    """Return the table of all stages."""
    result = _read(folder)
    return _speeds(result, result["rows"].values())


def _agreement(row):
    if "equal" in row:
        return f"{100 * row['equal']:.4g} % equal"
    return f"{row['largest_difference']:.1g}" if "largest_difference" in row else ""


def speed_limits(folder):
    """Return the table of memory, agreement with the peer, and lower bounds of the time."""
    header = ["stage", "peer", "runs", "output, MiB", "peak, MiB", "peer's peak, MiB"]
    header += ["difference", "lower bound", "bound / time"]
    lines = []
    for row in _read(folder)["rows"].values():
        peer_peak = f"{row['peer_peak_mib']:.1f}" if "peer" in row else ""
        lines.append(
            [
                _stage(row),
                _peer(row).partition(" ")[0],
                row["runs"],
                f"{row['output_mib']:.1f}",
                f"{row['peak_mib']:.1f}",
                peer_peak,
                _agreement(row),
                _time(row["limit_us"]),
                f"{100 * row['share']:.2g} %",
            ]
        )
    return table(header, lines)


def speed_growth(folder):
    """Return the table of the slopes of all series."""
    header = ["stage", "axis", "from", "time", "to", "time", "slope"]
    lines = []
    for axis, found in _read(folder)["growth"].items():
        for name, one in found.items():
            ends = [
                cell
                for end in (0, -1)
                for cell in (f"{one['sizes'][end]:,}", _time(1e6 * one["seconds"][end]))
            ]
            lines.append([name, axis, *ends, f"{one['slope']:.2f}"])
    return table(header, lines)


def speed_exact(folder):
    """Return the tables of the exactness of LBP and Zernike moments."""
    checks = _read(folder)["checks"]
    codes = [
        [
            f"LBP codes, radius {radius}",
            f"{found['codes']:,}",
            f"{found['unequal']:,}",
            f"{100 * found['equal_to_scikit_image']:.4f} %",
        ]
        for radius, found in checks.get("lbp_exactness", {}).items()
    ]
    moments = [
        [f"Zernike moments, degree {degree}", f"{error:.1e}"]
        for degree, error in checks.get("zernike_exactness", {}).items()
    ]
    header = ["FER-2013, all images", "codes", "not exact", "equal to scikit-image"]
    return table(header, codes) + "\n" + table(["64 crops", "largest error"], moments)


def first_call(folder):
    """Return the table of the times of the first and second call in a new process."""
    found = _read(folder)["checks"].get("first_call", {})
    lines = [
        [state, *(_time(1e6 * seconds[step]) for step in ("import", "first", "second"))]
        for state, seconds in found.items()
    ]
    header = ["cache of compiled code", "`import fertools.pipeline`", "first crop", "second crop"]
    return table(header, lines)


SPEED_TABLES = {
    "speed_goals": speed_goals,
    "speed_all": speed_all,
    "speed_limits": speed_limits,
    "speed_growth": speed_growth,
    "speed_exact": speed_exact,
    "first_call": first_call,
}
