"""What every test and doctest shares: `torch` is rushlight in doctests, and parity may be demanded.

May import: everything.
"""

import importlib.util

import pytest

import rushlight


def pytest_addoption(parser):
    parser.addoption(
        "--require-torch",
        action="store_true",
        help="fail, instead of skipping, where PyTorch is not installed",
    )


def pytest_configure(config):
    if config.getoption("--require-torch") and importlib.util.find_spec("torch") is None:
        raise pytest.UsageError("--require-torch: PyTorch is not installed in this environment")


@pytest.fixture(autouse=True, scope="session")
def torch_in_doctests(doctest_namespace):
    doctest_namespace["torch"] = rushlight
