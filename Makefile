# Everything from a fresh clone: `make serve` and `make test` do all their own set-up.
#
#   make serve    build the site and serve it on this machine (PORT=8097, or the next free port)
#   make test     run all tests (gets Chromium if there is none)
#   make check    validate the policy's YAML
#   make examples run the policy's examples and the whole notes only (half a minute)
#   make diff     say what your change of policy/ does, against BASE=origin/main (also into build/policy-diff.md)
#   make bundle   write the policy bundle that the command line reads
#   make bench    measure speed: ours, ours in the browser, and medspaCy's on the same notes (takes some minutes)
#   make site     build the site into site/
#   make pins     pin the requirements anew, after a change to requirements*.in
#   make clean    remove all that was built
#
# Needs Python 3.11 or newer and Node 20 or newer (npm comes with it).

PORT ?= 8097
BASE ?= origin/main
export BASE
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps

# pip and npm ask nothing, look up nothing of their own, and take no constraint file from outside.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_CONSTRAINT := /dev/null
export PIP_USER := 0
export NO_MKDOCS_2_WARNING := 1
export PYTHONUTF8 := 1
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

POLICY := $(shell find policy -type f -name '*.yaml' 2>/dev/null)
CHECKER := $(wildcard checker/*.py)
# Folders count too: a file taken away changes the site as well.
SITE := mkdocs.yml $(POLICY) $(CHECKER) $(wildcard tools/runtime.*) \
	$(shell find docs policy -not -path '*/__pycache__*' 2>/dev/null)

.PHONY: help serve site test bench bundle check diff examples pins clean

help:
	@sed -n 's/^#   //p' Makefile

serve: $(STAMPS)/site
	@$(BIN)/python tools/serve.py site $(PORT)

site: $(STAMPS)/site

$(STAMPS)/site: $(STAMPS)/python $(STAMPS)/node $(SITE)
	@echo 'Building the site'
	@$(BIN)/mkdocs build --strict --site-dir site
	@touch $@

bundle: checker/bundle.json

# The checker builds it, since it knows best whether a built one still fits the YAML.
checker/bundle.json: $(STAMPS)/python $(POLICY) $(CHECKER)
	@$(BIN)/python -m checker policy check
	@$(BIN)/python -c 'from pathlib import Path; from checker import source; source.cached_bundle(Path.cwd())'
	@touch $@

check: $(STAMPS)/python
	@$(BIN)/python -m checker policy check

examples: check $(STAMPS)/dev
	@$(BIN)/python -m pytest -q --tb=short tests/test_concepts.py tests/test_examples.py tests/test_notes.py

# Its 1 says that something differs, which is no failure here.
diff: $(STAMPS)/python
	@mkdir -p build
	@$(BIN)/python -m checker policy diff "$$BASE" --comment build/policy-diff.md || [ $$? -eq 1 ]

test: $(STAMPS)/dev $(STAMPS)/node checker/bundle.json
	@bash tools/chromium.sh $(BIN)/playwright
	$(BIN)/python -m pytest -q

bench: $(STAMPS)/dev $(STAMPS)/node $(STAMPS)/medspacy checker/bundle.json
	@bash tools/chromium.sh $(BIN)/playwright
	$(BIN)/python tests/bench/native.py
	$(BIN)/python tests/bench/compare.py
	$(BIN)/python tests/bench/browser.py

$(BIN)/python:
	@bash tools/venv.sh $(VENV)

$(STAMPS)/python: requirements.txt | $(BIN)/python
	@echo 'Python packages for the site'
	@$(BIN)/python -m pip install -qq --require-hashes -r requirements.txt
	@mkdir -p $(@D) && touch $@

$(STAMPS)/dev: requirements-dev.txt $(STAMPS)/python
	@echo 'Python packages for the tests'
	@$(BIN)/python -m pip install -qq --require-hashes -r requirements-dev.txt
	@mkdir -p $(@D) && touch $@

# In an environment of its own, for the comparison alone. Where it cannot be had, all else is measured.
$(STAMPS)/medspacy: tests/bench/requirements-medspacy.txt | $(BIN)/python
	@echo 'medspaCy, to compare with'
	@mkdir -p $(@D)
	@if $(BIN)/python -m venv --clear build/medspacy >build/medspacy.log 2>&1 \
	  && build/medspacy/bin/python -m pip install -q --require-hashes -r $< >>build/medspacy.log 2>&1; \
	then touch $@; else rm -rf build/medspacy; echo 'medspaCy was not installed; build/medspacy.log says why'; fi

$(STAMPS)/node: package.json package-lock.json
	@command -v npm >/dev/null || { echo 'make: npm is missing; install Node 20 or newer' >&2; exit 1; }
	@echo 'Python for the browser, from npm'
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --silent
	@mkdir -p $(@D) && touch $@

pins:
	python3 -m pip show --quiet pip-tools || { echo 'make pins needs pip-tools: pip install pip-tools' >&2; exit 1; }
	for name in requirements requirements-dev; do \
	  python3 -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --annotation-style=line --no-header \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o $$name.txt $$name.in; \
	done
	python3 -m uv --version >/dev/null || { echo 'make pins needs uv: pip install uv' >&2; exit 1; }
	python3 -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  -o tests/bench/requirements-medspacy.txt tests/bench/requirements-medspacy.in

clean:
	rm -rf $(VENV) node_modules build site .pytest_cache .hypothesis checker/bundle.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
