.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
LOCK = uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --quiet pyproject.toml

help: ## Say what can be made here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/run: requirements/run.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -f .venv/dev || $(BIN)/pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

.venv/dev: requirements/dev.txt .venv/run
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@

run: .venv/run ## Start Portevoix on this machine: web chat, console, SQLite (PORT, PORTEVOIX_HOME, DATABASE_URL)
	$(BIN)/portevoix serve

test: .venv/dev ## Run the tests, on SQLite and PostgreSQL
	$(BIN)/pytest -m "not full"

test-full: .venv/dev ## Add what needs Chromium or many minutes
	$(BIN)/pytest

check: .venv/dev ## Lint, format, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --quiet tests/test_architecture.py

bench: .venv/dev ## Measure durable turns a second
	$(BIN)/python benchmarks/turns.py

lock: ## Pin every dependency with its hashes (needs uv)
	$(LOCK) --extra postgres --extra telegram --extra ptb --extra whatsapp --extra rasa-client --extra llm --extra dsfr -o requirements/scale.txt
	$(LOCK) -c requirements/scale.txt -o requirements/run.txt
	$(LOCK) -c requirements/scale.txt --extra dev -o requirements/dev.txt

clean: ## Remove what was built; the data in var/ stays
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help run test test-full check bench lock clean
