# The front door. Needed on the machine: Python 3.11 or newer, git and make.
# Every recipe is POSIX sh; GNU make 3.81 is enough.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run demo otp test quick check check-with-services format migrations e2e bench faults fuzz openapi \
	lock messages stop secrets clean-data runtime development
BIN := .venv/bin
LOCAL := $(BIN)/python -m config.local
WITH := $(LOCAL) with --
MANAGE := $(BIN)/python manage.py
APPS := perisai sync enrollment payments retention supervision
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-header

# The first Python that is new enough makes and fills .venv; up to date costs a moment, no pip.
define install
@found=none; \
for name in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	version=`$$name -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null` || continue; \
	found=$$version; \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		exec $$name -I config/local/install.py $(1); \
	fi; \
done; \
echo "Python 3.11 or newer is needed (found $$found). Set PYTHON=..." >&2; exit 2
endef

# $(call step,NAME,COMMAND) names itself when it is the one that fails.
define step
@echo "check: $(1)"; { $(2); } || { echo "make check failed at: $(1)" >&2; exit 1; }
endef

help:  ## Show these targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | \
		awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

runtime:
	$(call install,requirements.txt requirements-local.txt)
	@$(BIN)/python -m config.local.catalogues compile

development:
	$(call install,requirements.txt requirements-local.txt requirements-dev.txt)
	@$(BIN)/python -m config.local.catalogues compile

setup: development  ## The environment alone

run: runtime  ## Everything on a fresh machine: services, data, web, worker, beat
	@exec $(LOCAL) run

demo: runtime  ## The whole story through HTTP, narrated; 0 it held, 1 a step failed, 2 no start
	@exec $(LOCAL) demo

otp: runtime  ## The present one-time code of the demonstration's office logins
	@exec $(LOCAL) otp

test: development  ## All tests on throw-away services: make test ARGS="-k sweep"
	@exec $(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

quick: development  ## Stop at the first failure, skip the slow ones
	@exec $(BIN)/python -m pytest --exitfirst -m "not slow" $(ARGS)

check: development  ## All that needs no test run: format, lint, types, contracts, drift
	$(call step,format,$(BIN)/ruff format --check --quiet .)
	$(call step,lint,$(BIN)/ruff check --quiet .)
	$(call step,types,$(WITH) $(BIN)/mypy .)
	$(call step,import contracts,$(WITH) $(BIN)/lint-imports --no-logo)
	$(call step,locks,$(BIN)/python -m config.local.requirements)
	$(call step,translations,$(BIN)/python -m config.local.catalogues check)
	@$(LOCAL) with --services -- $(MAKE) --no-print-directory check-with-services
	$(call step,deployment,$(LOCAL) with --production -- $(MANAGE) check --deploy --fail-level WARNING)

check-with-services:
	$(call step,system,$(MANAGE) check --database default --fail-level WARNING)
	$(call step,missing migrations,$(MANAGE) makemigrations --check --dry-run)
	$(call step,migrations that lock or break,LOG_LEVEL=WARNING $(MANAGE) lintmigrations --no-cache \
		--quiet ok ignore --include-apps $(APPS))
	$(call step,OpenAPI,$(MANAGE) spectacular --validate --fail-on-warn --file .data/openapi.yaml \
		&& { [ ! -f docs/openapi.yaml ] || diff docs/openapi.yaml .data/openapi.yaml; })

format: development  ## Repair what a machine can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

migrations: development  ## make migrations app=payments name=bill_gets_expiry
	$(LOCAL) with --services -- $(MANAGE) makemigrations $(app) --name $(name)

e2e: development  ## Walk the office pages in a browser, installed if the machine has none
	@test -x /usr/bin/chromium || $(BIN)/playwright install chromium
	@exec $(BIN)/python -m pytest -m e2e $(ARGS)

bench: development  ## Posting against pgbench, sweep: all, or make bench NAME=payments
	@exec $(BIN)/python -m benchmarks $(NAME)

faults: development  ## Real processes killed, or crowded: make faults NAME=money, sync, parallel
	@exec $(BIN)/python -m faults $(NAME) $(ARGS)

fuzz: development  ## Two thousand histories of a hundred steps: make fuzz NAME=sync, or money
	@exec $(BIN)/python -m pytest tests/machines/test_$(NAME).py -k "no_history or no_order" \
		--hypothesis-profile fuzz $(ARGS)

openapi: development  ## Rewrite docs/openapi.yaml
	$(WITH) $(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock: development  ## Rewrite the hashed requirements from requirements/*.in
	$(LOCK) requirements/runtime.in --output-file requirements.txt
	$(LOCK) requirements/local.in --constraints requirements.txt --output-file requirements-local.txt
	$(LOCK) requirements/dev.in --constraints requirements.txt --output-file requirements-dev.txt

messages: development  ## Collect what is said to people into the translations (needs gettext)
	@command -v xgettext >/dev/null || { echo "make messages needs gettext on the machine" >&2; exit 2; }
	$(MANAGE) makemessages --locale en --no-wrap --no-location --ignore '.data/*'

stop: runtime  ## End a forgotten make run of this checkout
	@exec $(LOCAL) stop

secrets: runtime  ## The files that docker-compose.yml mounts, made once in ./secrets
	@exec $(BIN)/python -m config.local.production_secrets

clean-data: runtime  ## Delete .data, after asking: database, secrets, logs
	@exec $(LOCAL) clean-data
