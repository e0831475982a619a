"""Time and memory of calls, and the speed limits of this computer.

Calls are timed in turns, so that other load on the computer affects all of them equally. Memory is
measured in a fresh process (on Linux, with glibc). A call is made by a *setup*: a function at the
top level of a module, or a `partial` of one, that takes arrays, prepares the call and returns it.
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

# Number of samples of the warm-up call, which compiles, imports and computes constants.
_WARM_UP_SAMPLES = 60


def one_thread():
    """Restrict BLAS, OpenMP and OpenCV to one thread each; joblib may still start several."""
    cv2.setNumThreads(1)
    threadpool_limits(1)


def _fastest(call, runs=7):
    return min(in_turns([call], runs)[0])


@cache
def limits():
    """Measure the maximum speed of one thread.

    Returns
    -------
    dict
        `copy_bytes_per_second` of copying 256 MiB, which counts bytes read and bytes written, and
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
    """Time several calls in turns.

    Returns
    -------
    list of list of float
        Seconds of each run of each call.
    """
    seconds = [[] for _ in calls]
    for _ in range(runs):
        for call, taken in zip(calls, seconds, strict=True):
            start = perf_counter()
            call()
            taken.append(perf_counter() - start)
    return seconds


def warmed(setup, arrays):
    """Return the call of a setup, after a warm-up call on few samples."""
    setup(*(array[:_WARM_UP_SAMPLES] for array in arrays))()
    return setup(*arrays)


def _peak_bytes():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _measured(setup, folder, keep):
    """Measure one call in this process; see `fresh`."""
    one_thread()
    files = sorted(Path(folder).glob("*.npy"), key=lambda path: int(path.stem))
    call = warmed(setup, [np.load(file) for file in files])
    # Return freed memory of the setup to the system, and reset the peak.
    CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before, start = _peak_bytes(), perf_counter()
    output = call()
    seconds = perf_counter() - start
    cost = {"seconds": seconds, "peak_mib": (_peak_bytes() - before) / 2**20}
    output = np.asarray(output)
    return cost | {"output_bytes": output.nbytes}, output if keep else None


def fresh(setups, arrays, keep):
    """Run the call of each setup once, each in a new process.

    Parameters
    ----------
    setups : list of callable
    arrays : tuple of ndarray
        Arguments of all setups.
    keep : bool
        Whether to return the outputs of the calls.

    Returns
    -------
    list of (dict, ndarray or None)
        `seconds`, `peak_mib` (the increase of the peak memory, ``ru_maxrss``, during the call, in
        MiB, including the output) and `output_bytes`; and the output.
    """
    context = get_context("forkserver")
    # Processes are forked from a server that has imported modules but holds no data.
    context.set_forkserver_preload(["speed", "numba"])
    with TemporaryDirectory() as folder:
        for number, array in enumerate(arrays):
            np.save(Path(folder, f"{number}.npy"), array)
        results = []
        for setup in setups:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                results.append(pool.submit(_measured, setup, folder, keep).result())
        return results
