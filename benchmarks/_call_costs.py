"""Limits of this computer, and the cost of a call on it.

Times are taken in turns, so that the noise of the machine meets all calls alike. Memory is measured
in a process that holds nothing else (on Linux, with glibc). A call comes from a *setup*: a function
at the top level of a module, or a `partial` of one, that takes arrays, prepares, and returns the
call.
"""

import resource
from concurrent.futures import ProcessPoolExecutor
from ctypes import CDLL
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

# Rows that a setup sees first, so that compiling, importing and tables of constants are over.
_WARM_ROWS = 60


def one_thread():
    """Hold BLAS, OpenMP and OpenCV to one thread each; joblib may run several of them."""
    cv2.setNumThreads(1)
    threadpool_limits(1)


def _fastest(call, runs=7):
    return min(in_turns([call], runs)[0])


@cache
def limits():
    """Measure what one thread can do at most.

    Returns
    -------
    dict
        `copy_bytes_per_second` of a copy of 256 MiB, each byte counted when read and when written;
        `flops_per_second` of a product of two 2,000 x 2,000 float32 matrices.
    """
    source = np.ones(1 << 26, np.float32)
    target = np.empty_like(source)
    matrix = np.random.default_rng(0).random((2000, 2000), dtype=np.float32)
    return {
        "copy_bytes_per_second": 2 * source.nbytes / _fastest(lambda: np.copyto(target, source)),
        "flops_per_second": 2 * 2000**3 / _fastest(lambda: matrix @ matrix),
    }


def in_turns(calls, runs):
    """Time calls: all of them once, then all of them again.

    Returns
    -------
    list of list of float
        The seconds of each run, for each call.
    """
    seconds = [[] for _ in calls]
    for _ in range(runs):
        for call, taken in zip(calls, seconds, strict=True):
            start = perf_counter()
            call()
            taken.append(perf_counter() - start)
    return seconds


def warmed(setup, arrays):
    """Return the call of a setup, which has run once on few rows."""
    setup(*(array[:_WARM_ROWS] for array in arrays))()
    return setup(*arrays)


def _peak_bytes():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _measured(setup, folder, keep):
    """Run in a fresh process: see `fresh`."""
    one_thread()
    files = sorted(Path(folder).glob("*.npy"), key=lambda path: int(path.stem))
    call = warmed(setup, [np.load(file) for file in files])
    # What the preparations used: the free part goes back to Linux, which forgets the peak so far.
    CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before, start = _peak_bytes(), perf_counter()
    output = call()
    seconds = perf_counter() - start
    cost = {"seconds": seconds, "peak_mib": (_peak_bytes() - before) / 2**20}
    output = np.asarray(output)
    return cost | {"output_bytes": output.nbytes}, output if keep else None


def fresh(setups, arrays, keep):
    """Run the call of each setup once, in a process of its own.

    Parameters
    ----------
    setups : list of callable
    arrays : tuple of ndarray
        What every setup takes.
    keep : bool
        Return what the calls return.

    Returns
    -------
    list of (dict, ndarray or None)
        `seconds`, `peak_mib` (the most memory in use during the call, ``ru_maxrss``, less what was
        in use before it, in MiB: scratch and output) and `output_bytes`; and the output.
    """
    context = get_context("forkserver")
    # Processes are forked from a server that holds modules only.
    context.set_forkserver_preload(["speed", "numba"])
    with TemporaryDirectory() as folder:
        for number, array in enumerate(arrays):
            np.save(Path(folder, f"{number}.npy"), array)
        results = []
        for setup in setups:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                results.append(pool.submit(_measured, setup, folder, keep).result())
        return results
