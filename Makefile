# Two words to know: `make run` and `make test`. Every target sets up what it needs in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install run test style check format vectors constraints clean

install: .venv/.product

.venv/.pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=26'
	touch $@

.venv/.product: .venv/.pip pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/.dev: .venv/.product
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

run: install
	$(BIN)/market-entry serve

test: .venv/.dev
	$(BIN)/python -m pytest

style: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: style test

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change to the library's texts: embed what is new and ship it with the library.
vectors: install
	$(BIN)/market-entry index vectors

constraints: .venv/.dev
	$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
