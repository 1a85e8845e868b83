# `make` or `make help` lists the targets. Tools are pinned here and installed
# into .tmp/bin, which git ignores.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := $(CURDIR)/.tmp/bin

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION)

# Says that the packages that e2e/node/package-lock.json pins are installed.
E2E_PACKAGES := e2e/node/node_modules/.package-lock.json
# And that the database of the PDS among them is compiled.
E2E_DATABASE := e2e/node/node_modules/better-sqlite3/build/Release/better_sqlite3.node

# How long `make fuzz` runs each target, and which ones (a regular expression).
T ?= 30s
F ?= .

# How many seeds `make sim` simulates.
SEEDS ?= 1000

# Packages with concurrency: those that are tested under the race detector. Other
# packages start no goroutine, which internal/house/goroutine_test.go guards. Where
# processes are killed, they have to be as fast as they are.
RACE := $(patsubst %,./%/...,$(wildcard resolver runtime internal/cli examples services))

# Packages that carry go:generate directives, once they exist.
GENERATED := $(patsubst %/generate.go,./%,$(wildcard api/generate.go)) $(patsubst %,./%/...,$(wildcard examples)) $(patsubst %/generate.go,./%,$(wildcard runtime/lex/cborgen/generate.go))

# The folder of every module of the workspace, by a command in the recipe.
MODULES = $$(go list -m -f '{{.Dir}}')

# The hash of every file that git tracks or would offer to, by a command.
SNAPSHOT = git ls-files -z --cached --others --exclude-standard | xargs -0 sha256sum 2>&1 || true

.PHONY: help
help: ## Show this text.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: all
all: build test lint ## Build, test and lint: what to run before sending a change.

.PHONY: build
build: ## Build every module on its own, as its users do.
	@for dir in $(MODULES); do (cd "$$dir" && GOWORK=off go build ./...); done

.PHONY: test
test: ## Run the short tests of the workspace under the race detector.
	go test -race -short work

.PHONY: test-long
test-long: ## Run all tests of the workspace.
	go test -timeout 40m work

.PHONY: race
race: ## Run the short tests of packages with concurrency under the race detector.
	go test -race -short $$(go list $(RACE) | grep -v /crashtest)

.PHONY: fuzz
fuzz: ## Run every fuzz target for T (30s) each; F=REGEXP chooses among them.
	@mkdir -p .tmp
	@grep -rEo --include='*_test.go' --exclude-dir=.tmp '^func Fuzz[A-Za-z0-9_]+' . | sed 's/:func /:/' | sort | \
	while IFS=: read -r file target; do \
		[[ "$$target" =~ $(F) ]] || continue; \
		echo "== $$target in $$(dirname "$$file")"; \
		status=0; \
		(cd "$$(dirname "$$file")" && go test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(T) -fuzzminimizetime=10x .) < /dev/null \
			2>&1 | tee .tmp/fuzz.log || status=$$?; \
		if ((status != 0)) && grep -qx '    context deadline exceeded' .tmp/fuzz.log && ! grep -q 'Failing input' .tmp/fuzz.log; then \
			echo "the time was over while an input was being tried: no finding"; status=0; \
		fi; \
		((status == 0)) || exit $$status; \
	done

.PHONY: flips
flips: ## Change every bit of a repository, and 20,000 places of a large one: all must be refused. Takes some minutes.
	go test ./runtime/repo -run 'Flip|Truncation' -flips -v -timeout 60m

.PHONY: kill9
kill9: ## Kill the directory of did:plc 50 times under load: nothing that it has acknowledged may be lost.
	cd services && go test ./cmd/atpd -run KilledUnderLoad -kills 50 -v -timeout 60m

.PHONY: sim
sim: ## Simulate a network that misbehaves from SEEDS (1000) seeds: all must agree at the end. Takes some minutes.
	cd services && go test ./internal/networktest ./internal/networktest/dataplane -run 'AllAgree|SameTrace' -seeds $(SEEDS) -traces $$(($(SEEDS) / 100 + 10)) -v -timeout 0

.PHONY: kill9-relay
kill9-relay: ## Kill a relay, its hosts and a consumer 120 times over 200,000 commits: nothing may be lost. Takes some minutes.
	cd services && go test ./relay/crashtest -run KilledAtRandom -commits 200000 -kills 120 -v -timeout 60m

.PHONY: mutations
mutations: ## Change the official lexicons 10,000 times: the verdicts of lexgen breaking must hold. Takes some minutes.
	go test ./resolver/breaking -run RandomMutations -mutations -v -timeout 60m

