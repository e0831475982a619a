"""Folder of uploads and results, whose files are deleted after a while."""

import asyncio
import atexit
import os
import shutil
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

# Age at which files are deleted, and time between deletions, in seconds.
MAX_AGE, _INTERVAL = 600, 60


@cache
def upload_folder():
    """Return the folder of this process, which only its user can read.

    The environment variable ``GRADIO_TEMP_DIR`` is set to it, because Gradio reads the variable
    whenever it handles a file.
    """
    folder = Path(tempfile.mkdtemp(prefix="fertools-"))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@asynccontextmanager
async def deleting(folder):
    """Delete old files of a folder regularly, and the folder at the end.

    Gradio's own deletion leaves files of interrupted uploads.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    task = asyncio.create_task(_delete_regularly(folder))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        shutil.rmtree(folder, ignore_errors=True)


async def _delete_regularly(folder):
    while True:
        await asyncio.sleep(_INTERVAL)
        await asyncio.to_thread(delete_old_files, folder, MAX_AGE)


def delete_old_files(folder, max_age):
    """Delete the files of a folder and its subfolders that are older than some seconds."""
    limit = time.time() - max_age
    for path in sorted(folder.rglob("*"), reverse=True):
        # Folders after their files; those with newer files stay. Others may be deleting, too.
        with suppress(OSError):
            if path.is_dir():
                if path.stat().st_mtime < limit:
                    path.rmdir()
            elif path.stat().st_mtime < limit:
                path.unlink()
