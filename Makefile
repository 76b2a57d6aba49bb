# The commands of this repository. `make help` lists them.
# Needed on the machine: Go 1.26, Node 20 with npm, git, make; apt for the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.revision=$(REVISION)"
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print)
GOLANGCI_LINT := v2.15.0

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## eight simulated cameras, recorded and shown, at http://127.0.0.1:8080
	@scripts/setup demo
	@$(MAKE) --no-print-directory build
	@exec bin/watchroom demo --data demo $(DEMO)

.PHONY: test
test: ## installs what the tests need, then runs all that must pass before a change goes in
	@scripts/setup test
	@scripts/test

.PHONY: test-all
test-all: test ## make test, then the race detector, the long tests, the faults and a while of every fuzz target
	@scripts/test-all

.PHONY: build
build: web ## bin/watchroom with the web application inside
	@mkdir -p bin
	@if [ -d cmd/watchroom-verify ]; then $(GO_BUILD) -o bin/watchroom-verify ./cmd/watchroom-verify; fi
	@$(GO_BUILD) -o bin/watchroom ./cmd/watchroom

.PHONY: web
web: web/dist/index.html ## web/dist, anew only if something in web/ changed

web/dist/index.html: $(WEB_SOURCES) web/node_modules/.package-lock.json
	@rm -rf web/dist/assets
	npm --prefix web run --silent build
	@touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@

.PHONY: api
api: ## web/openapi.json and the client made from it, after the API changed
	@go run ./cmd/watchroom openapi > web/openapi.json.new
	@mv web/openapi.json.new web/openapi.json
	npm --prefix web run --silent generate

.PHONY: lint
lint: .cache/bin/golangci-lint-$(GOLANGCI_LINT) ## golangci-lint; building it takes a few minutes the first time
	@$< run ./...

.cache/bin/golangci-lint-$(GOLANGCI_LINT):
	@mkdir -p $(@D)
	GOBIN=$(abspath $(@D)) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	@mv $(@D)/golangci-lint $@

.PHONY: clauses
clauses: ## which demands of the rules the tests that ran have shown fulfilled
	@mkdir -p .cache
	@go run ./scripts/gotest .cache/go-test.json ./... > .cache/go-test.txt || { cat .cache/go-test.txt; exit 1; }
	@go run ./internal/testkit/clause/clauses $(CLAUSES) < .cache/go-test.json

.PHONY: bench
bench: ## the figures of docs/performance.md, measured on this machine; BENCH="-short -only record"
	@scripts/setup test
	@$(MAKE) --no-print-directory build
	@go run ./test/load $(BENCH)

.PHONY: fault
fault: ## kill, stop, starve and break everything, and count what is lost; FAULT="-short -only kill"
	@scripts/setup test
	@$(MAKE) --no-print-directory build
	@go run ./test/fault $(FAULT)

.PHONY: release-data
release-data: build ## a small data folder of this version, kept for the upgrade tests; once a release
	@go run ./test/upgrade/keep
