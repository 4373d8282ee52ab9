"""The database's operators with the class and the family that `names.tsv` gives each.

May import: everything.
"""

import csv
from pathlib import Path
from typing import Any, NamedTuple

from torch.testing._internal.common_methods_invocations import op_db

CLASSES = ("core", "common", "exotic")
TABLE = Path(__file__).with_name("names.tsv")


class Entry(NamedTuple):
    """One operator of the database: core, common or exotic, and the family it is counted in."""

    op: Any
    kind: str
    family: str

    @property
    def title(self) -> str:
        """`name`, or `name[variant]` where the database has several under one name."""
        variant = self.op.variant_test_name
        return f"{self.op.name}[{variant}]" if variant else self.op.name


def entries() -> list[Entry]:
    """All operators, in the order of the families."""
    with TABLE.open() as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        places = {(row["name"], row["variant"]): (row["class"], row["family"]) for row in rows}
    found = [Entry(op, *places[op.name, op.variant_test_name]) for op in op_db]
    return sorted(found, key=lambda entry: entry.family)
