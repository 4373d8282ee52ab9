"""The first lesson, cell by cell, on PyTorch and on rushlight: what each shows is the same.

May import: everything.
"""

import pytest

from tests.lesson import cells
from tests.lesson.recording import PYTORCH, RUSHLIGHT, by_label, kept, recorded

torch = pytest.importorskip("torch")

LABELS = [cell.label for cell in cells.everything()]
WITHOUT_A_GPU = [cell.label for cell in cells.everything() if "cuda" not in cell.code]
CERTAIN = [label for label in WITHOUT_A_GPU if label not in cells.BY_CHANCE]


@pytest.fixture(scope="module", params=[0, 7])
def both(request, tmp_path_factory):
    """PyTorch's cells and rushlight's, from the same seed."""
    seed = ("--seed", str(request.param))
    folder = tmp_path_factory.mktemp("lesson")
    return [by_label(recorded(runner, folder, *seed)) for runner in (PYTORCH, RUSHLIGHT)]


@pytest.mark.parametrize("label", CERTAIN)
def test_a_cell_shows_the_same(label, both):
    theirs, ours = (side[label] for side in both)
    assert not theirs["error"]
    assert not ours["error"]
    assert cells.same(ours["shown"], theirs["shown"]), f"{ours['shown']}\n\n{theirs['shown']}"


@pytest.mark.skipif(torch.version.cuda is not None, reason="this PyTorch is built for CUDA")
def test_a_gpu_is_refused_in_the_same_words(both):
    theirs, ours = both
    for label in set(LABELS) - set(WITHOUT_A_GPU):
        assert theirs[label]["error"] == "AssertionError: Torch not compiled with CUDA enabled"
        assert ours[label]["error"].startswith(theirs[label]["error"])


def test_the_kept_record_is_what_this_pytorch_shows(tmp_path):
    fresh = recorded(PYTORCH, tmp_path)
    if fresh["version"] != kept()["version"]:
        pytest.skip(f"the record is of {kept()['version']}, this is {fresh['version']}")
    recorded_once = by_label(kept())
    for label, cell in by_label(fresh).items():
        if label in CERTAIN:
            assert cells.same(cell["shown"], recorded_once[label]["shown"]), label
