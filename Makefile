# The project's commands, on a machine that has only Python 3.11 and make; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Of what many threads allocate and free, give the system back what is free: the process stays small.
export DUCKDB_JE_MALLOC_CONF ?= narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0
# Images set it, and then every process of the tests compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

# What is added to the command of the tests: ARGS="-k mrr".
ARGS ?=
LOCK_ARGS ?=

# On two cores: tests with servers often wait for them, and then a third worker has something to do.
PYTEST := $(BIN)/python -m pytest --dist loadfile
PYTEST_FAST := $(PYTEST) --numprocesses 2 --hypothesis-profile fast
PYTEST_SERVERS := INSTALL_SERVERS=1 $(PYTEST) --numprocesses 3 --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(LOCK_ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-fast test-all test-newest coverage test-spark check audit generate bench screenshots lock clean

help:  ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.run  ## run the exporter on a simulated company
	$(BIN)/kpi-exporter demo

test: $(VENV)/.dev  ## run the tests, real servers included (ARGS="-k mrr")
	$(PYTEST_SERVERS) $(ARGS)

test-fast: $(VENV)/.dev  ## run those that start no process and are quick, in two minutes
	$(PYTEST_FAST) -m 'not (integration or process or slow or exhaustive)' $(ARGS)

test-all: $(VENV)/.dev  ## run every test, with more examples and without a limit of time
	$(PYTEST_SERVERS) --hypothesis-profile all -m '' $(ARGS)
	$(MAKE) test-newest

test-newest: $(VENV)/.dev  ## run what asks Prometheus and Alertmanager on the newest of both, which Go builds in minutes
	NEWEST_SERVERS=1 $(PYTEST_SERVERS) -m 'newest and integration and not exhaustive' $(ARGS)

coverage: $(VENV)/.dev  ## run make test, and print the branches that it takes; fail below the floor
	$(PYTEST_SERVERS) --cov --cov-report=term $(ARGS)

test-spark: $(VENV)/.spark  ## compare the measures with those of a real Apache Spark (1 GB to install)
	command -v java >/dev/null || scripts/apt-install.sh default-jre-headless
	$(BIN)/python -m pytest --numprocesses 0 tests/measures/on_spark.py

check: $(VENV)/.dev  ## format, lint, words, types, imports, SQL, and generated files that are up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python scripts/check_words.py
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --quiet exporter
	$(BIN)/kpi-exporter generate --check

audit: $(VENV)/.run  ## ask a database of known weaknesses about the locked packages, where it can be reached
	@$(PYTHON) -m venv $(VENV)/audit && $(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit \
		|| { echo "pip-audit cannot be installed here; nothing was audited"; exit 0; }; \
	$(VENV)/audit/bin/python scripts/audit.py requirements/run.txt

generate: $(VENV)/.run  ## write rules/ and grafana/ from the catalogues
	$(BIN)/kpi-exporter generate

bench: $(VENV)/.dev  ## measure speed and memory
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/.dev  ## make docs/images/ anew from the demonstration
	$(BIN)/python -m tests.screenshots

lock: $(VENV)/.dev  ## pin what pyproject.toml asks for (LOCK_ARGS=--upgrade for the newest)
	$(COMPILE) --group build -o requirements/build.txt
	$(COMPILE) --extra mysql --extra postgresql -c requirements/build.txt -o requirements/run.txt pyproject.toml
	$(COMPILE) --extra azure --extra gcs --extra mysql --extra postgresql --extra s3 --extra sftp --group dev -c requirements/build.txt -c requirements/run.txt -o requirements/dev.txt pyproject.toml

clean:  ## remove what the other targets made, the virtual environment included
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp says that its lock file is installed; a failed or interrupted installation leaves none.
# The project needs only the run-time packages; the build backend is there for the editable install.
$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/pip
	$(INSTALL) --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

# Too large for those who do not ask for it, and so without a lock of its own. The server is kept apart from the client
# that the exporter uses: their packages have the same name.
$(VENV)/.spark: pyproject.toml $(VENV)/.dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements/dev.txt --editable '.[spark]'
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target $(VENV)/spark --no-deps --group spark
	@touch $@

# Debian ships venv without ensurepip until python3-venv is installed.
$(BIN)/pip:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/apt-install.sh python3-venv
	$(PYTHON) -m venv $(VENV)
