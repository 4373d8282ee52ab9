"""Performs the lesson, and writes what its cells show to a file, as JSON.

What PyTorch shows is kept beside this file, recorded once:

    python tests/lesson/record.py tests/lesson/expected_2_13.json

The same under rushlight, for the tests: `rushlight run tests/lesson/record.py FILE`.

May import: nothing.
"""

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import cells
import torch


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--unmended", action="store_true", help="the lesson alone, as it stands")
    arguments = parser.parse_args()
    target = arguments.file.absolute()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if arguments.unmended:
            results = cells.perform(cells.lesson(), arguments.seed, mends=())
        else:
            results = cells.perform(cells.everything(), arguments.seed)
        files = {path.name: path.read_bytes()[:4].hex() for path in sorted(Path().iterdir())}
        os.chdir(target.parent)
    record = {
        "version": torch.__version__.partition("+")[0],
        "seed": arguments.seed,
        "files": files,
        "cells": [asdict(result) for result in results],
    }
    target.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
