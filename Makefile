# Everything that the project can do with one word. Each target sets up what it needs: a virtual
# environment of its own in .venv, made again only when pyproject.toml has changed.

VENV := .venv
BIN := $(VENV)/bin

# The first Python on the path that is new enough.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$python"; break; }; done)

# Where tests look for servers besides REKEY_ENGINES_DIR (tests/engines/found.py).
ENGINES := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/rekey/engines

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.PHONY: help demo test sweep lint format bench bench-contain noise engines wheel clean

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed ## Investigate the shipped incident, contain it on a local AWS; reports in out/
	@$(BIN)/python -m rekey demo --out out

test: $(VENV)/.installed-dev ## Run the whole test suite
	@$(BIN)/python -m pytest -n auto --dist worksteal

sweep: $(VENV)/.installed-dev ## Leave nothing out: containment failed and killed at every call, each rule on each engine in all ways
	@REKEY_SWEEP=all $(BIN)/python -m pytest tests/sweeps tests/elastic tests/spl -n auto --dist worksteal

lint: $(VENV)/.installed-dev ## Check style, types, import rules and the rule standard
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m rekey rules check

format: $(VENV)/.installed-dev ## Put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.installed-dev ## Measure speed and memory on a million events
	@$(BIN)/python -m benchmarks.run

bench-contain: $(VENV)/.installed-dev ## Measure containment on real servers: journal, plan, runs
	@$(BIN)/python -m benchmarks.contain.run

noise: $(VENV)/.installed-dev ## Measure how loud the rules are on four weeks of everyday traffic
	@$(BIN)/python -m benchmarks.noise

engines: ## Get the servers against which compiled rules are tested (docs/engines.md)
	@for get in tests/engines/scripts/*/get.sh; do PYTHON="$(PYTHON)" "$$get" "$(ENGINES)" || exit 1; done

wheel: $(VENV)/.installed-dev ## Build wheel and sdist into dist/
	@$(BIN)/python -m build

clean: ## Remove what was made here
	rm -rf $(VENV) dist build out benchmarks/data .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.installed: pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "rekey needs Python 3.11 or newer, and found none on the path." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
		exit 1; \
	fi
	@echo "Setting up $(VENV) with $$("$(PYTHON)" --version) …"
	@"$(PYTHON)" -m venv $(VENV) || { \
		echo "Making a virtual environment failed; on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; \
	}
	@$(BIN)/python -m pip install --quiet --upgrade pip  # --group needs a newer one than venv brings
	@$(BIN)/python -m pip install --quiet --editable '.[demo]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --group dev --group engines
	@touch $@
