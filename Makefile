.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
LOCK = uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --python-version
RASA := $(if $(RASA_ENV),,.venv-rasa/installed)
export RASA_ENV ?= .venv-rasa

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

.venv-rasa/installed: requirements/rasa.txt requirements/rasa.sh
	requirements/rasa.sh .venv-rasa
	touch $@

run: .venv/run ## Start Portevoix on this machine: web chat, console, SQLite (PORT, PORTEVOIX_HOME, DATABASE_URL)
	$(BIN)/portevoix serve

test: .venv/dev ## Run the tests, on SQLite and PostgreSQL
	$(BIN)/pytest -m "not full"

test-full: .venv/dev $(RASA) ## Add what needs Chromium, Rasa or many minutes
	$(BIN)/pytest

test-rasa: .venv/dev $(RASA) ## Train and ask a real Rasa 3.6 (needs Python 3.10, 3 GB; RASA_PYTHON, RASA_ENV)
	$(BIN)/pytest -m full tests/nlu/test_contract.py tests/nlu/test_real_rasa.py

check: .venv/dev ## Lint, format, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --quiet tests/test_architecture.py

bench: .venv/dev ## Measure durable turns a second
	$(BIN)/python benchmarks/turns.py

bench-nlu: .venv/dev $(RASA) ## Compare with a real Rasa on the sets in BENCH_DATA, 15 minutes (LONG=1: hours; OUTPUT=file)
	$(BIN)/python -m benchmarks.intents $(if $(LONG),--long) $(if $(OUTPUT),--output $(OUTPUT))

bench-channels: .venv/dev ## Measure how fast webhooks are accepted, and what a flood does to others
	$(BIN)/python -m benchmarks.hooks
	$(BIN)/python -m benchmarks.flood

bench-desk: .venv/dev ## Measure the console on 100,000 cases, ten officials at once (CASES=N: fewer)
	$(BIN)/python -m benchmarks.desk $(if $(CASES),--cases $(CASES))

bench-training: .venv/dev ## Measure a training on 20,000 examples and more: time, memory, and answers beside it
	$(BIN)/python benchmarks/training.py
	$(BIN)/python -m benchmarks.during

screenshots: .venv/dev ## Photograph every page of the console for docs/officials.md (needs Chromium)
	$(BIN)/python docs/screenshots.py

lock: ## Pin every dependency with its hashes (needs uv)
	$(LOCK) 3.11 pyproject.toml --extra postgres --extra dsfr --extra model2vec --extra voice -o requirements/scale.txt
	$(LOCK) 3.11 pyproject.toml -c requirements/scale.txt -o requirements/run.txt
	$(LOCK) 3.11 pyproject.toml -c requirements/scale.txt --extra dev -o requirements/dev.txt
	$(LOCK) 3.10 requirements/rasa.in -o requirements/rasa.txt

clean: ## Remove what was built; the data in var/ stays
	rm -rf .venv .venv-rasa build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help run test test-full test-rasa check bench bench-nlu bench-channels bench-desk bench-training screenshots lock clean
