# Every target sets up what it needs, in .venv and .cache, and takes a second when that is done.
.DEFAULT_GOAL := help
PYTHON_IN := .venv/bin

.PHONY: help demo test check bench soak lock fixture clean

help: ## Show the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Install, create a project with demo data, start the server, print its address
	@scripts/setup run
	@exec $(PYTHON_IN)/diptych demo $(ARGS)

test: ## Checks and all tests: the whole product, with the vendors' own clients (ARGS="-k name" to choose)
	@scripts/setup dev
	@scripts/test-tools
	@scripts/check
	@scripts/run-tests $(ARGS)

check: ## Format, lint, types, import direction
	@scripts/setup dev
	@scripts/check

bench: ## Measure start-up, memory, ingestion and queries
	@scripts/setup dev
	@$(PYTHON_IN)/python -m benchmarks $(ARGS)

soak: ## Tests that take longer than `make test` may: hours of load, and new random logs for each report
	@scripts/setup dev
	@scripts/test-tools
	@SOAK=1 $(PYTHON_IN)/python -m pytest tests/soak tests/oracle $(ARGS)

lock: ## Compile requirements/*.txt anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@scripts/setup dev
	@scripts/lock $(ARGS)

fixture: ## Keep a data directory as the current code writes it, for later versions to open
	@scripts/setup dev
	@$(PYTHON_IN)/python -m tests.fixtures.keep

clean: ## Remove what was built, installed and fetched (keeps data directories)
	rm -rf .venv .cache web/node_modules tests/node/node_modules src/diptych/web/static test-results
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
