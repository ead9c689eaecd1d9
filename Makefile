# Two commands on a fresh machine: `make demo` and `make test`. They need Python 3.11 or newer with its venv module and
# make; no root, no configuration. Everything lands in .venv, made anew only when the lock or the project changed.

PYTHON ?= python3
SECONDS ?= 1800
# Test files run side by side, each with servers and a browser of its own; JOBS=0: one after the other.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/made-from-lock
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test bench fuzz score lock clean

help:
	@echo "make demo    try the program on a mailbox of its own"
	@echo "make test    all checks and all tests"
	@echo "make bench   how fast it is, beside other programs"
	@echo "make score   how well mails are read; CORPUS=DIR: those of a folder with labels.jsonl"
	@echo "make fuzz    search for mails that break the reading (SECONDS=1800)"
	@echo "make lock    choose the newest versions of all dependencies (needs uv)"
	@echo "make clean   remove what the others made"

demo: $(STAMP)
	@$(BIN)/refund-monitor demo

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(TESTS)

bench: $(STAMP)
	$(BIN)/python -m tests.bench

# CORPUS=DIR: a folder with labels.jsonl; without it, the project's own sample mails.
score: $(STAMP)
	@$(BIN)/python -m tests.score $(CORPUS)

# Only what the lock names, each file checked by its hash; the project itself is linked, not copied.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
		|| { echo "Python's venv module is missing (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "Making the environment in $(VENV); once, about a minute."
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# atheris is large and not made for every platform: it has a lock of its own, and is fetched when it is asked for.
fuzz: $(STAMP)
	@$(PIP) install --require-hashes -r tests/fuzz/requirements.lock
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

# uv.lock is not kept: it names the hosts it was made with. requirements.lock is the lock.
lock:
	uv lock --upgrade
	uv export --frozen --quiet --all-extras --all-groups --no-emit-project --no-header \
		--no-emit-index-url --no-group fuzz --output-file requirements.lock
	uv export --frozen --quiet --only-group fuzz --no-emit-project --no-header \
		--no-emit-index-url --output-file tests/fuzz/requirements.lock

clean:
	rm -rf $(VENV) build dist demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz .import_linter_cache
	find monitor tests -name __pycache__ -type d -prune -exec rm -rf {} +
