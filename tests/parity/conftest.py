"""What all comparisons share: one thread, since small products on two spend their time waiting.

May import: everything.
"""

import pytest

import rushlight


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = rushlight.get_num_threads()
    rushlight.set_num_threads(1)
    yield
    rushlight.set_num_threads(before)
