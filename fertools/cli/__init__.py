"""The command `fertools`: parses, calls, prints.

Results go to standard output, progress and errors to standard error. Exit codes: 0, all is well;
1, some input could not be used, no face was found in it, or a method failed; 2, an option, the
data or the model was wrong; 130, Ctrl-C. What is heavy is imported inside the commands, so that
``fertools --help`` is quick.
"""

import sys
from typing import Annotated

import typer

from .. import __version__
from ._audit import audit
from ._benchmark import benchmark
from ._demo import demo
from ._evaluate import evaluate
from ._info import info
from ._predict import predict
from ._terminal import err
from ._train import train

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Facial expression recognition: hand-crafted descriptors, and networks beside them.",
)
for command in (demo, predict, train, evaluate, benchmark, audit, info):
    app.command()(command)


def _show_version(value):
    if value:
        typer.echo(f"fertools {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
):
    pass


def main(args=None):
    """Run the command; whatever is wrong with its inputs is one line and exit code 2.

    Parameters
    ----------
    args : list of str or None, default=None
        None takes those of the process.
    """
    try:
        app(args=args, prog_name="fertools")
    except (ImportError, OSError, ValueError) as error:
        err.print(f"fertools: {error}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
