"""Endpoint: photos in, faces with expressions as JSON out."""

from functools import partial
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, File, Form, Request, UploadFile
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as StarletteHTTPException

from .. import __version__
from .._utils.text import one_line, printable, requirement
from ..detection._make_detector import MIN_FACE_PROBABILITY
from ._guard import ENDPOINT_POLICY, RequestGuard
from ._limits import megabytes
from ._photos import recognize_photo
from ._reference import reference_page
from ._schemas import Answer, Health, Problem, photo_of

_ABOUT = (
    "Detects faces in photos and names the expressions that they show. An expression describes the "
    "appearance of a face and not what a person feels. Photos are not stored."
)
_OPEN_PATHS = ("/v1/health", "/v1/reference", "/v1/openapi.json")
# More files are not counted, unless the limit is higher.
_MAX_FILES = 1000


class _MultipartRoute(APIRoute):
    """Route that accepts forms with files and known fields only, and no query."""

    def get_route_handler(self):
        handle = super().get_route_handler()
        names = [field.alias for field in self.dependant.body_params]

        async def handle_form(request: Request):
            kind = request.headers.get("content-type", "")
            if kind.partition(";")[0].strip().lower() != "multipart/form-data":
                raise HTTPException(
                    415,
                    "The content type must be multipart/form-data, with one part named photos per "
                    f"photo; got {printable(kind)[:100] or 'none'}.",
                )
            _check_names("query parameter", request.query_params, [], names)
            form = await _read_form(request)
            try:
                _check_names("form field", form, names, names)
                return await handle(request)
            finally:
                await form.close()

        return handle_form


async def _read_form(request):
    """Read the form of a request, which keeps it."""
    max_photos = request.app.state.max_photos
    max_files = max(_MAX_FILES, max_photos)
    try:
        return await request.form(max_files=max_files)
    except StarletteHTTPException as error:
        if not error.detail.startswith("Too many files."):
            raise
        raise HTTPException(
            413, f"At most {max_photos} photos per request; got more than {max_files}."
        ) from error


def _check_names(kind, given, allowed, fields):
    """Raise an error 422 if a request has other names than those allowed."""
    unknown = [printable(name)[:100] for name in given if name not in allowed]
    if unknown:
        raise HTTPException(
            422, f"Unknown {kind} {unknown[0]!r}; the form fields are {', '.join(fields)}."
        )


def build_endpoint(models, limits, tokens, hosts, n_jobs):
    """Return the endpoint as an ASGI application; see `fertools.app.make_endpoint`.

    Parameters
    ----------
    models : Models
    limits : UploadLimits
    tokens, hosts : tuple of str
        Parameters of `RequestGuard`.
    n_jobs : int
        Number of requests that are computed at a time; the others wait.

    Returns
    -------
    fastapi.FastAPI
    """
    # FastAPI's own pages load scripts from other sites.
    app = FastAPI(
        title="fertools",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.add_middleware(
        RequestGuard,
        policy=ENDPOINT_POLICY,
        max_bytes=limits.max_bytes,
        hosts=hosts,
        tokens=tokens,
        protected="/v1/",
        open_paths=_OPEN_PATHS,
    )
    app.add_exception_handler(RequestValidationError, _explain)
    app.state.max_photos = limits.max_photos
    workers = CapacityLimiter(n_jobs)

    async def faces(
        photos: Annotated[
            list[UploadFile],
            File(description=f"Photos, at most {limits.max_photos}, {_total(limits)} in all."),
        ],
        model: Annotated[str, Form(description="Name of the model.")] = models.default,
        min_probability: Annotated[
            float,
            Form(ge=0, le=1, description="Less probable expressions are reported as uncertain."),
        ] = 0.0,
        min_face_probability: Annotated[
            float,
            Form(ge=0, le=1, description="Boxes that are less probably a face are left out."),
        ] = MIN_FACE_PROBABILITY,
    ) -> Answer:
        """Recognize the expressions of all faces in photos."""
        if len(photos) > limits.max_photos:
            raise HTTPException(
                413, f"At most {limits.max_photos} photos per request; got {len(photos)}."
            )
        if model not in models.names:
            raise HTTPException(
                422, f"model must be one of {models.names}; got {printable(model)[:100]!r}."
            )
        recognize = partial(
            _recognize, models, (model, min_probability, min_face_probability), photos, limits
        )
        results = await to_thread.run_sync(recognize, limiter=workers)
        return Answer(model=model, photos=results)

    async def health() -> Health:
        """Report that the server is running, its models and its limits."""
        return Health(version=__version__, models=models.names, **vars(limits))

    async def reference() -> HTMLResponse:
        return HTMLResponse(reference_page(app.openapi(), _ABOUT))

    app.router.add_api_route(
        "/v1/faces",
        faces,
        methods=["POST"],
        route_class_override=_MultipartRoute,
        response_description="Answer.",
        responses={
            400: {"model": Problem, "description": "The form cannot be read."},
            401: {"model": Problem, "description": "The token is missing or wrong."},
            413: {"model": Problem, "description": "Too many bytes or photos."},
            415: {"model": Problem, "description": "The request is not multipart/form-data."},
            422: {"model": Problem, "description": "A field is missing, invalid or unknown."},
        },
    )
    app.add_api_route("/v1/health", health, response_description="Health.")
    for path in ("/", "/v1/reference"):
        app.add_api_route(path, reference, include_in_schema=False)
    return app


def _recognize(models, settings, photos, limits):
    recognizer = models.recognizer(*settings)
    return [
        photo_of(recognize_photo(recognizer, photo.file, _name(photo, number), limits.max_pixels))
        for number, photo in enumerate(photos)
    ]


def _name(photo, number):
    return printable(photo.filename or f"photo {number}")[:255]


def _total(limits):
    return megabytes(limits.max_bytes)


async def _explain(request, error):
    """Return the problems of a request as one sentence per field."""
    # The same sentence for each photo is shown once.
    problems = dict.fromkeys(map(_requirement, error.errors()))
    return JSONResponse({"detail": one_line(" ".join(problems))}, 422)


def _requirement(problem):
    """Return an error of Pydantic as a sentence with the field, the rule and the value."""
    name, kind, value = problem["loc"][1], problem["type"], problem["input"]
    if kind == "missing":
        return f"{name}: {problem['msg']}."
    if name == "photos":
        return "photos must be files; with curl, -F photos=@party.jpg."
    if not isinstance(value, str):  # a file
        return f"{name} must be text; got a file."
    return f"{name} {requirement(problem, value[:100])}"
