"""The example, run through `rushlight run`: it learns, as PyTorch does, and can be resumed.

The losses and the accuracy were printed by PyTorch 2.13 from the same file and seed.

May import: everything.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rushlight as torch

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "digits.py"
LOSSES = {1: "1.2528", 5: "0.1620", 10: "0.0830", 15: "0.0480", 20: "0.0331"}
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "src")}


def command(out, *options):
    program = [sys.executable, "-m", "rushlight", "run", str(EXAMPLE)]
    return [*program, "--out", str(out), *options]


def run(out, *options):
    return subprocess.run(
        command(out, *options), env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout


def losses(out):
    return torch.load(out / "checkpoint.pt")["losses"]


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    out = tmp_path_factory.mktemp("digits")
    return run(out), out


def test_it_prints_pytorchs_losses_and_reads_97_percent(whole_run):
    printed, _ = whole_run
    shown = dict(re.findall(r"epoch +(\d+)  loss ([\d.]+)", printed))
    assert {int(epoch): loss for epoch, loss in shown.items()} == LOSSES
    assert float(re.search(r"test accuracy ([\d.]+)%", printed)[1]) >= 97


def test_it_writes_two_pictures_and_a_checkpoint(whole_run):
    _, out = whole_run
    names = sorted(path.name for path in out.iterdir())
    assert names == ["checkpoint.pt", "loss.png", "predictions.png"]
    for name in ("loss.png", "predictions.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")


def test_a_resumed_run_continues_exactly(whole_run, tmp_path):
    run(tmp_path, "--epochs", "1")
    run(tmp_path, "--epochs", "3", "--resume")
    assert losses(tmp_path) == losses(whole_run[1])[:3]


def test_killed_at_any_moment_it_leaves_a_whole_checkpoint(tmp_path):
    checkpoint = tmp_path / "checkpoint.pt"
    for wait in (0.0, 0.03, 0.11):
        checkpoint.unlink(missing_ok=True)
        process = subprocess.Popen(
            command(tmp_path, "--epochs", "500"), env=ENVIRONMENT, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while not checkpoint.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(wait)
        process.kill()
        process.wait()
        assert losses(tmp_path)


def test_resuming_from_nothing_says_so(tmp_path):
    result = subprocess.run(
        command(tmp_path, "--resume"), env=ENVIRONMENT, capture_output=True, text=True
    )
    assert result.returncode == 1
    last_line = result.stderr.splitlines()[-1]
    assert last_line.startswith("FileNotFoundError") and "checkpoint.pt" in last_line
