# Everything one does with this project. `make run` and `make test` work from a fresh clone: they make .venv by themselves.
.DEFAULT_GOAL := help
.PHONY: help run demo test cover quick lint format types imports browser check bench lock clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
CHECK_HASHES := --require-hashes --no-deps
# The locks hold for every platform and name no index, so that each machine uses its own.
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --no-emit-find-links
# Tests write as durably as the product does; where there is a file system in memory that costs nothing.
export PYTEST_DEBUG_TEMPROOT ?= $(shell test -w /dev/shm && echo /dev/shm || echo /tmp)
PYTEST := $(BIN)/coverage run -m pytest --numprocesses=logical --dist=loadgroup
# npm brings the identity provider that signing in is tested against.
BROWSER := { command -v chromium && command -v npm; } > /dev/null \
  || .ci/need "for the browser tests" chromium fonts-liberation $$(command -v npm > /dev/null || echo nodejs npm)
# What needs neither Prefect nor a browser.
QUICK := -m "not (prefect or browser or slow)"

help:  ## show this list
	@grep -E '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /|/' | awk -F'|' '{ printf "make %-9s %s\n", $$1, $$2 }'

run: $(READY)  ## start the board, Prefect and the carrier on this machine, with invented cases
	@$(BIN)/mdt run

demo: $(READY)  ## make the database and the invented cases, without starting anything
	@$(BIN)/mdt demo

test: $(READY) lint types imports  ## everything that must hold: style, types, layers, tests, coverage of the rooms
	@$(BIN)/coverage erase
	@# Without a browser, and where none may be installed, all else is tested first.
	@if { $(BROWSER); } > /dev/null 2>&1; then $(PYTEST); else $(PYTEST) -m "not browser"; fi
	@$(BIN)/coverage combine --quiet
	@report=$$($(BIN)/coverage report) || { echo "$$report"; exit 1; }
	@$(BROWSER)

cover: $(READY)  ## the quick tests, then each line and branch of the deciding modules that none of them reached
	@$(BIN)/coverage erase
	@$(PYTEST) $(QUICK)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report

quick: $(READY)  ## the tests that need neither Prefect nor a browser, without coverage
	@$(BIN)/pytest --numprocesses=logical --dist=loadgroup $(QUICK)

lint: $(READY)  ## style
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: $(READY)  ## put the style right where that can be done without thought
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: $(READY)  ## types
	@$(BIN)/mypy

imports: $(READY)  ## who may import whom
	@$(BIN)/lint-imports --no-logo

browser:  # the browser that the browser tests drive, and npm
	@$(BROWSER)

check: $(READY)  ## compute every case anew and compare it with what is stored
	@$(BIN)/mdt check

bench: $(READY)  ## measure what must be fast
	@$(BIN)/python -m bench

lock: $(BIN)/uv  ## choose the versions of all packages anew
	@$(COMPILE) --group dev pyproject.toml --output-file requirements.lock > /dev/null
	@echo uv | $(COMPILE) --no-annotate - --output-file requirements-uv.lock > /dev/null

clean:  ## remove .venv and all caches; the state under ./var stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || .ci/need "to make .venv" python3-venv
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet $(CHECK_HASHES) --requirement requirements-uv.lock
	@touch $@

$(READY): $(BIN)/uv requirements.lock pyproject.toml
	@echo "Installing the locked packages into .venv (only when they have changed) ..."
	@# Where only pip has been told of an index or a certificate, pip does the same, more slowly.
	@$(BIN)/uv pip install --quiet --python $(BIN)/python $(CHECK_HASHES) --requirement requirements.lock \
	  || $(BIN)/pip install --quiet $(CHECK_HASHES) --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
