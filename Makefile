# `make serve` runs Freehold on demo data, `make test` passes its tests, `make check` runs them and the linters.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES = schema loaders storage executor server benchmarks tests explorer .ci

# What the page is made of: installing Freehold builds it.
PAGE = explorer/package-lock.json explorer/build.mjs $(wildcard explorer/src/*)

# Node of this machine, or else the one among the tools.
NPM = PATH="$$PATH:$(abspath $(BIN))" npm --prefix explorer

# Versions and hashes for every Python and system at once.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate $(LOCK_ARGS) pyproject.toml

export PYTHONUNBUFFERED = 1

.PHONY: serve test coverage lint types imports check lock distributions explorer format clean

# Demo data on this machine: everybody may do everything, unless a setting says who may ask, and see what a query costs.
serve: export FREEHOLD_TRACE ?= on
serve: export FREEHOLD_DEMONSTRATION ?= $(if $(strip $(value FREEHOLD_PUBLIC)$(value FREEHOLD_TOKENS)$(value FREEHOLD_JWT_ISSUER)),off,on)
serve: $(VENV)/serve.installed
	@$(BIN)/freehold migrate
	@$(BIN)/freehold seed --if-empty --owners 2000 --properties 10000
	@exec $(BIN)/freehold serve

test: $(VENV)/dev.installed
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The lines and branches that the tests reach, in this process and in those that they start.
coverage: $(VENV)/dev.installed
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --timeout=600 $(PYTEST_ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: lint types imports test

# The versions in requirements/, changed as little as pyproject.toml demands; LOCK_ARGS=--upgrade takes the newest.
lock: $(VENV)/dev.installed
	$(LOCK) --output-file requirements/serve.txt
	$(LOCK) --extra dev --constraints requirements/serve.txt --output-file requirements/dev.txt

lint: $(VENV)/dev.installed
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/dev.installed explorer/node_modules/.package-lock.json
	$(BIN)/mypy
	$(BIN)/mypy explorer/hatch_build.py .ci/release_notes.py
	$(NPM) run --silent types

imports: $(VENV)/dev.installed
	$(BIN)/lint-imports --no-cache  # its cache holds on to modules that moved

# A wheel and a source distribution in dist/, for a release.
distributions: $(VENV)/dev.installed
	rm -rf dist
	PATH="$$PATH:$(abspath $(BIN))" $(BIN)/hatchling build

# The page's files, anew.
explorer: $(VENV)/dev.installed
	$(NPM) ci
	$(NPM) run --silent types
	$(NPM) run --silent build

explorer/node_modules/.package-lock.json: explorer/package-lock.json
	$(NPM) ci

format: $(VENV)/dev.installed
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

clean:
	rm -rf server/static explorer/node_modules
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Freehold needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/serve.installed: pyproject.toml requirements/serve.txt $(PAGE) | $(VENV)/bin/python
	@echo "installing Freehold into $(VENV) …"
	@$(PIP) install --require-hashes --requirement requirements/serve.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

# Built by the tools of requirements/dev.txt too.
$(VENV)/dev.installed: pyproject.toml requirements/dev.txt $(PAGE) | $(VENV)/bin/python
	@echo "installing Freehold and its tools into $(VENV) …"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@PATH="$$PATH:$(abspath $(BIN))" $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/serve.installed
