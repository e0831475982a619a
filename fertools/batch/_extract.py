"""Find, describe and classify the faces of any number of images, chunk by chunk."""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import islice
from numbers import Integral
from pathlib import Path
from typing import Any, NamedTuple

from joblib import Parallel, delayed
from joblib import hash as joblib_hash
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from .. import __version__
from .._utils.optional import import_optional
from .._utils.parallel import generator_or_list
from ..persistence._model_file import is_pretrained, model_path
from ..recognizer import ExpressionRecognizer
from ._index import count_statuses, index_parts, stated_sizes
from ._inputs import list_inputs
from ._listing import read_listing, save_listing
from ._store import INDEX, chunk_bytes, create_arrays, locked, read_settings, save_settings
from ._tasks import Task, loaded_recognizer, n_features, run_task

# Files other than those of a store that may be in the folder of a new one.
_HARMLESS = {".lock"}
# Number of tasks at a time on backends that do not return results one by one.
_BATCH = 64


class ExtractionSummary(NamedTuple):
    """Summary of a run of `extract`.

    Attributes
    ----------
    store : Path
        Store.
    n_inputs : int
        Number of images and frames in the store.
    n_resumed : int
        Number of them that an earlier run had completed.
    statuses : dict of str to int
        Number of rows of each status, in descending order: "ok", "uncertain", "no_face", or the
        reason why an image could not be read.
    seconds : float
        Duration of this run.
    """

    store: Path
    n_inputs: int
    n_resumed: int
    statuses: dict
    seconds: float