.PHONY: community
community: ## Try the values of the community's lexicons with all types in DAG-CBOR, too. Takes some minutes.
	go test ./codegen/gen -run CommunityValues -community-modes -v -timeout 60m

.PHONY: golden
golden: ## Rewrite golden files and testdata/requirements.tsv; review the diff.
	@packages=$$(go list -f '{{$$p := .}}{{range .TestImports}}{{if eq . "github.com/lexgen/lexgen/internal/golden"}}{{$$p.ImportPath}}{{"\n"}}{{end}}{{end}}{{range .XTestImports}}{{if eq . "github.com/lexgen/lexgen/internal/golden"}}{{$$p.ImportPath}}{{"\n"}}{{end}}{{end}}' ./... | sort -u); \
	go test $$packages -update

.PHONY: generate
generate: ## Generate api/ and the examples again.
	$(if $(strip $(GENERATED)),go generate $(GENERATED),@echo "nothing to generate yet")

.PHONY: check-generate
check-generate: ## Fail if what is checked in is not what the generator makes.
	@before=$$($(SNAPSHOT)); $(MAKE) generate; after=$$($(SNAPSHOT)); \
	if ! diff <(echo "$$before") <(echo "$$after"); then \
		echo "generating changed these files: run make generate and commit them"; exit 1; \
	fi

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the source.
	$(GOLANGCI_LINT) fmt

.PHONY: fmt-check
fmt-check: ## Fail if a Go file, generated ones included, is not formatted.
	@unformatted=$$(git ls-files -z --cached --others --exclude-standard '*.go' | grep -zv /testdata/ | xargs -0r gofmt -l); \
	if [[ -n "$$unformatted" ]]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi

.PHONY: vet
vet: ## Run go vet on the workspace.
	go vet work

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters on every module; .golangci.yml says which and why.
	@for dir in $(MODULES); do (cd "$$dir" && $(GOLANGCI_LINT) run --config $(CURDIR)/.golangci.yml ./...); done

.PHONY: lint-fix
lint-fix: $(GOLANGCI_LINT) ## Run the linters and apply what they can mend.
	@for dir in $(MODULES); do (cd "$$dir" && $(GOLANGCI_LINT) run --config $(CURDIR)/.golangci.yml --fix ./...); done

.PHONY: tidy-check
tidy-check: ## Fail if a go.mod or go.sum is not tidy or a module was altered.
	@for dir in $(MODULES); do (cd "$$dir" && GOWORK=off go mod tidy -diff && GOWORK=off go mod verify); done

.PHONY: bench
bench: ## Measure beside peers; bench/README.md says how. Takes some minutes.
	cd bench && go run ./cmd/bench

.PHONY: bench-test
bench-test: ## Run the differential tests beside peers, without timings.
	cd bench && go vet ./... && go test ./...

.PHONY: e2e
e2e: $(E2E_DATABASE) ## Run the tests with foreign software, which npm installs into the checkout.
	cd e2e && LEXGEN_REQUIRE="$${LEXGEN_REQUIRE:+$$LEXGEN_REQUIRE,}e2e" go test -timeout 20m ./...

.PHONY: cover
cover: ## Show which share of each package's statements the tests run.
	@mkdir -p .tmp
	go test -short -coverprofile=.tmp/cover.out -coverpkg=./... ./...
	@go tool cover -func=.tmp/cover.out | tail -1
	@echo "go tool cover -html=.tmp/cover.out shows the lines"

.PHONY: clean
clean: ## Remove installed tools, packages and profiles.
	rm -rf .tmp e2e/node/node_modules

# Node is among the packages, with its headers. None of their scripts is run, but that
# which compiles the database; it needs a C++ compiler and Python.
$(E2E_PACKAGES): e2e/node/package.json e2e/node/package-lock.json
	cd e2e/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(E2E_DATABASE): $(E2E_PACKAGES)
	cd e2e/node && export PATH="$$PWD/node_modules/.bin:$$PATH" && \
		export npm_config_nodedir=$$(dirname $$(dirname $$(readlink -f node_modules/.bin/node))) && \
		npm rebuild better-sqlite3 --no-audit --no-fund --loglevel=error
	@touch $@

$(GOLANGCI_LINT):
	@mkdir -p $(BIN)
	GOBIN=$(BIN) GOWORK=off go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	@mv $(BIN)/golangci-lint $@
