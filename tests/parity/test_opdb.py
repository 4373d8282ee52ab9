"""PyTorch's operator database, name by name: what is known to fail fails, all else is right.

May import: everything.
"""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's operator database needs it")

from tests.parity.opdb.__main__ import LIMIT  # noqa: E402
from tests.parity.opdb.checks import KINDS, check  # noqa: E402
from tests.parity.opdb.exceptions import UNSTEADY  # noqa: E402
from tests.parity.opdb.names import entries  # noqa: E402
from tests.parity.opdb.report import failing, known, share, table  # noqa: E402

RECORDED = known()
# the least share of right checks of each kind, by class
FLOORS = {
    "core": {"samples": 1.0, "gradients": 1.0, "errors": 1.0},
    "common": {"samples": 0.97, "gradients": 0.97, "errors": 0.95},
}


@pytest.fixture(scope="module")
def outcomes():
    """Filled by the tests of single names, summed up by the last test."""
    return []


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.title)
def test_an_operator_is_right_but_for_what_is_recorded(entry, outcomes):
    outcome = check(entry, LIMIT)
    outcomes.append(outcome)
    expected = {line for line in RECORDED if line.rpartition(": ")[0] == entry.title}
    found = failing(outcome)
    lines = "\n".join(line for _, line in outcome.failures[:20])
    assert not found - expected, f"not recorded as failing:\n{lines}"
    steady = expected - found if entry.op.name not in UNSTEADY else ()
    assert not steady, "recorded as failing, but right: run with --record"


def test_floors(outcomes, capsys):
    if len(outcomes) < len(entries()):
        pytest.skip("only a part of the database was run before")
    with capsys.disabled():
        print("\n" + table(outcomes))
    for kind, floors in FLOORS.items():
        part = [outcome for outcome in outcomes if outcome.entry.kind == kind]
        for what in KINDS:
            right, total = share(part, what)
            assert right >= floors[what] * total, f"{kind}, {what}: {right} of {total}"
