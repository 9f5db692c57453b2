# Every target works on a fresh machine; the second time is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PLUGINS := $(sort $(wildcard plugins/idsbench-*))
PROJECTS := pyproject.toml $(addsuffix /pyproject.toml,$(PLUGINS))

.PHONY: setup run test lint docs bench gate baseline guard clean

setup: $(STAMP)

$(STAMP): constraints.txt $(PROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "idsbench needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12 $@"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]' $(addprefix -e ./,$(PLUGINS))
	touch $(STAMP)

# The main job on the embedded stand-ins: the same models under a clean protocol and under the
# papers' own, so that the difference is the first thing people see. One model of each family; the
# others would double the time (`idsbench run` without --models takes all).
MODELS := logistic,decision-tree,random-forest,hist-gradient-boosting,cnn,mobilenet

run: setup
	$(BIN)/idsbench run --datasets iotid20,mqttset --samplers none,smote-rus \
		--protocols clean,paper-whole --models $(MODELS) --jobs 2 --threads 1 --results results/local

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest

docs: setup
	$(BIN)/python docs/generate.py

# Speed of idsbench itself, as ratios within one run; never part of the tests.
bench: setup
	$(BIN)/python -m pytest benchmarks/perf --benchmark-enable --benchmark-only

# This project guards itself: a small suite on generated rows, and its own speed as ratios, against
# results/baseline. BASELINE may be a git reference: make gate BASELINE=origin/main:results/baseline/guard
GUARD := results/local/guard
BASELINE ?= results/baseline/guard
SPEED := results/baseline/speed.json
RATIOS := $(BIN)/python -m pytest benchmarks/perf/test_ratios.py -q --benchmark-enable --benchmark-only

# A cache and data folders of its own: nothing is kept from before, and no real file is found.
guard: setup
	rm -rf $(GUARD)
	mkdir -p $(GUARD)/nothing
	env -u IDSBENCH_DATA XDG_DATA_HOME=$(CURDIR)/$(GUARD)/nothing IDSBENCH_CACHE=$(CURDIR)/$(GUARD)/cache \
		$(BIN)/idsbench run benchmarks/guard/guard.toml --threads 1 --results $(GUARD)/records
	$(RATIOS) --benchmark-json $(GUARD)/speed.json

# On a busy machine a figure may be slow once; it is slower when it is so twice.
gate: guard
	$(BIN)/idsbench gate --baseline $(BASELINE) --results $(GUARD)/records --config benchmarks/guard/limits.toml
	$(BIN)/python benchmarks/guard/speed.py $(SPEED) $(GUARD)/speed.json \
		|| { $(RATIOS) --benchmark-json $(GUARD)/again.json \
		&& $(BIN)/python benchmarks/guard/speed.py $(SPEED) $(GUARD)/speed.json $(GUARD)/again.json; }

# Only after a change that was meant and accepted: docs/regressions.md says when.
baseline: guard
	rm -rf results/baseline/guard
	$(BIN)/idsbench baseline save guard --results $(GUARD)/records
	$(BIN)/python benchmarks/guard/speed.py $(SPEED) $(GUARD)/speed.json --save

clean:
	rm -rf $(VENV) results/local
