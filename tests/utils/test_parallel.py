import inspect
import subprocess
import sys
import threading
import time
import tracemalloc

import joblib
import numpy as np
import pytest
from discovery import public_estimators
from sklearn import config_context
from sklearn.base import clone
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from threadpoolctl import ThreadpoolController

from fertools import kernels, pipeline, preprocessing
from fertools._utils.parallel import map_chunks, one_blas_thread, parallel_map, rows_in_memory
from fertools.features import FeatureFusion, LocalBinaryPatterns, ZernikeMoments

SAMPLES = np.arange(300)


def blas_threads():
    return {
        library.num_threads
        for library in ThreadpoolController().select(user_api="blas").lib_controllers
        # OpenCV 4.10 includes a BLAS library that was built for one thread.
        if getattr(library, "threading_layer", None) != "disabled"
    }


@pytest.mark.parametrize(
    ("row_bytes", "n_workers", "at_most", "expected"),
    [
        (1, 1, 64, 64),
        (2**20, 1, 64, 10),
        (2**20, 2, 64, 5),
        (3 * 2**20, 1, 64, 3),
        (2**20, 1, 4, 4),
        (2**30, 8, 64, 1),  # an image is not split
    ],
)
def test_rows_in_memory(row_bytes, n_workers, at_most, expected):
    with config_context(working_memory=10):
        assert rows_in_memory(row_bytes, n_workers, at_most) == expected


def test_small_images_are_processed_in_chunks_of_64(monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (130, 48, 48), dtype=np.uint8)
    # The descriptor of the pipelines with most features, 6,372.
    lbp = LocalBinaryPatterns().fit(images)
    sizes, describe = [], lbp._describe
    monkeypatch.setattr(lbp, "_describe", lambda chunk: sizes.append(len(chunk)) or describe(chunk))
    lbp.transform(images)
    assert sizes == [64, 64, 2]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_working_memory_bounds_the_chunks(n_jobs):
    sizes = []

    def double(chunk):
        sizes.append(len(chunk))
        return 2.0 * chunk[:, None]

    with config_context(working_memory=1):
        out = map_chunks(double, SAMPLES, 1, n_jobs=n_jobs, row_bytes=2**15)
    assert max(sizes) == 32 // n_jobs and sum(sizes) == len(SAMPLES)
    np.testing.assert_array_equal(out[:, 0], 2 * SAMPLES)


def test_results_are_in_the_order_of_the_samples():
    def slow_at_first(chunk):
        time.sleep(0.05 if chunk[0] == 0 else 0)
        return chunk[:, None]

    out = map_chunks(slow_at_first, SAMPLES, 1, n_jobs=3, dtype=int, chunk_size=20)
    np.testing.assert_array_equal(out[:, 0], SAMPLES)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_worker_error_reaches_the_caller(n_jobs):
    def fail(chunk):
        if chunk[0] == 128:
            raise ZeroDivisionError("sample 128")
        return chunk[:, None]

    before = blas_threads()
    with pytest.raises(ZeroDivisionError, match="sample 128"):
        map_chunks(fail, SAMPLES, 1, n_jobs=n_jobs)
    assert blas_threads() == before


def test_parallel_workers_use_one_blas_thread_each():
    seen = set()

    def look(chunk):
        seen.update((threading.current_thread().name, n) for n in blas_threads())
        return chunk[:, None]

    with ThreadpoolController().limit(limits=2, user_api="blas"):
        map_chunks(look, SAMPLES, 1, n_jobs=2)
        assert {n for _, n in seen} == {1}
        assert all(name != threading.main_thread().name for name, _ in seen)
        assert blas_threads() == {2}, "the number of threads is restored"
        seen.clear()
        map_chunks(look, SAMPLES, 1)
        assert {n for _, n in seen} == {2}, "a single worker uses all threads"


def test_descriptors_use_one_blas_thread():
    class Looks(LocalBinaryPatterns):
        def _describe(self, images):
            seen.update(blas_threads())
            return super()._describe(images)

    seen, images = set(), np.zeros((3, 12, 12), dtype=np.uint8)
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        Looks().fit_transform(images)
    assert seen == {1}


