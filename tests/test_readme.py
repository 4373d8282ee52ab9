"""The Python blocks of the README run, and print what the README says they print.

May import: nothing.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text())


def test_the_first_program_is_fifteen_lines_and_shows_its_output():
    program, output = BLOCKS[0]
    assert len(program.splitlines()) <= 15
    assert output


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[0].splitlines()[0])
def test_block(block):
    program, output = block
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert result.stderr == ""
    if output:
        assert result.stdout == output
