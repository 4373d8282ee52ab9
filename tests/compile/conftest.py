"""Compiled code of tests is not kept on disk.

May import: everything.
"""

import pytest


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.setenv("RUSHLIGHT_CACHE", "")
