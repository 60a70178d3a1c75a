# make demo    set up, build the assignments, grade the bundled class, print the marks
# make test    set up, then run lint and the tests; ends with the ten slowest files
# make test-long     the tests that are left out of it: marked `long`, or all attacks, through plain nbgrader as well
# make test-browser  the tests that open pages in Chromium
# make test-start   from the release folder alone to the first passed TODO, in four fresh environments (network)
# make lite    install JupyterLite in lite/, and build the spiral lab as a site in lite/site (docs/browser.md)
# make test-lite     fetch a pyodide from npm, build that site with it, and open it in Chromium
# make test-hub    install JupyterHub in hub/, and go through a class on it in Chromium, as root (docs/hub.md)
# make build   set up, then make notebooks from source/*.py
# make setup   make .venv, and nothing else
# make lint    set up, then run ruff and mypy alone
# make site    install mkdocs in site/, and build these pages as a site in site/pages
# make test-site     build that site, and have axe look at every page in Chromium
#
# Measurements, long ones, which `make test` leaves out:
# make bench      judge the whole bank, and write the table in docs/judge.md anew
# make flakiness  judge the solutions with 200 seeds
# make fuzz       install atheris, then send the judge 100,000 hostile answers
# make mutants    install mutmut, then judge small changes of the solutions' lines
# make consequences  train and sample small with each wrong variant of the bank (an hour and a half), and write the table beside it
# make bench-grading    install otter-grader, then grade a class with it, plain nbgrader, and ours before and after (half an hour)
# make bench-feedback   write the pages of 300 students, and have nbgrader write its own (ten minutes)
# make bench-training   install denoising-diffusion-pytorch, then time four trainers
# make bench-sampling   time our sampler beside diffusers'
# make bench-quality    train and sample in many ways, and print how good the samples are (two hours; full MNIST)
# make bench-quick      train the spiral lab fully and quickly, with five seeds, and print how near its samples lie (two minutes)
# make bench-presets    train the assignment's network small in several sizes, and print how good its digits are (an hour and a half; full MNIST)
# make quoted     print the numbers that the assignments' texts quote, beside what they say there (two minutes)
# make train-full     train the assignment's network on full MNIST, kept after every epoch (hours; full MNIST)
#
# The first run makes .venv (about two minutes, 6 GB, most of it torch's); later ones install nothing until
# requirements.txt or pyproject.toml change. Tests and measurements add requirements-tools.txt. To choose a Python: make demo PYTHON=python3.12

PYTHON ?= python3
HUB_PYTHON ?= /usr/bin/python3
VENV   := .venv
STAMP  := $(VENV)/.installed
TOOLS  := $(VENV)/.tools
# Inherited settings that would lead a Python, or pip, out of .venv.
unexport PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_USER
INSIDE := VIRTUAL_ENV="$(CURDIR)/$(VENV)" PATH="$(CURDIR)/$(VENV)/bin:$$PATH"

.PHONY: demo setup test test-long test-attacks test-browser test-start test-lite test-hub lite test-site site build lint bench flakiness mutants fuzz consequences bench-grading bench-feedback bench-training bench-sampling bench-quality bench-presets bench-quick quoted train-full
.DEFAULT_GOAL := demo

demo: $(STAMP)
	@$(INSIDE) course demo

setup: $(STAMP)

# Two files at a time: much of it waits for time limits. One thread each, or torch's threads wait for each other.
test: lint
	@$(INSIDE) OMP_NUM_THREADS=1 python -m pytest --numprocesses 2 --dist loadfile

test-long: $(TOOLS)
	@$(INSIDE) ATTACKS='*' OMP_NUM_THREADS=1 python -m pytest -m "long or slow_attacks"

test-attacks: $(TOOLS)
	@$(INSIDE) ATTACKS='*' OMP_NUM_THREADS=1 python -m pytest -m "slow_attacks or slow" \
		autograder/tests/test_answers.py autograder/tests/test_attacks.py

test-browser: $(TOOLS)
	@$(INSIDE) OMP_NUM_THREADS=1 python -m pytest -m browser

test-start: $(TOOLS)
	@$(INSIDE) python bench/start.py

lite: lite/.installed
	@lite/venv/bin/python docs/lite/build.py spiral lite/site $(if $(PYODIDE),--pyodide "$(PYODIDE)")
	@echo "To look at it: python3 -m http.server --directory lite/site 8000, then http://localhost:8000"

test-lite: $(TOOLS) lite/.installed
	@$(INSIDE) OMP_NUM_THREADS=1 python -m pytest -m long autograder/tests/test_lite.py

lite/.installed: docs/lite/requirements.txt
	@$(PYTHON) -m venv --clear lite/venv
	@lite/venv/bin/python -m pip install --quiet --disable-pip-version-check -r docs/lite/requirements.txt
	@touch lite/.installed

site: site/.installed
	@NO_MKDOCS_2_WARNING=1 site/venv/bin/mkdocs build --quiet --strict --config-file docs/site/mkdocs.yml
	@echo "To look at it: python3 -m http.server --directory site/pages 8000, then http://localhost:8000"

test-site: $(TOOLS) site
	@$(INSIDE) OMP_NUM_THREADS=1 python -m pytest -m long autograder/tests/test_site.py

site/.installed: docs/site/requirements.txt
	@$(PYTHON) -m venv --clear site/venv
	@site/venv/bin/python -m pip install --quiet --disable-pip-version-check -r docs/site/requirements.txt
	@touch site/.installed

