# Two commands to know: `make demo` and `make test`. Each sets up what it needs first.

# A Python 3.11 or newer of your choice; otherwise one is looked for.
export CONSENTKIT_PYTHON

VENV = .venv/bin/python
SETUP = python=$$(sh .ci/find-python) && "$$python" .ci/environment.py
EXTRAS = --extra cli --extra codings --extra django --extra flask --extra geo --extra sql --extra starlette --extra wtforms
TESTS = --group test --group server --group html --group django --group frameworks --group mail
WORKERS = auto
PORT = 8000

.PHONY: help demo demo-flask demo-django demo-htmx demo-cms demo-cdn test matrix lint docs clean

help:
	@echo "make demo    the example site on http://127.0.0.1:8000 (make demo PORT=8001: elsewhere)"
	@echo "make demo-flask, demo-django, demo-htmx, demo-cms, demo-cdn    the others: see examples/README.md"
	@echo "make test    every test on this machine's Python, in a real Chromium too"
	@echo "make matrix  everything in tox.ini: each Python, without and with extras, lint, typing, imports, docs"
	@echo "make lint    ruff, mypy and import-linter"
	@echo "make docs    the documentation, in docs/_build/html"
	@echo "make clean   deletes the virtual environment and what was built"

demo:
	@$(SETUP) --extra starlette --group demo
	@exec $(VENV) -m examples.brightwash --port $(PORT)

demo-flask:
	@$(SETUP) --extra flask
	@BRIGHTWASH_CONSENT_INSECURE_DEV=true BRIGHTWASH_URL=http://127.0.0.1:$(PORT) exec $(VENV) -m flask --app examples.brightwash_flask run --port $(PORT)

demo-django:
	@$(SETUP) --extra django --group django
	@BRIGHTWASH_DEBUG=1 $(VENV) examples/brightwash_django/manage.py migrate --verbosity 0
	@BRIGHTWASH_DEBUG=1 BRIGHTWASH_URL=http://127.0.0.1:$(PORT) exec $(VENV) examples/brightwash_django/manage.py runserver --noreload $(PORT)

demo-htmx:
	@$(SETUP) --extra starlette --group demo --group demo-htmx
	@exec $(VENV) -m examples.fastapi_htmx --port $(PORT)

demo-cms:
	@$(SETUP) --extra django
	@MUSEUM_DEBUG=1 $(VENV) examples/django_cms_like/manage.py migrate --verbosity 0
	@MUSEUM_DEBUG=1 exec $(VENV) examples/django_cms_like/manage.py runserver --noreload $(PORT)

demo-cdn:
	@$(SETUP) --extra starlette --group demo
	@exec $(VENV) -m examples.cdn --port $(PORT)

test:
	@$(SETUP) $(EXTRAS) $(TESTS) --group browser
	@chromium=$$($(VENV) tests/browser/chromium.py --install) && \
	    CONSENTKIT_CHROMIUM="$$chromium" $(VENV) -m pytest -n $(WORKERS) $(PYTEST)

matrix:
	@$(SETUP) --group matrix
	@$(VENV) .ci/matrix.py

lint:
	@$(SETUP) $(EXTRAS) $(TESTS) --group browser --group lint --group locales --group typing
	@$(VENV) -m ruff check && $(VENV) -m ruff format --check
	@$(VENV) -m mypy
	@.venv/bin/lint-imports

docs:
	@$(SETUP) $(EXTRAS) --group docs
	@$(VENV) -m sphinx -E -n -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf .venv .tox build dist docs/_build .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache
