"""Audit FER-2013: findings, time and memory.

Writes results/audit.json with the counts of `Audit.summary`, the wall-clock and processor seconds
of reading and auditing, and the peak memory.

    python benchmarks/audit.py [DATA] [--n-jobs THREADS] [--out FOLDER]
"""

import argparse
import os
import time

from _common import RESULTS, peak_memory_gib, write_result

from fertools.datasets import audit, load_fer2013


def timed(function, *arguments, **options):
    """Return the result of a function, and its wall-clock and processor seconds."""
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
    parser.add_argument("--n-jobs", type=int, default=2, help="number of threads")
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
