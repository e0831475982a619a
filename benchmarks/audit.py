"""The audit of FER-2013: what it finds, and how long it takes in one process.

Writes results/audit.json: the figures of `Audit.summary`, the seconds of reading and auditing, by
the clock and of the processor, and the peak memory.

    python benchmarks/audit.py [DATA] [--n-jobs THREADS] [--out FOLDER]
"""

import argparse
import os
import time

from _common import RESULTS, peak_memory_gib, write_result

from fertools.datasets import audit, load_fer2013


def timed(function, *arguments, **options):
    """Return what a function returns, and its seconds."""
    clock, processor = time.perf_counter(), time.process_time()
    result = function(*arguments, **options)
    seconds = {
        "clock": round(time.perf_counter() - clock, 1),
        "processor": round(time.process_time() - processor, 1),
    }
    return result, seconds


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--n-jobs", type=int, default=2, help="threads")
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data, reading = timed(load_fer2013, arguments.data)
    found, auditing = timed(audit, data, n_jobs=arguments.n_jobs)
    result = {
        "data_sha256": data.sha256,
        "n_jobs": arguments.n_jobs,
        "load_average": round(os.getloadavg()[0], 1),
        "seconds": {"reading": reading, "auditing": auditing},
        "peak_memory_gib": peak_memory_gib(),
        "one_gray_level": int((found.flat["span"] == 0).sum()),
        **found.summary(),
    }
    print(write_result("audit", result, arguments.out))


if __name__ == "__main__":
    main()
