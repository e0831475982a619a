# `make demo` and `make test` create .venv if necessary.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

PEERS ?= .peers
MINIMUM ?= .minimum
# CPU build of PyTorch; pip must be configured with an index or folder that contains it.
TORCH ?= torch==2.13.0+cpu

.PHONY: demo test test-minimum lint format docs benchmarks peers opencv clean

demo: $(VENV)/.test
	$(BIN)/fertools demo

# The tests run in parallel, with one worker per core and one BLAS thread per worker.
test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal

# Tests with the minimum versions in pyproject.toml, without the extras. These versions have wheels
# for Python 3.11 and 3.12. Kernels are cached apart from those of the other version of Numba.
test-minimum: $(MINIMUM)/.made
	OMP_NUM_THREADS=1 NUMBA_CACHE_DIR=$(abspath $(MINIMUM))/numba \
	    $(MINIMUM)/bin/python -m pytest --numprocesses auto

$(MINIMUM)/.made: pyproject.toml tests/minimum_versions.py
	test -x $(MINIMUM)/bin/python || $(PYTHON) -m venv $(MINIMUM)
	$(MINIMUM)/bin/python tests/minimum_versions.py > $(MINIMUM)/requirements.txt
	$(MINIMUM)/bin/python -m pip --disable-pip-version-check install --quiet --editable . \
	    --requirement $(MINIMUM)/requirements.txt
	$(MAKE) --no-print-directory VENV=$(MINIMUM) opencv
	touch $@

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

# Scripts that train the shipped models, which the other scripts measure, and scripts that use the
# results of the other scripts.
FIRST := $(addprefix benchmarks/,train_face_verifier.py train_pretrained.py)
LAST := $(addprefix benchmarks/,comparison.py robustness.py tables.py)
benchmarks: $(VENV)/.test $(PEERS)/.made
	for script in $(FIRST) $(filter-out $(FIRST) $(LAST),$(sort $(wildcard benchmarks/[!_]*.py))) \
	    $(LAST); do \
	    $(BIN)/python $$script || exit 1; \
	done

peers: $(VENV)/.test $(PEERS)/.made
	$(BIN)/python benchmarks/peers.py --peer $(PEERS)/bin/python

# A single call of pip installs the CPU build of PyTorch; otherwise, fer would install an old version
# with gigabytes of CUDA libraries. fer needs pkg_resources, which newer versions of setuptools lack.
$(PEERS)/.made:
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip --disable-pip-version-check install --quiet \
	    "$(TORCH)" "opencv-contrib-python<5" "setuptools<81" "fer==25.10.3"
	touch $@

$(VENV)/.test $(VENV)/.docs: $(VENV)/.%: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --editable ".[$*]"
	$(MAKE) --no-print-directory opencv
	touch $@

# opencv-python needs libGL, which slim containers lack. In this case, it is replaced by the headless
# build of the same version, which has the same files.
opencv:
	@message=$$($(BIN)/python -c "import cv2" 2>&1) && exit 0; \
	case "$$message" in \
	*libGL.so.1*) \
	    version=$$($(BIN)/python -c \
	        "from importlib.metadata import version; print(version('opencv-python'))"); \
	    echo "libGL.so.1 is missing: installing opencv-python-headless $$version"; \
	    $(PIP) uninstall --quiet --yes opencv-python; \
	    $(PIP) install --quiet --force-reinstall --no-deps \
	        "opencv-python-headless==$$version"; \
	    $(BIN)/python -c "import cv2" ;; \
	*) echo "$$message" >&2; exit 1 ;; \
	esac

clean:
	rm -rf $(VENV) $(PEERS) $(MINIMUM) build dist docs/_build docs/api/generated docs/api/backreferences docs/auto_examples fertools_demo
	rm -rf .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