test-hub: $(TOOLS) hub/.installed
	@$(INSIDE) OMP_NUM_THREADS=1 python -m pytest -m long autograder/tests/test_hub.py

# Three environments, of a Python that every user of the machine may run, as one in a home folder is not. The course's is
# .venv once more, in links: so the hub's packages stay out of .venv.
hub/.installed: docs/hub/hub.txt docs/hub/students.txt release/spiral/requirements.txt $(STAMP)
	@rm -rf hub
	@$(HUB_PYTHON) -m venv hub/hub
	@$(HUB_PYTHON) -m venv hub/students
	@$(HUB_PYTHON) -m venv --without-pip hub/course
	@packages() { "$$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }; \
	    cp -al $(VENV)/etc $(VENV)/share hub/course && cp -al "$$(packages $(VENV))/." "$$(packages hub/course)" && hub/course/bin/python -c 'import numpy' || { \
	    echo "make test-hub needs the Python of $(VENV), installed for all users: make test-hub HUB_PYTHON=/usr/bin/python3.12"; \
	    exit 1; }
	@hub/hub/bin/pip install --quiet --disable-pip-version-check -r docs/hub/hub.txt
	@hub/students/bin/pip install --quiet --disable-pip-version-check -r docs/hub/hub.txt -r docs/hub/students.txt -r release/spiral/requirements.txt
	@for menu in formgrader create-assignment course-list; do \
	    hub/students/bin/jupyter labextension disable --level=sys_prefix @jupyter/nbgrader:$$menu 2>/dev/null; done
	@hub/course/bin/python -m pip install --quiet --disable-pip-version-check -r docs/hub/hub.txt
	@hub/course/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall -c requirements.txt alembic nbgrader
	@npm install --silent --no-audit --no-fund --prefix hub/proxy configurable-http-proxy@5.3.0
	@touch hub/.installed

build: $(STAMP)
	@$(INSIDE) course build

lint: $(TOOLS)
	@$(INSIDE) ruff check .
	@$(INSIDE) ruff format --check .
	@$(INSIDE) mypy

bench: $(TOOLS)
	@$(INSIDE) course bank --all-todos --json > bench/all-todos.jsonl
	@$(INSIDE) course bank --json > bench/own-todo.jsonl
	@$(INSIDE) python bench/bank.py bench/all-todos.jsonl bench/own-todo.jsonl

flakiness: $(TOOLS)
	@$(INSIDE) python bench/flakiness.py

fuzz: $(TOOLS)
	@$(INSIDE) python -m pip install --quiet --disable-pip-version-check atheris
	@$(INSIDE) python bench/fuzz.py

mutants: $(TOOLS)
	@$(INSIDE) python -m pip install --quiet --disable-pip-version-check mutmut==3.8.1
	@$(INSIDE) python bench/mutants.py

consequences: $(TOOLS)
	@$(INSIDE) OMP_NUM_THREADS=1 python bench/consequences.py

bench-grading: $(TOOLS)
	@$(INSIDE) python -m pip install --quiet --disable-pip-version-check otter-grader==7.0.0
	@$(INSIDE) OMP_NUM_THREADS=1 python bench/grading.py

bench-feedback: $(TOOLS)
	@$(INSIDE) python bench/feedback.py

bench-training: $(TOOLS)
	@$(INSIDE) python -m pip install --quiet --disable-pip-version-check denoising-diffusion-pytorch==2.3.4
	@$(INSIDE) python bench/training.py

bench-sampling: $(TOOLS)
	@$(INSIDE) python bench/sampling.py

bench-quality: $(TOOLS)
	@$(INSIDE) python bench/quality.py
	@$(INSIDE) python bench/fastest.py
	@$(INSIDE) python bench/frontier.py

bench-quick: $(TOOLS)
	@mkdir -p lite
	@$(INSIDE) OMP_NUM_THREADS=1 TQDM_DISABLE=1 python bench/quick.py lite/quick.png

bench-presets: $(TOOLS)
	@$(INSIDE) OMP_NUM_THREADS=1 python bench/presets.py

quoted: $(STAMP)
	@$(INSIDE) OMP_NUM_THREADS=1 python bench/quoted.py

train-full: $(STAMP)
	@$(INSIDE) OMP_NUM_THREADS=1 python bench/train_full.py

# The stamp names the folder it was made in: a .venv that was moved, copied or broken is made again.
ifneq ($(shell $(VENV)/bin/python -Ic 1 2>/dev/null && cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

$(STAMP): requirements.txt pyproject.toml
	@rm -f $(STAMP)
	@"$(VENV)/bin/pip" --version 2>/dev/null | grep -qF "$(CURDIR)/$(VENV)/" || { \
	    $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { \
	        echo "The course needs Python 3.11, 3.12 or 3.13, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1 | tail -n 1)." \
	             "Name another one: make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12"; exit 1; }; \
	    echo "Making $(VENV) with $$($(PYTHON) -V)"; \
	    $(PYTHON) -m venv --clear "$(VENV)"; }
	@echo "Installing requirements.txt (about two minutes and 6 GB the first time; pip says nothing meanwhile)"
	@$(INSIDE) python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(INSIDE) python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "$(CURDIR)" > $(STAMP)

# What most courses do without: tests, measurements, some options.
$(TOOLS): requirements-tools.txt $(STAMP)
	@echo "Installing requirements-tools.txt (half a minute and 0.6 GB the first time)"
	@$(INSIDE) python -m pip install --quiet --disable-pip-version-check -r requirements-tools.txt
	@touch $(TOOLS)
