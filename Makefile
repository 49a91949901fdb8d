# `make scan` and `make check` are all that a new machine needs: they set up what they use, once.
PY ?= python3
BIN := .venv/bin
P ?= samples/workstation
# Hundreds of the tests start the command: where Python writes no bytecode by itself, each would compile all of it anew.
COMPILED = $(BIN)/python -m compileall -q scanner rules bench fuzz samples tests
PLACE = $(patsubst ~/%,$(HOME)/%,$(P))

.PHONY: setup chromium scan check test windows bench picture screenshots

setup: .venv/ready

.venv/ready: pyproject.toml
	$(PY) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# The page of a report is tested in a real browser: Debian's, where it is missing and may be installed.
chromium:
	@command -v chromium >/dev/null || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get -qq update && \
	  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; } || \
	  echo "no Chromium here: the tests of the page are skipped"

samples/workstation: .venv/ready $(wildcard samples/*.py samples/*.toml)
	@rm -rf $@
	$(BIN)/python -m samples.workstation $@

# A scan that found violations (1) or could not read everything (3) has done its work; only other codes are failures.
scan: .venv/ready $(filter samples/workstation,$(P))
	@$(BIN)/nokosanai scan "$(PLACE)"; code=$$?; \
	case $$code in \
	  0) echo "exit code 0: complete, no violation";; \
	  1) echo "exit code 1: violations found";; \
	  3) echo "exit code 3: no violation, but not everything could be examined";; \
	  *) exit $$code;; \
	esac

check: setup chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(COMPILED)
	$(BIN)/python -m pytest -n auto --dist worksteal -q

test: setup chromium
	$(COMPILED)
	$(BIN)/python -m pytest -n auto --dist worksteal -q

# The portable tests once more, by a Windows Python under Wine (Debian only). What failed beside others is tried again by
# itself, in a Wine that has just begun: its drive, services and desktop are there once, and what asks them may wait for ever.
ON_WINDOWS = .ci/windows-python -m pytest -q -m "not posix" -o cache_dir=.pytest_cache/windows \
  -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true
windows: setup
	PY=$(BIN)/python .ci/windows-python setup
	PY=$(BIN)/python .ci/windows-python sync
	$(COMPILED)
	$(ON_WINDOWS) -n auto --dist worksteal || \
	  { .ci/windows-python anew; $(ON_WINDOWS) --last-failed --last-failed-no-failures none; }

bench: setup
	$(BIN)/python -m bench.run

screenshots: setup chromium
	$(BIN)/python -m tests.screenshots docs

picture: setup samples/workstation
	$(BIN)/python -m samples.picture samples/workstation docs/scan.svg
