"""The `rushlight` command: what was asked for, read with argparse; each subcommand has its file.

This file knows the words of the command line and nothing of what they do.

May import: cli, version.
"""

import argparse

from rushlight import version
from rushlight.cli import info, run

__all__ = ["main"]


def build_parser() -> argparse.ArgumentParser:
    """The command line as argparse knows it; each subcommand stores its function as `action`."""
    parser = argparse.ArgumentParser(
        prog="rushlight", description="PyTorch's API in readable pure Python over NumPy."
    )
    parser.add_argument("--version", action="version", version=f"rushlight {version.RELEASE}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run_parser = commands.add_parser(
        "run",
        help="run a program written for PyTorch",
        description="Run a program written for PyTorch, unmodified: `import torch` is rushlight.",
        usage="rushlight run SCRIPT [ARGS ...]\n       rushlight run -m MODULE [ARGS ...]",
    )
    run_parser.add_argument("-m", action="store_true", dest="as_module", help="run a module")
    run_parser.add_argument("program", metavar="SCRIPT", help="a Python file; after -m, a module")
    # The program's own arguments are not ours to read, whatever they look like.
    run_parser.add_argument("args", nargs=argparse.REMAINDER, metavar="ARGS", help="its arguments")
    run_parser.set_defaults(action=run_program)

    info_parser = commands.add_parser(
        "info",
        help="describe this installation",
        description="Print the versions, the optional packages and the threads in use.",
    )
    info_parser.set_defaults(action=print_info)
    return parser


def run_program(options: argparse.Namespace) -> int:
    runner = run.run_module if options.as_module else run.run_script
    return runner(options.program, options.args)


def print_info(options: argparse.Namespace) -> int:
    print(info.describe())
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status. SystemExit leaves as it came.

    >>> from rushlight.cli import main
    >>> main(["info"])  # doctest: +ELLIPSIS
    rushlight ...
    0
    """
    options = build_parser().parse_args(arguments)
    return options.action(options)
