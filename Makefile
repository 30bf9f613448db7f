# Every target does its own set-up: on a fresh machine with Python 3.11, `make demo` or `make test` is all there is to type.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TWO := --numprocesses 2 --dist loadgroup

.PHONY: setup demo test test-all bench lint clean
.DEFAULT_GOAL := demo

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "waferbump needs Python 3.11; set it with: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $$(command -v $(PYTHON) || command -v python3) -m venv $(VENV)
	@echo "Installing into $(VENV) from requirements.lock (a minute or so the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/waferbump demo -o demo

test: setup
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/python -m pytest $(TWO)

# CalculiX, the outside referee of the mechanics, is fetched where that is possible; without it its tests are skipped and say so
test-all: setup
	@command -v ccx >/dev/null 2>&1 || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null 2>&1 || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends calculix-ccx >/dev/null; } || true
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/python -m pytest -m "" $(TWO)

bench: setup
	@$(BIN)/python -m benchmarks

lint: setup
	@$(BIN)/ruff check src tests benchmarks

clean:
	rm -rf $(VENV) demo build *.egg-info src/*.egg-info
