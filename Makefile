# `make run` and `make test` need nothing but Debian 12 with rustup; they install what is missing and say what.

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo build web test lint deny test-rust test-web test-e2e bench soak fuzz fmt clean

export PATH := $(CURDIR)/.cache/node/bin:$(HOME)/.cargo/bin:$(PATH)
# Compilers' output may live outside the checkout (CI does that), so that a fresh clone builds quickly.
TARGET := $(or $(CARGO_TARGET_DIR),target)
# In a test a panic is how it fails, wherever the helper function stands.
IN_TESTS := $(addprefix -A clippy::,unwrap_used expect_used indexing_slicing panic print_stdout print_stderr)
# What `make run` keeps; `make run STATE=/elsewhere` to put it elsewhere.
STATE ?= $(CURDIR)/var

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## install what building and running needs
	@tools/setup.sh run

setup-test: ## install what testing needs besides
	@tools/setup.sh test

web: web/dist/index.html ## build the panel into web/dist

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm run build
	@touch $@

build: setup web ## build the program as it is shipped
	cargo build --release --locked

run: setup web ## build, and start the hub with a broker inside and a simulated home
	cargo build --profile quick --locked
	$(TARGET)/quick/homeclaw run --demo --state-dir $(STATE)

test: setup-test web lint deny test-web test-e2e test-rust ## every test

lint: ## formatting and clippy with warnings denied
	cargo fmt --check
	cargo clippy --locked --lib --bins --benches -- -D warnings
	cargo clippy --locked --tests -- -D warnings $(IN_TESTS)

deny: ## licences, bans and sources of the dependencies
	cargo deny --locked check bans licenses sources

test-rust: ## unit, property and integration tests
	cargo nextest run --locked

test-web: web ## the panel's own tests
	cd web && npm run check && npm test

tests/e2e/node_modules/.package-lock.json: tests/e2e/package.json tests/e2e/package-lock.json
	cd tests/e2e && npm ci --no-audit --no-fund
	@touch $@

test-e2e: web tests/e2e/node_modules/.package-lock.json ## the panel in a real browser against the real hub
	cargo build --locked
	cd tests/e2e && HOMECLAW_BIN=$(abspath $(TARGET))/debug/homeclaw npm test

bench: setup-test web ## every figure of docs/benchmarks.md
	tools/bench.sh

soak: ## a quarter of an hour of traffic: does the memory grow?
	cargo build --profile quick --locked
	tools/soak.py --binary $(TARGET)/quick/homeclaw

fuzz: ## each fuzz target for a minute (needs nightly and cargo-fuzz)
	tools/fuzz.sh 60

fmt: ## format everything
	cargo fmt

clean: ## remove what was built
	cargo clean
	rm -rf web/dist web/node_modules .cache