@validate_params(
    {
        "source": [str, os.PathLike, list, tuple],
        "store": [str, os.PathLike],
        "recognizer": [str, os.PathLike, ExpressionRecognizer],
        "whole": ["boolean"],
        "labels": [StrOptions({"none", "folder"})],
        "max_faces": [Interval(Integral, 1, 1000, closed="both")],
        "chunk_size": [Interval(Integral, 1, 100_000, closed="both")],
        "n_jobs": [Integral, None],
        "progress": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def extract(
    source: str | os.PathLike | Sequence[str | os.PathLike],
    store: str | os.PathLike,
    *,
    recognizer: Any = "fast",
    whole: bool = False,
    labels: str = "none",
    max_faces: int = 1,
    chunk_size: int = 512,
    n_jobs: int | None = None,
    progress: bool = False,
) -> ExtractionSummary:
    """Find, describe and classify the faces of any number of images, and store the results.

    The store is a Zarr group with the arrays `crops`, `features` and `probabilities`, and an index
    that `read_index` returns. The images are processed in chunks, and a chunk is written
    completely or not at all: a run that was interrupted is continued by the same call, and the
    store ends with the same bytes. The inputs are listed once, by the first run.

    Parameters
    ----------
    source : str, path-like or list of these
        Folder, which is searched with its subfolders for images and videos; zip or tar archive;
        table (.csv or .parquet) with the column `path`, relative to its folder, and optionally
        `label`; image; video; pattern such as ``"shards/*.tar"``; or a list of these. Links in
        folders are followed, links in archives are not.
    store : str or path-like
        Folder of the store. It is created, or continued if a run with the same parameters created
        it.
    recognizer : str, path-like or ExpressionRecognizer, default="fast"
        Name of a shipped model, path of a model file, or a recognizer.
    whole : bool, default=False
        Whether each image is one cropped face, so that no faces are searched; not with an
        ExpressionRecognizer, which has a detector of its own or None.
    labels : {"none", "folder"}, default="none"
        Whether the label of an image is the name of its folder.
    max_faces : int, default=1
        Number of faces per image, the largest ones; the index states how many were found.
    chunk_size : int, default=512
        Number of images per chunk.
    n_jobs : int or None, default=None
        Number of parallel jobs over chunks: processes, or what ``joblib.parallel_config`` selects,
        such as threads or the workers of a Dask cluster, which need access to the same files.
    progress : bool, default=False
        Whether to show a progress bar with rate and remaining time on standard error.

    Returns
    -------
    ExtractionSummary

    Raises
    ------
    FileNotFoundError
        If the source does not exist.
    FileExistsError
        If the folder of the store exists and contains other files.
    BlockingIOError
        If another run is writing to the store.
    ValueError
        If a parameter is invalid, if there are no images, or if the store was created with other
        parameters or by a newer version.
    OSError
        If the store cannot be written, for example because the disk is full.
    ImportError
        If Zarr or pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from fertools.annotation import save_image
    >>> from fertools.batch import extract, read_index
    >>> from skimage.data import astronaut
    >>> folder = Path(tempfile.mkdtemp())
    >>> path = save_image(astronaut(), folder / "photo.png")
    >>> extract(path, folder / "faces.zarr").statuses
    {'ok': 1}
    >>> read_index(folder / "faces.zarr", columns=["expression"]).iloc[0, 0]
    'happy'
    """
    for module in ("zarr", "pyarrow"):
        import_optional(module, "batch")
    start = time.perf_counter()
    store = Path(store).expanduser()
    recognizer, settings = recognizer_settings(recognizer, whole)
    settings |= {
        "source": _shown(source),
        "labels": labels,
        "max_faces": int(max_faces),
        "chunk_size": int(chunk_size),
    }
    stored = read_settings(store)
    if stored is None:
        _check_new(store)
    store.mkdir(parents=True, exist_ok=True)
    with locked(store):
        if stored is None:
            _create(store, source, recognizer, settings)
        else:
            _check_same(store, stored, settings)
        tasks, n_inputs, n_done = _tasks(store, chunk_size, max_faces)
        _run(tasks, store.absolute(), recognizer, settings, n_jobs, progress, n_inputs, n_done)
    seconds = time.perf_counter() - start
    return ExtractionSummary(store, n_inputs, n_done, count_statuses(store), seconds)


def recognizer_settings(recognizer, whole=False):
    """Return the recognizer, or the arguments that load it, and the settings that identify it."""
    if isinstance(recognizer, ExpressionRecognizer):
        if whole:
            raise ValueError(
                "whole must be False if recognizer is an ExpressionRecognizer; use detector=None."
            )
        return recognizer, {"recognizer": joblib_hash(recognizer), "model": None, "whole": False}
    # Absolute, as `fit_incremental` may run in another working directory.
    path = model_path(recognizer, "recognizer", "an ExpressionRecognizer").absolute()
    content = joblib_hash(path.read_bytes())
    options = (("detector", None),) if whole else ()
    model = path.resolve().stem if is_pretrained(path) else str(path)
    settings = {"recognizer": content, "model": model, "whole": whole}
    return (str(path), options, content), settings


def _shown(source):
    """Return the absolute path of a source, or a list of several paths."""
    if not isinstance(source, (list, tuple)):
        source = [source]
    shown = [
        str(Path(item).expanduser().absolute()) if isinstance(item, (str, os.PathLike)) else item
        for item in source
    ]
    return shown[0] if len(shown) == 1 else shown


def _check_new(store):
    """Raise a FileExistsError if a new store would be mixed with other files."""
    if store.exists() and (not store.is_dir() or {p.name for p in store.iterdir()} - _HARMLESS):
        # A run that was killed while it created the store leaves a folder without settings.
        if store.is_dir() and (store / ".creating").exists():
            return
        raise FileExistsError(
            f"store must be a new folder, or one that extract created; got {store}."
        )


def _create(store, source, recognizer, settings):
    """List the inputs, and create the arrays and the settings of a store."""
    marker = store / ".creating"
    if marker.exists():
        for path in store.iterdir():
            if path.name not in (".lock", ".creating"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    marker.touch()
    parts, skipped = list_inputs(source, settings["labels"])
    loaded = loaded_recognizer(recognizer)
    chunk_size, max_faces = settings["chunk_size"], settings["max_faces"]
    # The last part is not padded to whole chunks.
    n_padded = sum(_n_chunks(part, chunk_size) for part in parts[:-1])
    n_inputs = n_padded * chunk_size + parts[-1].length
    (store / INDEX).mkdir(exist_ok=True)
    save_listing(store, parts, skipped)
    create_arrays(
        store,
        n_inputs * max_faces,
        chunk_size * max_faces,
        loaded.size_,
        n_features(loaded),
        [str(name) for name in loaded.classes_],
    )
    save_settings(store, settings | {"fertools": __version__})
    marker.unlink()


def _check_same(store, stored, settings):
    """Raise a ValueError if a store was created with other settings."""
    for name, value in settings.items():
        # The same model may have another path.
        if name != "model" and stored.get(name) != value:
            got = "another model" if name == "recognizer" else f"{value!r}"
            had = "" if name == "recognizer" else f", {stored.get(name)!r}"
            raise ValueError(
                f"{name} must be the one that the store {store} was created with{had}; got {got}. "
                "Choose another folder for other parameters."
            )


def _n_chunks(part, chunk_size):
    """Return the number of chunks of a part, which starts with a chunk of its own."""
    return -(-part.length // chunk_size)


def _tasks(store, chunk_size, max_faces):
    """Return the tasks that are left, the number of inputs, and of those that are complete."""
    parts = read_listing(store)
    done = {int(path.stem) for path in index_parts(store) if _is_complete(store, path)}
    tasks, chunk, n_inputs, n_done = [], 0, 0, 0
    for part in parts:
        n_inputs += part.length
        chunks = list(range(chunk, chunk + _n_chunks(part, chunk_size)))
        chunk += len(chunks)
        lengths = [
            min(chunk_size, part.length - chunk_size * position) for position in range(len(chunks))
        ]
        complete = done & set(chunks)
        n_done += sum(n for n, c in zip(lengths, chunks, strict=True) if c in complete)
        if part.kind == "video":
            if len(complete) < len(chunks):
                tasks.append(Task(part, chunks, complete))
            continue
        for position, number in enumerate(chunks):
            if number in complete:
                continue
            piece = slice(chunk_size * position, chunk_size * (position + 1))
            names = part.names[piece]
            labels = None if part.labels is None else part.labels[piece]
            tasks.append(
                Task(part._replace(names=names, labels=labels, length=len(names)), [number], set())
            )
    return tasks, n_inputs, n_done


def _is_complete(store, path):
    """Return whether the chunks that an index file describes have the size that it states."""
    try:
        sizes = stated_sizes(path)
    except (OSError, ValueError):
        return False
    return bool(sizes) and all(
        chunk_bytes(store, name, int(path.stem)) == size for name, size in sizes.items()
    )


def _run(tasks, store, recognizer, settings, n_jobs, progress, n_inputs, n_done):
    """Run the tasks in parallel; the results are in the store."""
    call = delayed(run_task)
    arguments = store, recognizer, settings["chunk_size"], settings["max_faces"]
    parallel = Parallel(n_jobs=n_jobs, return_as=_return_as(), pre_dispatch="2*n_jobs")
    bar = nullcontext()
    if progress:
        from tqdm.auto import tqdm

        bar = tqdm(total=n_inputs, initial=n_done, unit="image", unit_scale=True)
    with bar, parallel:
        # A backend that returns lists gets the tasks in batches.
        waiting, size = iter(tasks), _BATCH if parallel.return_as == "list" else len(tasks)
        while batch := list(islice(waiting, size)):
            for n_images in parallel(call(task, *arguments) for task in batch):
                if progress:
                    bar.update(n_images)


def _return_as():
    is_lazy = generator_or_list() == "generator"
    return "generator_unordered" if is_lazy else "list"
