# Yunquan. `make` alone lists what there is. Needs Python 3.11 or newer; everything else it sets up itself.
PYTHON ?= $(or $(shell command -v python3.11 || command -v python3),$(error no python3 on PATH))
BIN := .venv/bin
SEED ?= 7
DAYS ?= 20
NAME ?=
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test check sim bench docs i18n schema lock

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: ## Set up what is missing: venv, locked packages, page assets, compiled core
	@$(PYTHON) tools/setup.py run

run: ## Start the whole brokerage on a simulated market (YUNQUAN_PORT, YUNQUAN_DATA)
	@$(PYTHON) tools/setup.py run
	@exec $(BIN)/yunquan up

test: ## Run every test, browsers and PostgreSQL included
	@$(PYTHON) tools/setup.py test
	@$(BIN)/python tools/run_tests.py --workers $(PYTEST_WORKERS)

check: ## Format, lint, types, floors, laws of the house, stale generated files (under 60 s)
	@$(PYTHON) tools/setup.py develop
	@$(BIN)/python tools/check.py

sim: ## Run the brokerage on a fake clock: make sim SEED=7 DAYS=20; several: SEED="7 21 22"
	@$(PYTHON) tools/setup.py measure
	@$(BIN)/python -m tests.sim --seed $(SEED) --days $(DAYS)

bench: ## Measure every promise, or one: make bench NAME=counter
	@$(PYTHON) tools/setup.py measure
	@$(BIN)/python -m benchmarks $(NAME)

docs: ## Write the generated pages of docs/
	@$(PYTHON) tools/setup.py develop
	@$(BIN)/python -m tools.pages

i18n: ## Sort the catalogues and name missing texts
	@$(PYTHON) tools/setup.py develop
	@$(BIN)/python -m tools.catalogues

schema: ## Write OpenAPI and event schemas to docs/schema/
	@$(PYTHON) tools/setup.py develop
	@$(BIN)/python -m tools.schema

lock: ## Resolve requirements/*.txt and package-lock.json anew
	@$(PYTHON) tools/setup.py develop
	@$(BIN)/python tools/lock.py