def test_only_the_main_thread_limits_blas():
    def look():
        with one_blas_thread():
            seen.append(blas_threads())

    seen = []
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        look()
        assert blas_threads() == {2}
    assert seen == [{2}, {1}]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_large_images_respect_the_working_memory(n_jobs):
    images = np.random.default_rng(0).integers(0, 256, (16, 1000, 1000), dtype=np.uint8)
    fusion = FeatureFusion(
        [("lbp", LocalBinaryPatterns((1,))), ("zernike", ZernikeMoments(4, standardize=True))],
        n_jobs=n_jobs,
    ).fit(images)
    fusion.transform(images[:1])
    tracemalloc.start()
    with config_context(working_memory=128):
        out = fusion.transform(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - out.nbytes < 128 * 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_buffers_of_opencv_and_numba_respect_the_working_memory():
    script = r"""
import re
from pathlib import Path
import numpy as np
from sklearn import config_context
from fertools.features import FeatureFusion, DiscreteCosine, LocalZernikeMoments

def resident(kind):
    return int(re.search(kind + r":\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

images = np.random.default_rng(0).integers(0, 256, (12, 1000, 1000), dtype=np.uint8)
fusion = FeatureFusion([
    ("zernike", LocalZernikeMoments(((1, 1),), window=11)),
    ("dct", DiscreteCosine(3, block=8, grid=(6, 6))),
])
fusion.fit_transform(images[:, :48, :48])  # compile the kernels
fusion.fit(images)
Path("/proc/self/clear_refs").write_text("5")  # reset the peak
before = resident("VmRSS")
with config_context(working_memory=128):
    out = fusion.transform(images)
print(resident("VmHWM") - before - out.nbytes / 2**20)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 128


def build(cls):
    """Return an estimator with its required arguments."""
    step = LocalBinaryPatterns(radii=(1,))
    arguments = {
        "descriptors": [("lbp", step)],
        "transformer": step,
        "estimator": make_pipeline(step, GaussianNB()),
    }
    if cls is kernels.PairMeansClassifier:
        arguments["estimator"] = kernels.KernelRidgeClassifier()
    required = {
        name: arguments[name]
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.default is parameter.empty
    }
    return cls(**required)


PARALLEL = [cls for cls in public_estimators() if "n_jobs" in inspect.signature(cls).parameters]


@pytest.mark.parametrize("cls", PARALLEL)
def test_n_jobs_can_be_a_numpy_integer(cls):
    build(cls).set_params(n_jobs=np.int64(2))._validate_params()
    with pytest.raises(ValueError, match="'n_jobs' parameter"):
        build(cls).set_params(n_jobs=2.5)._validate_params()


IMAGES = np.random.default_rng(0).integers(0, 256, (140, 16, 16), dtype=np.uint8)
LABELS = np.arange(140) % 3


@pytest.mark.parametrize("backend", ["threading", "multiprocessing", "loky"])
@pytest.mark.parametrize(
    "estimator",
    [
        LocalBinaryPatterns(radii=(1,)),
        preprocessing.CLAHE(),
        pipeline.ViewAveraging(make_pipeline(LocalBinaryPatterns(radii=(1,)), GaussianNB())),
        make_pipeline(LocalBinaryPatterns(radii=(1,)), kernels.GramSVC()),
        make_pipeline(LocalBinaryPatterns(radii=(1,)), kernels.KernelRidgeClassifier()),
        make_pipeline(
            LocalBinaryPatterns(radii=(1,)),
            kernels.PairMeansClassifier(kernels.KernelRidgeClassifier()),
        ),
    ],
    ids=lambda estimator: str(estimator)[:60],
)
def test_every_backend_gives_the_same_results(estimator, backend):
    def run():
        fitted = clone(estimator).fit(IMAGES, LABELS)
        return (fitted.transform if hasattr(fitted, "transform") else fitted.predict)(IMAGES)

    expected = run()
    # A working memory of 40 bytes splits the samples of the kernel methods into chunks too.
    with config_context(working_memory=4e-5), joblib.parallel_config(backend, n_jobs=2):
        np.testing.assert_allclose(run(), expected, rtol=1e-5, atol=1e-6)


def test_parallel_map_reads_one_batch_at_a_time():
    read = []

    def items():
        for item in range(100):
            read.append(item)
            yield item

    results = parallel_map(lambda item: item + 1, items(), n_jobs=2, per_worker=3)
    assert next(results) == 1 and len(read) == 6
    assert list(results) == list(range(2, 101))
