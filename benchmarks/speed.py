"""Time each stage against other libraries, and against the limits of the computer.

Both sides run in turns, on one thread unless a stage states otherwise. Writes results/speed.json
after each stage; stages found there are not measured again. tables.py makes the tables and plots.

    python benchmarks/speed.py [DATA] [--only NAME ...] [--again] [--tiny] [--out FOLDER]
"""

import argparse
import time
from functools import partial
from pathlib import Path

import _restart_with_one_thread  # noqa: F401
from _call_costs import limits, one_thread
from _common import RESULTS, read_result, write_result
from _cost_scaling import GROWTH
from _speed_checks import CHECKS
from _speed_data import FULL, PHOTO, SEED, TINY, Data
from _speed_stages import make_stages
from _stage_timing import measure


def sections(sizes):
    """Return the parts of each section, as functions of the data, in the order of running."""
    return {
        "checks": CHECKS,
        "rows": {name: partial(measure, stage) for name, stage in make_stages(sizes).items()},
        "growth": GROWTH,
    }


def parsed():
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="sections or parts to measure")
    parser.add_argument("--again", action="store_true", help="measure existing parts again")
    parser.add_argument("--tiny", action="store_true", help="small sizes, for a test run")
    parser.add_argument("--out", default=RESULTS)
    parser.add_argument("--checkpoints", default=Path(__file__).parent / "checkpoints")
    return parser.parse_args()


def main():
    """Run the benchmark."""
    arguments = parsed()
    one_thread()
    sizes = TINY if arguments.tiny else FULL
    data = Data(arguments.data, sizes, arguments.checkpoints)
    found = read_result("speed", arguments.out) or {}
    found.pop("environment", None)
    about = {
        "what": "each stage against its peers; times in microseconds, memory in MiB",
        "sizes": sizes,
        "seed": SEED,
        "data_sha256": data.fer2013.sha256,
        "photo": PHOTO,
        # Limits of the run that created the file; measuring stages again does not change them.
        "limits": found.get("limits") or limits(),
    }
    for section, parts in sections(sizes).items():
        done = found.setdefault(section, {})
        for name, function in parts.items():
            if arguments.only and not {section, name} & set(arguments.only):
                continue
            if name in done and not arguments.again:
                continue
            start = time.perf_counter()
            done[name] = function(data)
            found |= about
            write_result("speed", found, arguments.out)
            print(f"{section}: {name}: {time.perf_counter() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
