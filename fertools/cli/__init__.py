"""Command line of fertools.

Results go to standard output, progress and errors to standard error. Exit codes: 0, success; 1, an
input could not be used, no face was found in it, a method failed, or the installation has a
problem; 2, an option, the data or the model was wrong; 130, Ctrl-C. Heavy modules are imported
inside the commands, so that ``fertools --help`` is quick.
"""

import sys
import warnings
from typing import Annotated

import typer

from .. import __version__
from .._utils.text import requirement
from ._app import open_page
from ._audit import audit
from ._benchmark import benchmark
from ._demo import demo
from ._doctor import doctor
from ._evaluate import evaluate
from ._extract import extract
from ._info import info
from ._predict import predict
from ._serve import serve
from ._terminal import log_messages, show_warning, tell, write
from ._train import train
from ._video import video
from ._webcam import webcam

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Recognize facial expressions with hand-crafted descriptors or neural networks.",
)
for command in (
    demo,
    predict,
    video,
    webcam,
    extract,
    train,
    evaluate,
    benchmark,
    audit,
    info,
    serve,
    doctor,
):
    app.command()(command)
app.command("app")(open_page)


def _show_version(value):
    if value:
        write(f"fertools {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
):
    pass


def main(args=None):
    """Run the command and exit; wrong input ends with one line on standard error and exit code 2.

    Parameters
    ----------
    args : list of str or None, default=None
        Command line arguments; None means those of the process.
    """
    with warnings.catch_warnings(), log_messages():
        warnings.showwarning = show_warning
        sys.exit(_run(sys.argv[1:] if args is None else args))


def _run(args):
    """Run the command and return its exit code; unexpected errors are raised."""
    try:
        if any("\0" in arg for arg in args):
            raise ValueError("Arguments must not contain null characters.")
        # Click's own help for missing arguments hides unknown commands that start with a symbol.
        code = app(args=args or ["--help"], prog_name="fertools", standalone_mode=False) or 0
        return code if args else 2
    except KeyboardInterrupt:
        return 130
    except MemoryError as error:
        tell(f"fertools: out of memory. {error}")
    except (ImportError, OSError, ValueError) as error:
        tell(f"fertools: {error}")
    except Exception as error:
        # A usage error. Depending on its version, Typer imports Click or contains a copy of it.
        if not hasattr(error, "format_message"):
            raise
        _explain_usage(error)
    return 2


def _explain_usage(error):
    """Print the usage of the command and the error in its arguments."""
    context = getattr(error, "ctx", None)
    if hasattr(error.__cause__, "errors"):  # Newer versions of Typer validate with Pydantic.
        error.message = _requirement(error.__cause__.errors()[0])
    if context is not None:
        tell(context.get_usage())
        tell(f"Try '{context.command_path} --help' for help.")
    tell(f"Error: {error.format_message()}")


def _requirement(problem):
    """Return an error of Pydantic as a rule and the value."""
    if problem["type"] == "value_error":  # contains the value
        return problem["msg"].removeprefix("Value error, ")
    return requirement(problem, problem["input"])
