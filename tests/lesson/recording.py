"""Runs `record.py` in a process of its own, where `torch` is rushlight or PyTorch.

May import: nothing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
KEPT = HERE / "expected_2_13.json"
RUSHLIGHT = ("-m", "rushlight", "run")
PYTORCH = ()


def recorded(runner, folder, *options):
    """The record that `python *runner record.py` writes; raises with its stderr if it fails."""
    path = folder / "record.json"
    command = [sys.executable, *runner, str(HERE / "record.py"), str(path), *options]
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(path.read_text())


def kept():
    """What PyTorch 2.13 shows, as recorded once."""
    return json.loads(KEPT.read_text())


def by_label(record):
    return {cell["label"]: cell for cell in record["cells"]}
