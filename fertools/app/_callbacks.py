"""What the page computes when its user does something."""

import os
import secrets
from pathlib import Path

import gradio as gr

from .._utils.csv_text import csv_text
from .._utils.image_files import read_image
from .._utils.images import to_uint8
from .._utils.text import printable
from ..annotation import annotate
from ..exceptions import ImageReadError
from ._photos import recognize_photo, recognize_uploads
from ._reason import explain_face
from ._rendering import counted, faces_html, limits_html, message, most_probable, table_html
from ._video import annotate_upload

_EMPTY = "Upload a photo, paste one, or take one with the camera."
_GONE = "The photo is no longer on the server, which deletes uploads after 10 minutes."


class Callbacks:
    """Functions of the page; each takes and returns the values of components.

    Parameters
    ----------
    models : Models
    limits : UploadLimits
    folder : Path
        Folder of uploads, in which tables to download are written.
    """

    def __init__(self, models, limits, folder):
        self.models = models
        self.limits = limits
        self.folder = folder

    def recognize(self, photo, model, min_probability, min_face_probability):
        """Return the annotated photo, the bars, the choices for a heat map, and no heat map."""
        no_reason = gr.Dropdown([], value=None), gr.Dropdown([], value=None), None, ""
        if photo is None:
            return None, message(_EMPTY), [], *no_reason
        recognizer = self._recognizer(model, min_probability, min_face_probability)
        result, pixels = self._recognized(recognizer, photo)
        if not result.faces:
            kind = "note" if result.status == "no_face" else "problem"
            return pixels, message(result.reason, kind), [], *no_reason
        numbers = [f"Face {n}" for n in range(1, len(result.faces) + 1)]
        probabilities = result.faces[0].probabilities
        note = message(result.reason) if result.reason else ""
        return (
            annotate(pixels, result.faces, bars=False),
            note + faces_html(result.faces),
            result.faces,
            gr.Dropdown(numbers, value=numbers[0]),
            gr.Dropdown(list(probabilities), value=most_probable(probabilities)),
            None,
            "",
        )

    def select_face(self, faces, number):
        """Return the most probable expression of another face."""
        if not faces or number is None:
            return gr.Dropdown()
        return gr.Dropdown(value=most_probable(faces[_index(number, faces)].probabilities))

    def explain(self, photo, model, faces, number, expression):
        """Return the heat map of a face, and a sentence about it."""
        if photo is None or not faces or number is None or expression is None:
            return None, message("Recognize a photo with a face first.")
        face = faces[_index(number, faces)]
        if expression not in face.probabilities:
            return None, message("Select an expression of this model.", "problem")
        try:
            gray = to_uint8(self._read(photo))
        except ImageReadError as error:
            reason = _GONE if error.status == "missing" else str(error)
            return None, message(reason, "problem")
        picture = explain_face(self._recognizer(model), gray, face, expression)
        sentence = (
            f"{number}, {expression} {face.probabilities[expression]:.0%}: orange parts of the "
            "face support the answer, blue parts speak against it. The map describes the model, "
            "not the person."
        )
        return picture, message(sentence)

    def recognize_batch(
        self,
        uploads,
        model,
        min_probability,
        min_face_probability,
        progress=gr.Progress(),  # noqa: B008
    ):
        """Return the table of many photos, its file, and a summary."""
        if not uploads:
            return (
                "",
                gr.DownloadButton(interactive=False),
                message("Select photos or a zip archive."),
            )
        recognizer = self._recognizer(model, min_probability, min_face_probability)
        results = []
        for result in recognize_uploads(recognizer, uploads, self.limits):
            results.append(result)
            progress((len(results), None), desc="Recognizing", unit="photos")
        frame = recognizer.to_frame(results)
        path = self._write_table(frame)
        n_failed = sum(result.status not in ("ok", "no_face") for result in results)
        summary = (
            f"{counted(len(results) - n_failed, 'photo')}, "
            f"{counted(sum(len(result.faces) for result in results), 'face')}, "
            f"{counted(n_failed, 'unusable file')}."
        )
        return (
            table_html(frame),
            gr.DownloadButton(value=str(path), interactive=True),
            message(summary, "problem" if n_failed else "note"),
        )

    def recognize_video(self, upload, model, min_probability, min_face_probability):
        """Return the annotated video, the file of its table, and a summary."""
        nothing = None, gr.DownloadButton(interactive=False)
        if not upload:
            return *nothing, message("Select a video.")
        path, name = upload[0]
        recognizer = self._recognizer(model, min_probability, min_face_probability)
        try:
            video, table, summary = annotate_upload(recognizer, path, self.folder)
        except (ImportError, OSError, ValueError) as error:
            # The name is that of the upload, not of the server's copy.
            reason = str(error).replace(str(path), name).removeprefix(f"{name}: ")
            return *nothing, message(f"{name}: {reason}", "problem")
        text = (
            f"{counted(summary.n_frames, 'frame')} in {summary.seconds:.1f} s, "
            f"{summary.n_with_faces:,} of them with a face; {counted(summary.n_tracks, 'face')}."
        )
        if summary.problem:
            text += f" {summary.problem}"
        kind = "problem" if summary.problem else "note"
        button = gr.DownloadButton(value=str(table), interactive=True)
        return str(video), button, message(text.replace(str(path), name), kind)

    def describe(self, model):
        """Return the limits and the card of a model."""
        try:
            limits, card = self.models.limits(model), self.models.card(model)
        except (OSError, ValueError) as error:
            raise gr.Error(printable(str(error)), print_exception=False) from error
        return limits_html(model, limits), card

    def _recognizer(self, model, *probabilities):
        try:
            return self.models.recognizer(model, *map(float, probabilities))
        except (ImportError, OSError, TypeError, ValueError) as error:
            raise gr.Error(printable(str(error)), print_exception=False) from error

    def _read(self, photo):
        path, name = photo
        return read_image(path, max_pixels=self.limits.max_pixels, name=name, notes=[])

    def _recognized(self, recognizer, photo):
        """Return the result of a photo, and its pixels, or None if it cannot be read."""
        path, name = photo
        result = recognize_photo(recognizer, path, name, self.limits.max_pixels)
        return result, self._read(photo) if result.status in ("ok", "no_face") else None

    def _write_table(self, frame):
        folder = Path(self.folder, secrets.token_hex(16))
        folder.mkdir(mode=0o700)
        path = folder / "expressions.csv"
        path.write_text(csv_text(frame), encoding="utf-8")
        return path


def uploaded(payload):
    """Return the path and the name of an uploaded file, or None."""
    if payload is None or not payload.path:
        return None
    name = payload.orig_name or os.path.basename(payload.path)
    return payload.path, printable(name)[:255]


def _index(number, faces):
    """Return the index of "Face 3", which comes from the browser."""
    digits = str(number).removeprefix("Face ")
    if not digits.isdecimal() or not 1 <= int(digits) <= len(faces):
        raise gr.Error("There is no such face.", print_exception=False)
    return int(digits) - 1
