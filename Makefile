.PHONY: demo test check soak bench contracts constraints

demo: ## install, and see a marketplace at work
	python3 -m venv .venv && .venv/bin/pip install -q -r constraints.txt && .venv/bin/pip install --no-deps --no-build-isolation -e . && .venv/bin/governance demo

test: ## install, and run all tests
	python3 -m venv .venv && .venv/bin/pip install -q -r constraints-dev.txt && .venv/bin/pip install --no-deps --no-build-isolation -e . && .venv/bin/pytest

check: ## all that a change has to pass
	.ci/run

soak: ## ten minutes of writers that are killed and sessions that are ended, and a reader who misses nothing
	GOVERNANCE_SOAK_SECONDS=600 .venv/bin/pytest -n0 tests/test_store_soak.py

bench: ## measure everything beside its limits and peers (hours, on an idle machine), and write docs/benchmarks (Emmett needs Node 20)
	.venv/bin/pip install -q --upgrade 'pip>=25.1' && .venv/bin/pip install -q --group bench
	if command -v npm > /dev/null; then npm ci --prefix bench/peers --no-audit --no-fund; fi
	PYTHONPATH=. .venv/bin/python -m bench.report

contracts: ## write domain/events.json and api/schema.graphql anew
	.venv/bin/governance schema --write

COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make constraints" \
	--no-annotate --group build pyproject.toml

constraints: ## pin all dependencies anew, at their newest (needs uv)
	$(COMPILE) --upgrade --extra dev -o constraints-dev.txt
	$(COMPILE) -c constraints-dev.txt -o constraints.txt
