"""The first lesson under rushlight: every cell runs, and shows what PyTorch 2.13 shows.

PyTorch's side was recorded by `record.py` and is kept in `expected_2_13.json`.

May import: everything.
"""

import re
from pathlib import Path

import pytest

import rushlight as torch
from tests.lesson import cells
from tests.lesson.recording import RUSHLIGHT, by_label, kept, recorded

LABELS = [cell.label for cell in cells.everything()]
PROMPTS = re.findall(r"^In \[(\d+|None)\]:$", cells.TEXT.read_text(encoding="utf-8"), re.MULTILINE)
DOCUMENT = Path(__file__).parents[2] / "docs" / "lesson.md"


@pytest.fixture(scope="module")
def expected():
    return by_label(kept())


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return recorded(RUSHLIGHT, tmp_path_factory.mktemp("lesson"))


@pytest.fixture(scope="module")
def ours(record):
    return by_label(record)


# ---- the text is taken apart rightly


def test_every_cell_of_the_page_is_there_once_and_in_order():
    labels = [cell.label for cell in cells.lesson()]
    assert ["None" if label.startswith("never") else label for label in labels] == PROMPTS
    assert len(labels) == 149
    assert len(set(LABELS)) == len(LABELS)


def test_code_output_and_prose_are_told_apart():
    by_name = {cell.label: cell for cell in cells.lesson()}
    assert by_name["31"].code == "l = [1.0, 4.0, 2.0, 1.0, 3.0, 5.0]\ntorch.tensor(l)\n"
    assert by_name["31"].shown == "tensor([1., 4., 2., 1., 3., 5.])"
    assert by_name["116"] == cells.Cell("116", "x.grad\n")
    assert by_name["133"].code.endswith("\n\n    return X, y, train_X, train_Y\n")
    assert by_name["112"].code.endswith("f.close()\nlast_x2\n")
    assert by_name["29"].shown.count("[1., 1., 1.]") == 9
    assert by_name["never run 1"].code.endswith("plt.show()\n")
    assert by_name["never run 5"].code.endswith("to minimize the loss\n")
    assert [cell.code for cell in cells.gpu_examples()][-1] == "a.matmul(b)"


def test_each_mend_has_its_place():
    by_name = {cell.label: cell for cell in cells.everything()}
    for mend in cells.MENDS:
        assert mend.why
        assert mend.new in cells.mended(by_name[mend.label])
    with pytest.raises(ValueError, match="cell 1 has no 'nothing' to mend"):
        broken = cells.Mend("1", "nothing", "", "")
        cells.mended(by_name["1"], [broken])


# ---- it runs, and shows what PyTorch shows


def test_it_is_recorded_from_the_pytorch_that_rushlight_follows(record):
    kept_record = kept()
    assert record["version"] == kept_record["version"] == "2.13.0"
    assert [cell["label"] for cell in kept_record["cells"]] == LABELS
    assert kept_record["seed"] == record["seed"]


@pytest.mark.parametrize("label", LABELS)
def test_a_cell_shows_what_pytorch_shows(label, ours, expected):
    assert ours[label]["error"].startswith(expected[label]["error"])
    assert bool(ours[label]["error"]) == bool(expected[label]["error"])
    shown = ours[label]["shown"]
    assert cells.same(shown, expected[label]["shown"]), shown


def test_only_a_gpu_is_asked_for_in_vain(ours):
    failed = {label for label, cell in ours.items() if cell["error"]}
    wanted = {cell.label for cell in cells.gpu_examples() if "cuda" in cell.code}
    assert failed == wanted
    for label in wanted:
        error = ours[label]["error"]
        assert error.startswith("AssertionError: Torch not compiled with CUDA enabled: asked for")
        assert "use device='cpu'" in error


def test_the_random_cells_are_those_that_change_with_the_seed(ours, tmp_path):
    other = by_label(recorded(RUSHLIGHT, tmp_path, "--seed", "1"))
    changed = {label for label in LABELS if other[label]["shown"] != ours[label]["shown"]}
    assert changed == cells.RANDOM


def test_the_loss_of_the_regression_falls(ours):
    losses = [float(line) for line in ours["never run 5"]["shown"].splitlines()]
    assert len(losses) == 10
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 10


def test_it_writes_hdf5_a_picture_and_a_checkpoint(record):
    starts = {
        "ourpoints.hdf5": b"\x89HDF",
        "points.png": b"\x89PNG",
        "points.pt": b"PK\x03\x04",
    }
    assert record["files"] == {name: start.hex() for name, start in starts.items()}


def test_unmended_it_stops_where_the_lesson_stopped(tmp_path):
    unmended = by_label(recorded(RUSHLIGHT, tmp_path, "--unmended"))
    first = next(cell for cell in cells.lesson() if unmended[cell.label]["error"])
    assert first.label == "136"
    assert first.shown == "NameError: name 'Variable' is not defined"
    # In 2019 NumPy had been imported by then, in a cell that is not on the page.
    assert unmended["136"]["error"] == "NameError: name 'np' is not defined"


def test_the_loss_cannot_be_indexed():
    with pytest.raises(IndexError, match=r"invalid index of a 0-dim tensor.*item"):
        torch.tensor([1.0, 2.0], requires_grad=True).sum().data[0]


# ---- what of the lesson's 2019 output is no longer so


def documented():
    """The rows of the document's first table: cell, then, now."""
    text = DOCUMENT.read_text(encoding="utf-8").partition("## What has changed")[2]
    rows = re.findall(r"^\| (\d[\d, ]*) \| (.*?) \| (.*?) \|", text, re.MULTILINE)
    return [
        (label, *[re.sub(r"^`(.*)`$", r"\1", shown) for shown in (then, now)])
        for labels, then, now in rows
        for label in labels.split(", ")
    ]


def test_the_differences_from_2019_are_the_documented_ones(expected):
    found = cells.differences({label: cell["shown"] for label, cell in expected.items()})
    assert sorted(documented()) == sorted(
        (label, then or "nothing", now or "nothing") for label, then, now in found
    )


def test_the_mends_are_the_documented_ones():
    text = DOCUMENT.read_text(encoding="utf-8")
    for mend in cells.MENDS:
        if mend.old:
            assert f"`{mend.old.strip()}`" in text
        assert mend.why in text
