# Needs Python 3.11 or newer and make; everything else is installed into .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench lock clean

help:  ## Show this list.
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/demo  ## Check the example shop's templates, then a live organisation of three accounts inside the process.
	@echo '$$ apiece check examples/shop'
	@$(BIN)/apiece check examples/shop; code=$$?; echo "exit code $$code"; test $$code -eq 1
	@echo
	@echo '$$ apiece demo'
	@$(BIN)/apiece demo

test: $(VENV)/dev  ## Run the tests.
	$(BIN)/python -m pytest -q -n auto

lint: $(VENV)/dev  ## Check style, types and who imports whom.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(VENV)/dev  ## Write the reference pages from the code.
	$(BIN)/python tools/build_docs.py
	$(BIN)/python tools/fault_table.py

bench: $(VENV)/dev  ## Measure speed and memory beside Checkov (installs it into .venv-peer).
	$(BIN)/python benchmarks/run.py

lock: $(VENV)/dev  ## Renew the pinned versions in requirements/.
	$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-annotate --upgrade -q -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --extra demo --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-annotate --upgrade -q -o requirements/demo.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-annotate --upgrade -q -o requirements/dev.txt

clean:  ## Remove what was installed and built.
	rm -rf $(VENV) .venv-peer build dist .coverage htmlcov .hypothesis .mypy_cache .ruff_cache

$(VENV)/run: requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "apiece needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --no-deps --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps -e .
	touch $@

$(VENV)/demo: $(VENV)/run requirements/demo.txt
	$(PIP) install --no-deps --require-hashes -r requirements/demo.txt
	touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	touch $@
