# make run     a TurboGears 2 sample, deployed and served on a private Apache
# make test    the whole test suite
# make fuzz    its properties and attacks with other values, FUZZ=20 times more
# make lint, docs, bench, golden
#
# Each does its own set-up: system packages (Debian, Ubuntu) when root or sudo
# is there to install them, a virtualenv, the package.

SHELL = /bin/sh
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
VENV = .venv
BIN = $(VENV)/bin

COLLECTION = modwsgideploy/ansible_collections/modwsgideploy/fleet

.PHONY: run test fuzz lint docs bench golden clean

# "make run PROBE=1" makes one request and stops, for scripts.
run: $(VENV)/package
	@$(BIN)/python tests/run_sample.py $(if $(PROBE),--probe)

# "make test TESTS=tests/cli/test_x.py" runs some of them; with COVERAGE=1 it
# tells which code those have run that need no Apache.
test: $(VENV)/test
	@$(BIN)/python tests/run.py $(if $(COVERAGE),--coverage) $(TESTS)

# A failure here is a bug: it prints the value, and how to have it again.
FUZZ ?= 20
fuzz: $(VENV)/test
	FUZZ=$(FUZZ) $(BIN)/python tests/run.py \
	    $$(grep -rlE '^from hypothesis|FUZZ|import attacks' tests \
	        --include='test_*.py')

lint: $(VENV)/lint
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/vermin --no-tips --violations --eval-annotations \
	    --target=3.9- modwsgideploy
	$(BIN)/mypy
	cd $(COLLECTION) && PATH="$(CURDIR)/$(BIN):$$PATH" \
	    ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/modwsgideploy \
	    ansible-lint -q

docs: $(VENV)/docs
	$(BIN)/python docs/generate.py --check
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

# "make bench QUICK=1" only shows that the benchmarks still run.
bench: $(VENV)/test
	$(BIN)/pip install -q -e '.[bench]'
	$(BIN)/python benchmarks/run.py $(if $(QUICK),--quick)

# Write the golden files anew; then read the diff as a user would.
golden: $(VENV)/test
	GOLDEN=write $(BIN)/nosetests tests/deployment/test_golden.py

TEMPLATES := $(wildcard modwsgideploy/templates/*/*_tmpl)

# The templates are compiled by the installation.
$(VENV)/package: setup.cfg setup.py pyproject.toml $(TEMPLATES) | system-run
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e .
	$(BIN)/python -m compileall -q modwsgideploy
	touch $@

$(VENV)/test: $(VENV)/package | system-test
	$(BIN)/pip install -q -e '.[test]'
	touch $@

$(VENV)/lint: $(VENV)/package
	$(BIN)/pip install -q -e '.[lint]'
	touch $@

$(VENV)/docs: $(VENV)/package
	$(BIN)/pip install -q -e '.[docs]'
	touch $@

.PHONY: system-run system-test
system-run:
	@sh tests/system-packages.sh apache2 libapache2-mod-wsgi-py3 \
	    python3-venv

system-test:
	@sh tests/system-packages.sh apache2 libapache2-mod-wsgi-py3 \
	    python3-venv apache2-dev gcc python3-dev wrk \
	    libapache2-mod-fcgid libapache2-mod-python systemd \
	    chromium libnss3-tools openssl logrotate certbot python3-certbot-apache pebble \
	    mmdebstrap systemd-container iproute2 openssh-client

clean:
	rm -rf $(VENV) build dist docs/_build *.egg-info
