"""Time each stage against its peers, and against the limit of the machine.

One thread each where a row does not say otherwise, ours and the peer in turns. Writes
results/speed.json after each row; a row that is there already is not measured again. The tables
and plots are made from it by tables.py.

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
from _speed_stages import make_rows
from _stage_timing import measure


def sections(sizes):
    """Return {section: {name: function of the data}}, in the order of running."""
    return {
        "checks": CHECKS,
        "rows": {name: partial(measure, row) for name, row in make_rows(sizes).items()},
        "growth": GROWTH,
    }


def parsed():
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="sections, or parts of them")
    parser.add_argument("--again", action="store_true", help="measure what is there already too")
    parser.add_argument("--tiny", action="store_true", help="small sizes, to see that it runs")
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
        "what": "each stage against its peers; microseconds, MiB",
        "sizes": sizes,
        "seed": SEED,
        "data_sha256": data.fer2013.sha256,
        "photo": PHOTO,
        # Of the run that began the file: rows that are measured again do not change it.
        "machine": found.get("machine") or limits(),
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
