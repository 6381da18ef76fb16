# Everything this repository builds and proves. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

# Linters are tools, not dependencies: pinned here, built once into a cached folder, and kept out of go.mod, whose
# versions they would move. A new Go needs a new build of them, hence its version in the folder's name.
STATICCHECK_VERSION := 0.8.2
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/nightclerk/tools
STATICCHECK = $(TOOLS)/staticcheck-$(STATICCHECK_VERSION)-$(shell go env GOVERSION)/staticcheck

# What `nightclerk version` says; a source archive has no git to ask.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## bin/nightclerk: one static binary
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)' -o bin/nightclerk ./cmd/emulator

.PHONY: test
test: ## everything: installs what is missing, then lint, Go tests, judges (and Docker when CI=true)
	@scripts/install-missing
	@$(MAKE) lint
	@$(MAKE) build
	@$(MAKE) test-go
	@$(MAKE) e2e
	@if [ "$${CI:-}" = true ]; then $(MAKE) docker; else echo "SKIPPED: the image and docker-compose. To run them too: make docker"; fi

.PHONY: test-go
test-go: ## Go tests with the race detector, on SQLite and on a PostgreSQL of their own
	scripts/with-postgres go test -race -timeout 20m ./...

.PHONY: lint
lint: $(STATICCHECK) ## gofmt, go vet, staticcheck
	@unformatted=$$(go list -f '{{.Dir}}' ./... | xargs -d '\n' gofmt -l | sort -u); \
	  if [ -n "$$unformatted" ]; then echo "not gofmt-ed (gofmt -w mends it):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...

$(STATICCHECK):
	@mkdir -p $(@D)
	GOBIN=$(@D) GOFLAGS= go install honnef.co/go/tools/cmd/staticcheck@v$(STATICCHECK_VERSION)

.PHONY: e2e
e2e: e2e/node_modules/.installed build ## the judges: real SDKs against the real binary
	cd e2e && ../scripts/with-postgres npm test

# npm touches neither file when nothing changed; the mark says which lock file node_modules was made from.
e2e/node_modules/.installed: e2e/package.json e2e/package-lock.json
	cd e2e && npm ci --loglevel=error
	@touch $@

.PHONY: bench
bench: build ## measurements as ratios; BENCH='-only mint,jwks' chooses
	scripts/with-postgres go run ./scripts/bench -binary bin/nightclerk $(BENCH)

.PHONY: scale
scale: ## long loops, soaks, a million rows: the tests behind the build tag "scale"
	scripts/with-postgres go test -tags scale -run Scale -v -timeout 60m ./...

.PHONY: docker
docker: e2e/node_modules/.installed ## builds the image and runs docker-compose.yml in a Docker daemon of its own (root, Linux)
	scripts/docker-check

.PHONY: clean
clean: ## removes what the other targets made in this folder
	rm -rf bin e2e/node_modules coverage.out
