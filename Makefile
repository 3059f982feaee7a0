# Juma. `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
STATICCHECK_VERSION := v0.8.2

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the one binary, ./juma
	CGO_ENABLED=0 $(GO) build -o juma ./cmd/juma

.PHONY: demo
demo: ## Play one business day, from blank plates to settlement files, and serve it
	$(GO) run ./cmd/juma demo

.PHONY: deps
deps: ## Install what the tests need (Debian), or say what is missing
	@GO='$(GO)' ./internal/deps/install.sh

.PHONY: lint
lint: ## Formatting, vet and staticcheck; nothing may be reported
	@gofmt=$$($(GO) env GOROOT)/bin/gofmt; files=$$("$$gofmt" -l .); \
	test -z "$$files" || { echo "$$files"; echo 'not gofmt-ed: run gofmt -w on these'; exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION) ./...

# SQLite is C translated to Go, whose memory lies outside Go's heap: the race
# detector can see nothing there and costs a third of the tests' time.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc/...=-race=false

.PHONY: test
test: deps lint ## Everything that must pass: lint, and all tests with the race detector, on SQLite and MariaDB, with a browser
	@race='-race $(UNWATCHED)' cgo=1; echo '#include <stdlib.h>' | $$(CGO_ENABLED=1 $(GO) env CC) -E - >/dev/null 2>&1 || race='' cgo=0; \
	set -x; env CGO_ENABLED=$$cgo $(GO) test $$race -timeout 20m ./...
	@GO='$(GO)' ./internal/deps/install.sh --left-out

.PHONY: proof
proof: ## The longer proof: full-size days, ten million rows reconciled, a million plates, a thousand pictures read back, logins timed
	$(GO) test -count=1 -p 1 -timeout 60m -tags proof $$(grep -rl '^//go:build proof' --include='*_test.go' . | xargs -n1 dirname | sort -u)

.PHONY: bench
bench: ## Benchmarks (compare with benchstat; ratios within one run)
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-plates
bench-plates: ## Pictures of codes a second beside libqrencode and libpng (Debian: gcc libqrencode-dev libpng-dev)
	@tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; pin=; command -v taskset >/dev/null && pin='taskset -c 0'; \
	$${CC:-cc} -O2 -Wall -o "$$tmp/rival" qrcode/render/bench/rival/rival.c -lqrencode -lpng; \
	CGO_ENABLED=0 $(GO) build -tags bench -o "$$tmp/bench" ./qrcode/render/bench; \
	GOMAXPROCS=1 $$pin "$$tmp/bench" "$$tmp/rival"

.PHONY: bench-reconcile
bench-reconcile: ## juma reconcile on 10,000,000 x 2 rows beside DuckDB's join (Debian: nodejs npm; 3 GB of scratch room)
	@tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; duckdb=; \
	if command -v node >/dev/null && command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix "$$tmp" @duckdb/node-api >/dev/null 2>&1; then duckdb=$$tmp; fi; \
	CGO_ENABLED=0 $(GO) build -o "$$tmp/juma" ./cmd/juma; \
	CGO_ENABLED=0 $(GO) build -tags bench -o "$$tmp/bench" ./clearing/match/bench; \
	pin=; command -v taskset >/dev/null && pin='taskset -c 0,1'; \
	$$pin "$$tmp/bench" --duckdb "$$duckdb" "$$tmp/juma" "$$tmp"
