# Targets print themselves with `make help`. State lives under HM_HOME (default .hm), the tools under .venv.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
HM := $(VENV)/bin/hm
RAW ?=
# What the product is measured beside has packages of its own, which the product's lock does not hold.
BENCH_VENV := .venv-bench
# So has Superset: older numpy, pandas and SQLAlchemy.
SUPERSET_VENV := .venv-superset
LOGS ?= this=$(or $(HM_HOME),.hm)
# The stack's commands work on HM_ENV=local unless another environment is named.
STACK = HM_ENV=$(or $(HM_ENV),local) $(VENV)/bin/python -m infra.local
WITH_YARN := --with resourcemanager --with nodemanager
WITH_AIRFLOW := --with airflow-apiserver --with airflow-dag-processor --with airflow-scheduler

.PHONY: help setup demo test test-fast test-stack lint format lock kill-drill drills bench load study dashboards up down status logs wipe smoke clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | while IFS=$$'\t' read -r t d; do printf '  make %-12s %s\n' "$$t" "$$d"; done
	@echo '  Settings: RAW=FOLDER (your three CSV files), PYTHON=python3.12, HM_HOME=FOLDER (state, default .hm)'

setup: $(VENV)/.ready ## prepare .venv with the hm command in it (downloads about 1 GB of Python packages once)

$(VENV)/.ready: requirements.lock pyproject.toml
	@infra/setup.sh "$(PYTHON)" "$(VENV)"

demo: setup ## the whole chain on a synthetic look-alike of the H&M data, or on RAW=FOLDER
	@$(HM) demo $(if $(RAW),--raw "$(RAW)")

test: setup lint ## lint, then all tests, in two processes; starts the real stack, where its parts can be had
	@$(VENV)/bin/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

test-fast: setup ## the tests that need neither Spark nor a model
	@$(VENV)/bin/python -m pytest tests/unit

test-stack: setup ## the tests of the DAGs and of the real stack, which they start (HM_REQUIRE=trino,... fails where a part is missing)
	@$(VENV)/bin/python -m pytest tests/dags tests/integration

lint: setup ## ruff and sqlfluff
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@cd dbt_project && ../$(VENV)/bin/sqlfluff lint models tests
	@cd warehouse/trino && ../../$(VENV)/bin/sqlfluff lint .

format: setup ## let ruff and sqlfluff mend the layout
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format .
	@cd dbt_project && ../$(VENV)/bin/sqlfluff fix models tests
	@cd warehouse/trino && ../../$(VENV)/bin/sqlfluff fix .

lock: setup ## resolve pyproject.toml into requirements.lock, and the bench's, names no index
	@$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra dev pyproject.toml -o requirements.lock
	@for name in requirements requirements-rectools; do $(VENV)/bin/uv pip compile -q --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header tests/bench/$$name.in -o tests/bench/$$name.lock; done

kill-drill: setup ## kill the chain at random moments, run it again, compare (KILLS=20)
	@$(VENV)/bin/python -m tests.drills.kill_drill --kills $(or $(KILLS),20) --write docs/kill-drill.md

drills: setup ## kill each part of the real stack in the middle of a chain, start it again, compare (25 minutes)
	@$(VENV)/bin/python -m tests.drills.stack_drill --write docs/stack-drills.md

bench: $(BENCH_VENV)/.ready ## seconds and memory beside DuckDB, polars, implicit, RecTools, to docs/bench.md (LOG=FOLDER, PIECES="landing marts")
	@$(VENV)/bin/python -m tests.bench $(PIECES) $(if $(LOG),--log "$(LOG)") --write docs/bench.md

load: setup ## the API under load beside the bare point read, quiet and during publications, into docs/serving.md (3 minutes)
	@$(VENV)/bin/python -m tests.load --write docs/serving.md

$(BENCH_VENV)/.ready: $(VENV)/.ready tests/bench/requirements.lock tests/bench/requirements-rectools.lock
	@echo 'Setting up $(BENCH_VENV): the packages of the peers, about 0.3 GB to download, 1 GB on disk.'
	@$(VENV)/bin/uv venv -q --clear --python $(VENV)/bin/python $(BENCH_VENV)
	@$(VENV)/bin/uv pip sync -q --python $(BENCH_VENV)/bin/python --require-hashes tests/bench/requirements.lock
	@$(VENV)/bin/uv venv -q --python $(VENV)/bin/python $(BENCH_VENV)/rectools
	@$(VENV)/bin/uv pip sync -q --python $(BENCH_VENV)/rectools/bin/python --require-hashes tests/bench/requirements-rectools.lock
	@touch $@

study: setup ## what was tried and what it is worth, into docs/study.md (LOGS="NAME=FOLDER ...", state folders of finished runs)
	@$(VENV)/bin/python -m tests.study $(LOGS) --write docs/study.md

dashboards: $(SUPERSET_VENV)/.ready ## Superset on what is published: two dashboards on http://127.0.0.1:8082 until Ctrl-C (docs/dashboards.md)
	@$(VENV)/bin/python -m warehouse.dashboards

$(SUPERSET_VENV)/.ready: $(VENV)/.ready infra/docker/superset.lock
	@echo 'Setting up $(SUPERSET_VENV): Superset and the drivers, about 0.2 GB to download, 0.7 GB on disk.'
	@$(VENV)/bin/uv venv -q --clear --no-python-downloads --python '>=3.11,<3.13' $(SUPERSET_VENV)
	@$(VENV)/bin/uv pip sync -q --python $(SUPERSET_VENV)/bin/python --require-hashes infra/docker/superset.lock
	@touch $@

up: setup ## start the real stack as plain processes: HDFS, metastore, Thrift Server, Trino, ClickHouse's protocol (AIRFLOW=1, YARN=1: those too)
	@$(STACK) up $(if $(YARN),$(WITH_YARN)) $(if $(AIRFLOW),$(WITH_AIRFLOW))

down: setup ## stop the stack; data stays
	@$(STACK) down

status: setup ## what of the stack runs, where, with how much memory
	@$(STACK) status

logs: setup ## the end of the stack's logs (SERVICE=trino for one of them)
	@$(STACK) logs $(SERVICE)

wipe: setup ## stop the stack and remove its data
	@$(STACK) wipe

smoke: ## the stack in containers, seen working (needs Docker)
	@infra/docker/smoke.sh

clean: ## remove .venv, .venv-bench, .venv-superset and the state under .hm
	@rm -rf $(VENV) $(BENCH_VENV) $(SUPERSET_VENV) .hm
