"""Layout of the page."""

from inspect import signature

import gradio as gr

from ..datasets._sources import SUFFIXES
from ..detection._make_detector import MIN_FACE_PROBABILITY
from ._limits import megabytes
from ._rendering import NOTICE, limits_html
from ._uploads import MAX_AGE
from ._video import MAX_SECONDS, video_is_available
from ._video import SUFFIXES as VIDEO_SUFFIXES

_PLAIN = {"container": False, "padding": False}


def _alt(text):
    """Return the parameter of an image for screen readers, which Gradio has since version 6.27."""
    return {"alt_text": text} if "alt_text" in signature(gr.Image.__init__).parameters else {}


def make_theme():
    """Return a theme with fonts of the system; other themes load fonts from other sites."""
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        font=("system-ui", "sans-serif"),
        font_mono=("ui-monospace", "monospace"),
    )


def build_layout(models, limits, callbacks, max_workers):
    """Return the page.

    Parameters
    ----------
    models : Models
    limits : UploadLimits
    callbacks : Callbacks
    max_workers : int
        Number of recognitions that are computed at a time.

    Returns
    -------
    gradio.Blocks
    """
    run = {
        "api_visibility": "private",
        "concurrency_limit": max_workers,
        "concurrency_id": "recognition",
    }
    with gr.Blocks(title="fertools: facial expressions", analytics_enabled=False) as page:
        gr.Markdown("# Facial expressions in photos", container=False)
        gr.HTML(NOTICE, elem_classes="fer-notice", **_PLAIN)
        with gr.Row():
            model = gr.Dropdown(
                models.names, value=models.default, label="Model", filterable=False, min_width=280
            )
            minimum = gr.Slider(
                0, 1, 0, step=0.05, label="Smallest probability", min_width=280,
                info="Less probable expressions are reported as uncertain.",
            )  # fmt: skip
            face = gr.Slider(
                0, 1, MIN_FACE_PROBABILITY, step=0.05, label="Smallest probability of a face",
                info="Boxes that are less probably a face are left out.", min_width=280,
            )  # fmt: skip
        about = gr.HTML(limits_html(models.default, models.limits(models.default)), **_PLAIN)
        settings = [model, minimum, face]
        with gr.Tabs():
            with gr.Tab("Photo", id="photo"):
                _build_photo_tab(limits, callbacks, settings, run)
            with gr.Tab("Many photos", id="batch"):
                _build_batch_tab(limits, callbacks, settings, run)
            if video_is_available():
                with gr.Tab("Video", id="video"):
                    _build_video_tab(limits, callbacks, settings, run)
            with gr.Tab("Model card", id="card"):
                card = gr.Markdown(models.card(models.default), container=False)
        model.change(
            callbacks.describe, model, [about, card],
            show_progress="hidden", api_visibility="private",
        )  # fmt: skip
        page.queue(max_size=100, default_concurrency_limit=max_workers)
    return page


def _build_photo_tab(limits, callbacks, settings, run):
    faces = gr.State([], time_to_live=MAX_AGE)
    with gr.Row(equal_height=False):
        with gr.Column():
            photo = gr.Image(
                sources=["upload", "webcam", "clipboard"], type="filepath", label="Photo",
                height=360, buttons=["fullscreen"], elem_id="photo",
                webcam_options=gr.WebcamOptions(mirror=False), placeholder="Drop a photo here",
            )  # fmt: skip
            gr.Markdown(
                f"At most {megabytes(limits.max_bytes)} and {limits.max_pixels / 1e6:,.0f} million "
                "pixels. The photo stays on the computer that runs this page and is deleted after "
                f"{MAX_AGE // 60} minutes.",
                container=False,
            )
        with gr.Column():
            picture = gr.Image(
                label="Faces", interactive=False, format="png", height=360, elem_id="picture",
                buttons=["download", "fullscreen"], **_alt("Photo with a box around each face"),
            )  # fmt: skip
    bars = gr.HTML(elem_id="faces", **_PLAIN)
    with gr.Accordion("Reason: which parts of the face count", open=False, elem_id="reason"):
        with gr.Row():
            number = gr.Dropdown([], label="Face", filterable=False, interactive=True)
            expression = gr.Dropdown([], label="Expression", filterable=False, interactive=True)
            explain = gr.Button("Show heat map", variant="primary")
        with gr.Row(equal_height=False):
            with gr.Column(min_width=280):
                heat = gr.Image(
                    label="Heat map", interactive=False, format="png", height=384, elem_id="heat",
                    buttons=["download"], **_alt("Face with a heat map"),
                )  # fmt: skip
            with gr.Column(min_width=280):
                sentence = gr.HTML(**_PLAIN)
    outputs = [picture, bars, faces, number, expression, heat, sentence]
    model, *sliders = settings
    changes = [photo.change, model.change, *(slider.release for slider in sliders)]
    gr.on(changes, callbacks.recognize, [photo, *settings], outputs,
          show_progress_on=picture, **run)  # fmt: skip
    number.input(callbacks.select_face, [faces, number], expression,
                 show_progress="hidden", api_visibility="private")  # fmt: skip
    explain.click(callbacks.explain, [photo, model, faces, number, expression],
                  [heat, sentence], show_progress_on=heat, **run)  # fmt: skip


def _build_batch_tab(limits, callbacks, settings, run):
    uploads = gr.File(
        file_count="multiple", file_types=[*SUFFIXES, ".zip"], height=180, elem_id="uploads",
        label="Photos or zip archives",
    )  # fmt: skip
    gr.Markdown(
        f"At most {limits.max_photos:,} photos in {megabytes(limits.max_bytes)}. A file that "
        "cannot be used becomes a row with the reason.",
        container=False,
    )
    with gr.Row():
        start = gr.Button("Recognize", variant="primary")
        download = gr.DownloadButton("Download table (CSV)", interactive=False)
    summary = gr.HTML(elem_id="summary", **_PLAIN)
    table = gr.HTML(elem_id="table", **_PLAIN)
    start.click(callbacks.recognize_batch, [uploads, *settings], [table, download, summary],
                show_progress_on=summary, **run)  # fmt: skip


def _build_video_tab(limits, callbacks, settings, run):
    upload = gr.File(file_types=list(VIDEO_SUFFIXES), height=120, label="Video",
                     elem_id="video_upload")  # fmt: skip
    gr.Markdown(
        f"At most {megabytes(limits.max_bytes)}; the first {MAX_SECONDS // 60} minutes are used. "
        f"The video is deleted after {MAX_AGE // 60} minutes.",
        container=False,
    )
    with gr.Row():
        start = gr.Button("Recognize in video", variant="primary")
        download = gr.DownloadButton("Download table (CSV)", interactive=False)
    summary = gr.HTML(elem_id="video_summary", **_PLAIN)
    video = gr.Video(label="Annotated video", interactive=False, height=480, elem_id="video")
    start.click(callbacks.recognize_video, [upload, *settings], [video, download, summary],
                show_progress_on=summary, **run)  # fmt: skip
