# make run    installs into .venv and starts on http://127.0.0.1:8501 (PORT=... for another port)
# make test   installs, Chromium included, and runs lint, types and all tests
# make help   lists the rest

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV ?= .venv
PORT ?= 8501
TREE ?=
AUDIO ?=
ONLY ?=
LOCK ?= requirements.txt
PYTEST ?=
BIN := $(VENV)/bin
export DEBIAN_FRONTEND := noninteractive

.PHONY: help prove-image setup setup-dev setup-bench run test nightly coverage check lint types format bench models gallery screenshots lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: ## install what the program needs into .venv
	@scripts/install.sh $(VENV) $(LOCK)

setup-dev: setup
	@scripts/install.sh $(VENV) $(LOCK) requirements-dev.txt

setup-bench: setup
	@scripts/install.sh $(VENV) $(LOCK) requirements-bench.txt

run: setup ## start the app; Ctrl-C stops it
	@scripts/yamnet.sh $(VENV)
	$(BIN)/streamlit run app.py --server.headless=true --server.port=$(PORT)

check: setup-dev ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup-dev ## let ruff write the format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: check ## check, then every test
	@scripts/chromium.sh
	@scripts/postgres.sh
	@$(BIN)/python -m compileall -q app.py pages mgc  # for the servers and engines, where byte code is switched off
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

nightly: ## make test, with the tests that take long and with more kills
	@MGC_TEST_KILLS=20 $(MAKE) test

coverage: ## make test, with coverage: on Python 3.11 its tracing costs half as much time again
	@$(MAKE) test PYTEST="--cov --cov-fail-under=90"

bench: setup-bench ## this program beside its peers, as ratios, in one run
	$(BIN)/python -m benchmarks.run

models: setup ## retrain what ships from a Kaggle-shaped tree: make models TREE=path/to/Data [AUDIO=folder]
	@test -d "$(TREE)" || { echo "Say where the tree is: make models TREE=path/to/Data (it holds genres_original/)"; exit 1; }
	$(BIN)/python -m scripts.ship_models "$(TREE)"
ifdef AUDIO
	$(BIN)/python -m scripts.ship_listener "$(AUDIO)"
else
	@echo "The listener's vote keeps the shares fitted with the previous models: say where GTZAN's clips are (AUDIO=folder)."
endif
	$(BIN)/python -m scripts.readme_table

gallery: setup ## train the missing runs of models/gallery: make gallery TREE=path/to/Data [AUDIO=folder] [ONLY=id]
	@test -d "$(TREE)" || { echo "Say where the tree is: make gallery TREE=path/to/Data (it holds images_original/)"; exit 1; }
	$(BIN)/python -m scripts.make_gallery "$(TREE)" $(if $(AUDIO),--audio "$(AUDIO)") $(foreach one,$(ONLY),--only "$(one)")

screenshots: setup-dev ## take the pictures of docs/ from a running app
	@scripts/chromium.sh
	$(BIN)/python -m scripts.screenshots

# uv resolves for every platform and Python that the program runs on; no index address enters the files.
COMPILE = $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--no-header --annotation-style line $(if $(UPGRADE),--upgrade)

prove-image: ## run the steps of the image without a Docker engine (as root)
	docker/prove.sh

lock: setup ## make the locks from requirements*.in (UPGRADE=1 takes the newest versions)
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements.in requirements-gpu.in --excludes <(echo tensorflow-cpu) -o requirements-gpu.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) requirements-bench.in -o requirements-bench.txt

clean: ## remove .venv and what the tools left
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
