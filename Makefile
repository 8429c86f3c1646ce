# Everything here needs only Python >= 3.11 and make; the rest comes from the hashed locks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo demo-clean test lint bench docs migration locks clean

$(READY): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Proxenos needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	@echo "Installing what this needs into $(VENV) (about two minutes, the first time only) …"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY)  ## a private homeserver, the bot, and a chat in this terminal
	@$(BIN)/proxenos demo

demo-clean:  ## forget the demo's network
	rm -rf .demo

test: $(READY)
	$(BIN)/python -m pytest -n 3

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m bench.roundtrip
	$(BIN)/python -m bench.roundtrip --encrypted
	$(BIN)/python -m bench.pipeline
	$(BIN)/python -m bench.startup
	$(BIN)/python -m bench.chaos --commands 300 --kills 10 --restarts 2
	$(BIN)/python -m bench.takeover
	$(BIN)/python -m bench.matching
	$(BIN)/python -m bench.pictures
	$(BIN)/python -m bench.schedule
	$(BIN)/python -m bench.digest

docs: $(READY)  ## renew docs/commands.md and the README's picture from the program itself
	$(BIN)/python -m commands.core.reference > docs/commands.md
	$(BIN)/python -m bot.demo.picture docs/demo.svg

migration: $(READY)  ## write a migration from what changed in the tables: make migration MESSAGE="what changes"
	$(BIN)/python -m storage.migrations.write "$(MESSAGE)"

locks:  ## renew the hashed locks from pyproject.toml
	$(PYTHON) -m venv .venv-locks && .venv-locks/bin/python -m pip install --quiet uv
	.venv-locks/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade --quiet -o requirements/dev.txt
	.venv-locks/bin/uv pip compile pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --constraint requirements/dev.txt --quiet -o requirements/run.txt
	rm -rf .venv-locks

clean:
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache
