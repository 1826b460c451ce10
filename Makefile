# SessionPay: `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run token test check schema lock bench clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/sandbox.done: requirements.lock requirements-sandbox.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=…")'
	@echo "Installing (once; about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --require-hashes --only-binary :all: -r requirements.lock -r requirements-sandbox.lock
	@touch $@

$(VENV)/dev.done: $(VENV)/sandbox.done requirements-dev.lock
	@echo "Installing what the tests need …"
	@$(BIN)/pip install --quiet --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

run: $(VENV)/sandbox.done  ## serve the whole product in sandbox mode
	@exec $(BIN)/python server.py

token: $(VENV)/sandbox.done  ## print a fresh access token of the demo user
	@$(BIN)/python cli.py token

test: $(VENV)/dev.done  ## run the tests (ARGS="-k name" chooses)
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

check: $(VENV)/dev.done  ## lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python cli.py sdl --check

schema: $(VENV)/sandbox.done  ## write schema/schema.graphql from the code
	@$(BIN)/python cli.py sdl

lock: $(VENV)/dev.done  ## pin the newest allowed versions with hashes
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --upgrade pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --upgrade --group sandbox -c requirements.lock -o requirements-sandbox.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --upgrade --group dev -c requirements.lock -o requirements-dev.lock

bench: $(VENV)/sandbox.done  ## measure how long clients wait
	@$(BIN)/python -m bench.payment_to_mail
	@$(BIN)/python -m bench.payment_to_invite
	@$(BIN)/python -m bench.payment_history

clean:  ## forget the sandbox's data
	@rm -rf .data
