# Every target works on a bare machine: python3, make and a package index are enough.
# The environment lives in .venv; each stamp file says what has been installed into it.

PYTHON ?= python3
TORCH ?= torch==2.13.0

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint parity bench clean

# Learn to read handwritten digits, with a program written for PyTorch.
demo: $(VENV)/.demo
	$(BIN)/rushlight run examples/digits.py

# The tests; those that compare with PyTorch are skipped unless it is installed.
test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# The same programs on PyTorch and here, and the table of its operator database. Without PyTorch
# this fails; it never skips.
parity: $(VENV)/.torch
	$(BIN)/python -m pytest tests/parity --require-torch

# Our time, PyTorch's, and the ratio; ARGS="mlp_tiny_sgd --markdown" picks rows and the form.
bench: $(VENV)/.torch
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis digits-out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created: pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	touch $@

$(VENV)/.demo: $(VENV)/.created
	$(PIP) --editable '.[hdf5,plot,progress]'
	touch $@

$(VENV)/.test: $(VENV)/.created
	$(PIP) --editable '.[test]'
	touch $@

$(VENV)/.dev: $(VENV)/.created
	$(PIP) --editable '.[dev]'
	touch $@

# After .test, so that the tests have been seen to pass in an environment without PyTorch.
$(VENV)/.torch: $(VENV)/.test
	$(PIP) '$(TORCH)' expecttest
	touch $@
