# `make` shows what there is. Every target can be run again at any time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?=
PORT ?=

.DEFAULT_GOAL := help
.PHONY: help setup serve develop test check format lock clean

help:  ## Show the targets
	@awk -F ':.*## *' '/^[a-z]+:.*##/ {printf "  make %-9s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Prepare this machine: .venv, packages, model check, database, sample gallery
	@$(PYTHON) setup.py

serve: setup  ## Prepare, then serve and print the address (HOST=… PORT=…)
	@$(BIN)/python index.py serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

$(VENV)/.developed: requirements.txt requirements-test.txt
	@$(PYTHON) setup.py --packages-only
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-test.txt
	@touch $@

develop: $(VENV)/.developed  ## Install everything: training, tests, linters

test: develop  ## Run all tests (PYTEST='-k decode' to choose)
	@$(BIN)/python -m pytest $(PYTEST)

check: develop  ## Lint, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports

format: develop  ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: develop  ## Pin every package anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --extra train --extra test --python-version 3.11 --no-annotate --no-header -q -o $(VENV)/all.txt
	@$(BIN)/uv pip compile pyproject.toml -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements-serve.txt
	@$(BIN)/uv pip compile pyproject.toml --extra train -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra test -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements-test.txt

clean:  ## Remove what set-up installed; the catalogue in instance/ stays
	@rm -rf $(VENV) build *.egg-info
