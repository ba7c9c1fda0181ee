# `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
STAMP := .venv/.installed
# Keep what was compiled, also where the machine says not to: a story and a test run start many processes.
export PYTHONDONTWRITEBYTECODE :=

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): requirements/dev.lock pyproject.toml
	python3 -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(STAMP) ## create the environment from the lock file

demo: $(STAMP) ## tell the whole story on the sample airline, then leave a web page running
	$(PY) -m examples.airline.demo

test: $(STAMP) ## every test
	$(PY) -m pytest -n 2 --dist worksteal

lint: $(STAMP) ## style, types and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

check: lint test ## what CI runs

bench: $(STAMP) ## the side-by-side measures
	$(PY) -m benchmarks

lock: $(STAMP) ## renew the lock files
	.venv/bin/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-annotate -o requirements/run.lock pyproject.toml
	.venv/bin/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-annotate --extra dev -o requirements/dev.lock pyproject.toml

clean: ## remove what was built
	rm -rf .venv build dist src/*.egg-info var

.PHONY: help setup demo test lint check bench lock clean
