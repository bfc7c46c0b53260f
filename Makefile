# `make` shows what there is. Every target can be run again at any time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?=
PORT ?=
DATA ?= ../shared/data
ALSO ?=
HELD_OUT ?=
MANIFEST ?=
ORIGINALS ?=
SIZES ?= 100000,1000000,10000000

.DEFAULT_GOAL := help
.PHONY: help setup serve develop test check format labelled-pictures figures indexes experiments docs screenshots lock clean

help:  ## Show the targets
	@awk -F ':.*## *' '/^[a-z]+:.*##/ {printf "  make %-13s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Prepare this machine: .venv, packages, model check, database, sample gallery
	@$(PYTHON) setup.py

serve: setup  ## Prepare, then serve and print the address (HOST=… PORT=…)
	@$(BIN)/python index.py serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

$(VENV)/.developed: requirements.txt requirements-test.txt
	@$(PYTHON) setup.py --packages-only
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-test.txt
	@touch $@

develop: $(VENV)/.developed  ## Install everything: training, tests, linters

test: develop  ## Run all tests, two files at once (PYTEST='-k decode' to choose)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

check: develop  ## Lint, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports

format: develop  ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

BASELINES := --baseline mobilenetv2 --baseline image-match --baseline pdq --baseline phash
REPORTS := article/tables
# Written beside its place first: a report that was stopped never looks like a whole one.
report = echo "$(REPORTS)/$(1).json"; mkdir -p $(REPORTS); \
	$(BIN)/python $(2) > $(REPORTS)/$(1).part && mv $(REPORTS)/$(1).part $(REPORTS)/$(1).json || \
	{ status=$$?; rm -f $(REPORTS)/$(1).part; exit $$status; }
originals = $(if $(1),--originals $(1))

labelled-pictures:
	@test -f "$(DATA)/bam_sample.sqlite" || { \
		echo "make figures: expected labelled pictures in $(DATA); name their folder: make figures DATA=…" >&2; exit 3; }

figures: labelled-pictures develop  ## Measure and draw what the article shows (DATA=… ORIGINALS=… ALSO='--also NAME=model.xml')
	@$(BIN)/python index.py evaluate peers mobilenetv2 image-match
	@$(call report,collisions,-m evaluation.collisions)
	@$(call report,similar,index.py evaluate similar "$(DATA)" $(ALSO) $(BASELINES) --json)
	@$(call report,attributes,index.py evaluate attributes "$(DATA)" $(ALSO) --baseline mobilenetv2 --json)
	@$(call report,copies,index.py evaluate copies --sample "$(DATA)" $(call originals,$(ORIGINALS)) $(ALSO) $(BASELINES) --json)
	@$(call report,sweep,index.py evaluate copies --sample "$(DATA)" --sweep $(call originals,$(or $(ORIGINALS),200)) $(BASELINES) --json)
	@$(if $(HELD_OUT),$(call report,held-out,index.py evaluate similar "$(DATA)" $(HELD_OUT) --baseline none --json))
	@$(BIN)/python index.py evaluate figures article/figures --copies $(REPORTS)/copies.json --sweep $(REPORTS)/sweep.json
	@$(BIN)/python index.py evaluate figures instance/figures --sample "$(DATA)"
	@$(BIN)/python -m evaluation.article article $(if $(MANIFEST),--manifest "$(MANIFEST)")

indexes: labelled-pictures develop  ## Measure the index beside other people's (DATA=… SIZES=100000,1000000): hours
	@$(BIN)/python index.py evaluate peers index
	@$(call report,index,index.py benchmark index --data "$(DATA)" --sizes $(SIZES) --json)
	@$(BIN)/python -m evaluation.article article

experiments: develop  ## Answer the questions of the works behind this one (DATA=…)
	@$(BIN)/python index.py evaluate peers mobilenetv2
	@$(BIN)/python index.py evaluate faces "$(DATA)/lfw" --out article/experiments
	@$(BIN)/python index.py experiment cifar "$(DATA)/cifar10"
	@$(BIN)/python index.py experiment actions "$(DATA)/ucf101"

docs: develop  ## Build the documentation as a site, build/docs/index.html
	@$(BIN)/python -m zensical build --strict

screenshots: develop  ## Take the pictures of the documentation anew, by a test
	@RETRACE_TAKE_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/docs/test_screenshots.py

lock: develop  ## Pin every package anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --extra train --extra milvus --extra ray --extra test --python-version 3.11 --no-annotate --no-header -q -o $(VENV)/all.txt
	@$(BIN)/uv pip compile pyproject.toml -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements-serve.txt
	@$(BIN)/uv pip compile pyproject.toml --extra train -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra milvus -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements-milvus.txt
	@$(BIN)/uv pip compile pyproject.toml --extra ray -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements-ray.txt
	@$(BIN)/uv pip compile pyproject.toml --extra milvus --extra ray --extra test -c $(VENV)/all.txt --python-version 3.11 --no-annotate --no-header -q -o requirements-test.txt

clean:  ## Remove what set-up installed; the catalogue in instance/ stays
	@rm -rf $(VENV) build *.egg-info
