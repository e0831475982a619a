"""Uploads are deleted."""

import asyncio
import os
import time

from fertools.app import _uploads


def write(path, age):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"photo")
    os.utime(path, (time.time() - age,) * 2)


def test_old_files_are_deleted(tmp_path):
    write(tmp_path / "interrupted", 700)
    write(tmp_path / "both" / "old.jpg", 700)
    write(tmp_path / "both" / "new.jpg", 5)
    write(tmp_path / "one" / "old.jpg", 700)
    os.utime(tmp_path / "one", (0, 0))
    _uploads.delete_old_files(tmp_path, 600)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"both/new.jpg"}
    # A folder is as old as its last change.
    os.utime(tmp_path / "one", (0, 0))
    _uploads.delete_old_files(tmp_path, 600)
    assert not (tmp_path / "one").exists()


def test_folder_lives_as_long_as_the_server(tmp_path, monkeypatch):
    monkeypatch.setattr(_uploads, "_INTERVAL", 0.01)
    folder = tmp_path / "uploads"

    async def serve():
        async with _uploads.deleting(folder):
            write(folder / "old.jpg", 700)
            write(folder / "new.jpg", 0)
            while (folder / "old.jpg").exists():
                await asyncio.sleep(0.01)
            assert (folder / "new.jpg").exists()

    asyncio.run(asyncio.wait_for(serve(), 30))
    assert not folder.exists()
