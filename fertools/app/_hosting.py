"""Host the page: limits, headers and restricted components."""

import os
from contextlib import asynccontextmanager
from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from ._callbacks import Callbacks, uploaded
from ._guard import PAGE_POLICY, RequestGuard
from ._layout import build_layout, make_theme
from ._rendering import STYLE
from ._uploads import deleting, upload_folder

_FORM_BYTES = 2**16  # around the files of an upload


def host_page(models, limits, hosts, max_workers):
    """Return the page as an ASGI application; see `fertools.app.make_page`.

    Parameters
    ----------
    models : Models
    limits : UploadLimits
    hosts : tuple of str or None
        Parameter of `RequestGuard`.
    max_workers : int
        Number of recognitions that are computed at a time.

    Returns
    -------
    fastapi.FastAPI
    """
    folder = upload_folder()
    callbacks = Callbacks(models, limits, folder)
    page = build_layout(models, limits, callbacks, max_workers)
    for block in page.blocks.values():
        _keep_local(block, folder)

    @asynccontextmanager
    async def lifespan(app):
        async with deleting(folder):
            yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(
        RequestGuard,
        policy=PAGE_POLICY,
        max_bytes=limits.max_bytes + _FORM_BYTES,
        hosts=hosts,
    )
    return gr.mount_gradio_app(
        app,
        page,
        path="/",
        max_file_size=limits.max_bytes,
        theme=make_theme(),
        css=STYLE,
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        show_error=True,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )


def _keep_local(block, folder):
    """Restrict a component to files of a folder, and pass uploads on undecoded.

    Gradio would download files from addresses in a request, and decode images of any size.
    """

    async def move_to_cache(path):
        if path is None:
            return None
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            raise gr.Error("Only uploaded files are read.", print_exception=False)
        return str(path)

    block.async_move_resource_to_block_cache = move_to_cache
    if isinstance(block, gr.Image):
        block.preprocess = uploaded
    elif isinstance(block, gr.File):
        block.preprocess = _all_uploaded


def _all_uploaded(payload):
    files = getattr(payload, "root", payload) or []
    return [uploaded(file) for file in (files if isinstance(files, list) else [files])]
