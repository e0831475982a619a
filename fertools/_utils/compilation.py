"""Compile kernels with Numba at their first call, and cache them on disk."""

import logging
import warnings
from contextlib import suppress
from functools import cache, cached_property, update_wrapper
from hashlib import sha256
from pathlib import Path

_LOGGER = logging.getLogger("fertools")
# Precedes the checksum. Cache files of versions without checksums lack it.
_MARK = b"fertools:sha256:"
# Cache folders with a warning in this process.
_WARNED: set[str] = set()


class compiled:
    """Decorator of a kernel: a function of arrays and numbers, written as plain loops.

    Numba is imported, and the kernel compiled, at the first call, so that importing the package
    stays fast. The compiled code is cached in ``__pycache__`` beside the source file, or in
    `NUMBA_CACHE_DIR`, so that later processes load it. If the cache cannot be read or written,
    the kernel is compiled without it, with one warning per folder and process. Kernels release the
    GIL and run on one thread; `map_chunks` processes chunks of images in parallel. A kernel does
    not call another kernel.

    The compiler may contract a product and a sum to one rounding, and reorder a sum within its
    loop. As a loop never runs over several images, results do not depend on the batch.
    """

    def __init__(self, function):
        update_wrapper(self, function)

    @cached_property
    def _dispatcher(self):
        from numba import config, njit

        options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc"}}
        try:
            dispatcher = njit(self.__wrapped__, cache=True, **options)
        except RuntimeError as error:  # Numba finds no folder that it can write to.
            source = Path(self.__wrapped__.__code__.co_filename)
            folder = config.CACHE_DIR or source.parent / "__pycache__"
            _warn_without_cache(folder, error)
            return njit(self.__wrapped__, **options)
        # Numba has no public hook for cache errors. If these internals change, kernels still work,
        # but cache errors reach the caller.
        with suppress(AttributeError):
            _add_checksums(dispatcher._cache._cache_file)
            dispatcher._cache = _SafeCache(dispatcher._cache)
        return dispatcher

    def __call__(self, *arguments):
        return self._dispatcher(*arguments)

    def cache_folder(self):
        """Return the folder of the compiled code, or None if no folder can be written to."""
        cache = self._dispatcher._cache
        return Path(cache.cache_path) if isinstance(cache, _SafeCache) else None

    def n_cached(self):
        """Return the number of compiled versions in the cache, one per combination of data types.

        Code of older versions of the source file or of Numba does not count. Damaged files raise
        the error of the reader.
        """
        file = self._dispatcher._cache._cache_file
        names = file._load_index().values()
        for name in names:
            file._load_data(name)
        return len(names)


def _add_checksums(file):
    """Append a checksum to cache files, because executing damaged code can crash."""
    dump, load, path_of = file._dump, file._load_data, file._data_path

    def dump_with_checksum(content):
        data = dump(content)
        # Unpickling ignores bytes after the pickle.
        return data + _MARK + sha256(data).digest()

    def load_checked(name):
        data, mark, checksum = Path(path_of(name)).read_bytes().rpartition(_MARK)
        if mark and sha256(data).digest() != checksum:
            raise ValueError("checksum does not match")
        return load(name)

    file._dump, file._load_data = dump_with_checksum, load_checked


class _SafeCache:
    """Disk cache of a Numba function that falls back to compilation if it fails."""

    def __init__(self, disk):
        self._disk = disk

    def __getattr__(self, name):
        return getattr(self._disk, name)

    def load_overload(self, signature, target_context):
        """Return the cached code, or None."""
        code = None
        try:
            code = self._disk.load_overload(signature, target_context)
        except Exception as error:  # Unpickling damaged files can raise anything.
            _warn_without_cache(self._disk.cache_path, error)
            with suppress(Exception):
                self._disk.flush()  # The next save replaces the damaged files.
        if code is None:
            _announce()
        return code

    def save_overload(self, signature, code):
        """Write compiled code to the cache."""
        try:
            self._disk.save_overload(signature, code)
        except Exception as error:
            _warn_without_cache(self._disk.cache_path, error)


def _warn_without_cache(folder, error):
    if str(folder) in _WARNED:
        return
    _WARNED.add(str(folder))
    warnings.warn(
        f"The compiled kernels in {folder} cannot be read or written ({type(error).__name__}: "
        f"{error}). They are compiled again, which takes up to a minute per process. If this "
        "warning returns, free disk space, delete the *.nbi and *.nbc files in this folder, or set "
        "the environment variable NUMBA_CACHE_DIR to a writable folder.",
        RuntimeWarning,
        stacklevel=2,
    )


@cache
def _announce():
    _LOGGER.info("Compiling kernels; the compiled code is cached for later runs.")
