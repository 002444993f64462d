# Two commands do everything on a fresh machine: `make demo` and `make test`.
.PHONY: demo test lint bench clean install

VENV := .venv
PYTHON := $(VENV)/bin/python
# Many live tests wait for a desktop or a server more than they work.
WORKERS ?= $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))

demo: $(VENV)/ready
	$(PYTHON) -m notifier demo

test: $(VENV)/tested
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

lint: $(VENV)/tested
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy --platform win32 --cache-dir .mypy_cache/win32
	$(VENV)/bin/mypy --platform darwin --cache-dir .mypy_cache/darwin
	$(VENV)/bin/lint-imports

bench: $(VENV)/tested
	$(PYTHON) -m tests.benchmarks

install:
	scripts/install

# The program and what it needs at run time; Tk and the tray come from the system.
$(VENV)/ready: pyproject.toml scripts/packages-run scripts/system
	scripts/system run
	scripts/venv $(VENV) .
	touch $@

$(VENV)/tested: pyproject.toml scripts/packages-run scripts/packages-test scripts/system
	scripts/system run test
	scripts/venv $(VENV) ".[dev]"
	touch $@ $(VENV)/ready

clean:
	rm -rf $(VENV) dist build tests/artefacts
