# `make run` starts everything, `make test` tests everything; `make help` lists the rest.
# Needs Python 3.11 or newer and make; the rest is set up in .venv.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= auto
MAKEFLAGS += --no-print-directory
# Half a dozen processes share the code: compiled once and kept, they start in half the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check format lint types django assets story chaos bench lock clean set-up dev

run: set-up ## set everything up and start it (PORT, HOST, YIBAO_DATA, DATABASE_URL)
	@exec $(BIN)/yibao start

test: dev browser ## set everything up and run all tests
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal

check: dev ## what CI runs: format, lint, contracts, types, checks, tests
	@$(MAKE) -j2 --output-sync lint types django
	@$(MAKE) test

format: dev ## put the code into shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

lint: dev ## format, lint, import contracts, templates
	@echo "== ruff" && $(BIN)/ruff format --check . && $(BIN)/ruff check .
	@echo "== import contracts" && $(BIN)/lint-imports
	@echo "== templates" && $(BIN)/djlint --quiet --lint yibao

types: dev ## mypy
	@echo "== mypy" && $(BIN)/mypy

django: dev ## Django's deployment checks and missing migrations
	@echo "== django" && $(BIN)/python -m tests.production_check

assets: dev ## fetch front-end packages again if their list changed
	@$(BIN)/python build_assets.py

story: dev ## both ways over a fresh roster of 2,000, through HTTP, with the sums
	@$(BIN)/python -m tests.story

chaos: dev ## kill everything while 1,500 students pay, then audit; once without locks; p99 of 20 payers (CHAOS=twenty)
	@$(BIN)/pytest -n0 -s -m chaos -k "$(CHAOS)" tests/server/test_chaos.py

bench: dev ## figures beside their baselines (BENCH="approve --repeats 3"; --help says more)
	@$(BIN)/python -m benchmarks $(BENCH)

lock: dev ## resolve the Python packages anew
	@$(BIN)/python requirements/lock.py

clean: ## remove what can be made again; var/ stays
	rm -rf .venv build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage
	rm -rf yibao/web/static/vendor yibao/web/fonts

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

set-up:
	@$(PYTHON) bootstrap.py run

dev:
	@$(PYTHON) bootstrap.py dev

browser:
	@$(PYTHON) bootstrap.py browser
.PHONY: browser
