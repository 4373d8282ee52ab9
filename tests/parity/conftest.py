"""What all comparisons share: one thread, since small products on two spend their time waiting.

May import: everything.
"""

import sys

import pytest

import rushlight


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    libraries = [rushlight] + [sys.modules["torch"]] * ("torch" in sys.modules)
    before = [library.get_num_threads() for library in libraries]
    for library in libraries:
        library.set_num_threads(1)
    yield
    for library, number in zip(libraries, before, strict=True):
        library.set_num_threads(number)
