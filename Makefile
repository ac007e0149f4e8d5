# Everything there is to do with this repository. `make run` and `make test` do all the set-up themselves.
# Needs Python 3.11 or newer and make; no Docker, no Kafka, no database. `make run ARGS="--lang en"` passes options on.
# `make run KAFKA=1` and `make demo KAFKA=1` play it with Kafka: one of their own (Java 17, Maven), or CAUNOI_KAFKA's.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,$(if $(shell $(name) -c $(usable) 2>/dev/null),$(name))))
usable = 'import sys; (3, 11) <= sys.version_info[:2] < (3, 15) and print(1)'
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv install --quiet --progress-bar off
PACKAGES := $(wildcard domain sealing ledger hub adapters projections door node audit caunoi benchmarks tests)
ARGS ?=
KAFKA ?=
with_kafka = $(if $(KAFKA),--kafka)
broker = $(if $(KAFKA),$(if $(CAUNOI_KAFKA),,.venv/ready-for-kafka))
# Of caunoi/ what starts PostgreSQL, hub and nodes by itself; the rest an agency runs on any system (docs/windows.md).
NEEDS_POSIX := binaries deployment locks postgres processes replaying starting unprivileged

export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo kafka test check bench torture clean lint format types imports compose lock

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

run: .venv/ready-to-run $(broker)  ## start everything here, play the worked example, serve until Ctrl-C
	@$(BIN)/caunoi run $(with_kafka) $(ARGS)

demo: .venv/ready-to-run $(broker)  ## the same without serving
	@$(BIN)/caunoi demo --once $(with_kafka) $(ARGS)

kafka: .venv/ready-for-kafka  ## an Apache Kafka on this machine to play with, until Ctrl-C; needs Java 17 and Maven
	@$(BIN)/python -m caunoi.broker

test: .venv/ready-to-test  ## the whole suite but torture
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(ARGS)

# All parts run, whatever fails, and the tests last: one run tells everything.
check: .venv/ready-to-test  ## all that must hold before a change lands: lint, types, imports, compose file, tests
	@failed=; \
	for part in lint types imports compose; do \
		$(MAKE) --no-print-directory $$part || failed="$$failed $$part"; \
	done; \
	$(MAKE) --no-print-directory test || failed="$$failed test"; \
	test -z "$$failed" || { echo "Did not pass:$$failed" >&2; exit 1; }

bench: .venv/ready-to-test  ## every figure we claim, measured beside something else
	@$(BIN)/python -m benchmarks --json $(ARGS)

torture: .venv/ready-to-test  ## kill -9 again and again, and fuzzers of the readers; many minutes
	@$(BIN)/python -m pytest -m torture $(ARGS)

clean:  ## remove the environment, the caches, and the made-up state of `make run`; stops nothing
	@for pid in $(wildcard .caunoi/run/*.pid .caunoi/kafka/broker.pid .caunoi/postgres/data/postmaster.pid); do \
		if kill -0 "$$(head -n 1 "$$pid")" 2>/dev/null; then \
			echo "$$pid: still running; stop it first (Ctrl-C where it was started). Nothing was removed." >&2; exit 1; \
		fi; \
	done
	@rm -rf .venv .caunoi .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	@find $(PACKAGES) -name __pycache__ -type d -prune -exec rm -rf {} +

# -- parts of check

lint: .venv/ready-to-test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

types: .venv/ready-to-test
	@$(BIN)/mypy --no-error-summary $(PACKAGES)
	@$(BIN)/mypy --no-error-summary --platform win32 --cache-dir .mypy_cache/win32 --follow-imports silent \
		sealing node adapters projections door domain \
		$(filter-out $(NEEDS_POSIX:%=caunoi/%.py),$(wildcard caunoi/*.py caunoi/commands/*.py))

imports: .venv/ready-to-test
	@$(BIN)/lint-imports --no-logo

compose: .venv/ready-to-test
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

# -- helpers for people

format: .venv/ready-to-test
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

# The locked requirements hold no address: whoever installs decides where from.
LOCK := uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet
lock:
	@$(LOCK) pyproject.toml --group build --output-file requirements/run.txt
	@$(LOCK) pyproject.toml --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

# -- setting up; each stamp is newer than what it was made from, so a second run has nothing to do

.venv/made:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed and was not found; PYTHON=/path/to/python names one." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make environments (no venv or ensurepip). On Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Making .venv …" >&2
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/ready-to-run: .venv/made requirements/run.txt pyproject.toml
	@echo "Installing what running needs …" >&2
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-to-test: .venv/ready-to-run requirements/dev.txt
	@echo "Installing what testing needs …" >&2
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@if command -v mvn >/dev/null && command -v java >/dev/null; then $(MAKE) --no-print-directory .venv/ready-for-kafka .venv/ready-for-client; fi
	@touch $@

.venv/ready-for-kafka: .venv/ready-to-run caunoi/broker/pom.xml caunoi/broker/jars.sha256
	@echo "Bringing Apache Kafka …" >&2
	@$(BIN)/python -m caunoi.broker.jars
	@touch $@

.venv/ready-for-client: .venv/ready-to-run examples/java/pom.xml examples/java/jars.sha256
	@echo "Bringing what the Java client rests on …" >&2
	@$(BIN)/python -m caunoi.broker.jars examples/java .venv/client
	@touch $@
