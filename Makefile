# All that is needed: python3 with venv and pip, and make.
#   make demo    plan two bundled scenarios and show the result
#   make test    run the tests
#   make site    build the pages of docs/ as a site
#   make audit   known vulnerabilities of what is installed; needs a network
#   make lint | types | docs | clean

PYTHON ?= python3
BIN := .venv/bin
MAIN_STAMP := .venv/installed
DEV_STAMP := .venv/installed-dev

.PHONY: demo test lint types docs site audit clean

demo: $(MAIN_STAMP)
	@rm -rf demo
	$(BIN)/quotaplan init demo/company-a --example company-a
	@# Exit code 3 says "done, with a gap": for this scenario it is the right answer.
	$(BIN)/quotaplan plan demo/company-a --out demo/company-a-plan || test $$? -eq 3
	$(BIN)/quotaplan init demo/annual --example annual
	$(BIN)/quotaplan plan demo/annual --out demo/annual-plan
	@echo
	@echo "Scenarios: demo/company-a  demo/annual"
	@echo "Plans:     demo/company-a-plan  demo/annual-plan  (start with targets.csv and rollup.csv)"

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -q -n auto --dist worksteal

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	$(BIN)/mypy

docs: $(DEV_STAMP)
	$(BIN)/python -m pytest -q tests/test_readme.py tests/test_docs.py

site: $(DEV_STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	$(BIN)/sphinx-build -q -W --keep-going -b html docs site

audit: $(DEV_STAMP)
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet pip-audit
	.ci/audit .venv/audit/bin/pip-audit $(BIN)/python

clean:
	rm -rf .venv demo site build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(MAIN_STAMP): setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(DEV_STAMP): setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@
