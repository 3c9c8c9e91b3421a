# Everything a person does with the project, from a machine with a Swift 6.3 toolchain and nothing else.
# `make help` lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help

SWIFT ?= swift
DATA ?= ./data
# Empty: ports 8080 and following, and 9092 for the broker.
PORT_BASE ?=

# SwiftPM passes a package's traits in the order of a set: unless that is the same each time, most builds begin with
# swift-configuration and all that uses it.
export SWIFT_DETERMINISTIC_HASHING := 1

SYSTEM_PACKAGES := librdkafka-dev libsqlite3-dev libpq-dev libzip-dev libhiredis-dev pkg-config
TEST_PACKAGES := $(SYSTEM_PACKAGES) kcat python3-venv curl procps docker-compose systemd openssl unzip \
    postgresql-15 redis-server

# The import check holds Sources/README.md's layers; it must be the same for every debug build, or all is built anew.
CHECKED := --explicit-target-dependency-import-check error
SLOW := IntegrationTests|FaultTests|CompatTests
# They wait for servers of other makers, each on a thread that the others need as well: one after the other.
SERVERS := StoresTests|PostgresTests|BlobsTests|CacheTests|ArchivesTests|PersistenceTests|HistoryTests|BenchTests
ADDRESS := --sanitize=address --scratch-path .build-address
ASAN := ASAN_OPTIONS=detect_leaks=0:suppressions=$(CURDIR)/Tests/address-sanitizer.supp
CORE_TESTS := EventsTests,ConversationsTests,AccountsTests,KafkaWireTests,FlowTests

comma := ,

# Installs what is missing of the packages in $(1), saying which.
define install
@missing=(); for package in $(1); do \
    dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q '^install ok installed' || missing+=($$package); \
done; \
if [ $${#missing[@]} -gt 0 ]; then \
    echo "Installing system packages: $${missing[*]}"; \
    sudo=; [ $$(id -u) -eq 0 ] || sudo=sudo; \
    $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold $${missing[@]} >/dev/null \
        || { echo "Could not install $${missing[*]}; install them by hand and try again." >&2; exit 1; }; \
fi
endef

.PHONY: help
help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 20

.PHONY: deps
deps: ## Installs the system libraries that a build needs
	$(call install,$(SYSTEM_PACKAGES))
	@command -v $(SWIFT) >/dev/null || { echo "No Swift toolchain found: install Swift 6.3 from swift.org." >&2; exit 1; }

.PHONY: test-deps
test-deps: no-clusters ## Installs what the tests need besides
	$(call install,$(TEST_PACKAGES))
	@command -v $(SWIFT) >/dev/null || { echo "No Swift toolchain found: install Swift 6.3 from swift.org." >&2; exit 1; }

# The tests start servers of their own: Debian's packages must not start theirs.
.PHONY: no-clusters
no-clusters:
	@file=/etc/postgresql-common/createcluster.conf; [ -e $$file ] || { \
	    sudo=; [ $$(id -u) -eq 0 ] || sudo=sudo; \
	    $$sudo mkdir -p $$(dirname $$file) && echo 'create_main_cluster = false' | $$sudo tee $$file >/dev/null; \
	}

.PHONY: compat-venv
compat-venv: test-deps ## Installs the Python clients that judge the broker, under .build
	@Tests/CompatTests/Clients/prepare.sh >/dev/null

.PHONY: build
build: deps ## Builds everything in release
	$(SWIFT) build -c release

.PHONY: run
run: build ## Builds, starts the whole pipeline under DATA (./data), prints what to try; Ctrl-C stops it
	@exec .build/release/martlet up --data $(DATA) $(if $(PORT_BASE),--port-base $(PORT_BASE))

.PHONY: test
test: compat-venv ## Runs everything that must pass
	$(SWIFT) build --build-tests $(CHECKED)
	$(SWIFT) test --skip-build $(CHECKED) --skip '$(SLOW)|$(SERVERS)'
	$(SWIFT) test --skip-build $(CHECKED) --no-parallel --filter '$(SERVERS)'
	$(SWIFT) test --skip-build $(CHECKED) --no-parallel --filter '$(SLOW)'

.PHONY: lint
lint: ## Checks formatting and documentation comments
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

.PHONY: format
format: ## Formats the code
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

.PHONY: faults
faults: test-deps ## The full dose: 200 kills and 20 machine-wide ones over 100,000 messages; groups, with 100 kills and 6 standstills; stores, with 200 kills after a commit and 150 at other moments for each engine, PostgreSQL stopped and killed, replays and archiving killed
	$(SWIFT) build --build-tests $(CHECKED)
	MARTLET_FAULT_KILLS=200 MARTLET_FAULT_MESSAGES=100000 MARTLET_FAULT_MACHINE_KILLS=20 \
	MARTLET_FAULT_GROUP_KILLS=100 MARTLET_FAULT_OPERATIONS=30000 MARTLET_FAULT_GROUPS=5 MARTLET_FAULT_MEMBERS=40 \
	MARTLET_FAULT_STOPS=6 MARTLET_FAULT_STOP_SECONDS=60 \
	MARTLET_FAULT_STORE_KILLS=200 MARTLET_FAULT_STORE_MESSAGES=5000 MARTLET_FAULT_STORE_INSTALLATIONS=4 \
	MARTLET_FAULT_SERVER_STOPS=2 MARTLET_FAULT_SERVER_STOP_SECONDS=30 MARTLET_FAULT_SERVER_KILLS=20 \
	MARTLET_FAULT_REPLAY_KILLS=10 MARTLET_FAULT_REPLAY_MESSAGES=100000 MARTLET_FAULT_ARCHIVE_KILLS=100 \
	    $(SWIFT) test --skip-build $(CHECKED) --no-parallel --filter 'FaultTests'

.PHONY: faults-canary
faults-canary: test-deps ## Proves that the fault test can fail: a build that acknowledges before the log has it
	MARTLET_CANARY=1 $(SWIFT) build --build-tests --scratch-path .build-canary
	@if MARTLET_CANARY=1 $(SWIFT) test --skip-build --scratch-path .build-canary --no-parallel \
	    --filter 'FaultTests\.FaultTests' > .build-canary/faults.log 2>&1; \
	then echo "The canary went unnoticed: the fault test cannot fail." >&2; exit 1; \
	else grep -m 1 -E 'acknowledged and lost [1-9]' .build-canary/faults.log \
	    || { echo "It failed, but not by finding a lost message; see .build-canary/faults.log" >&2; exit 1; }; \
	fi

.PHONY: sanitize-thread
sanitize-thread: test-deps ## Runs the tests of Core under the thread sanitizer
	MARTLET_ONLY=$(CORE_TESTS) $(SWIFT) test --sanitize=thread --scratch-path .build-thread

.PHONY: sanitize-address
sanitize-address: test-deps ## Runs the tests under the address sanitizer
	$(SWIFT) build --build-tests $(ADDRESS)
	$(ASAN) $(SWIFT) test --skip-build $(ADDRESS) --skip '$(SLOW)|$(SERVERS)'
	$(ASAN) $(SWIFT) test --skip-build $(ADDRESS) --no-parallel --filter '$(SERVERS)'

.PHONY: proto
proto: ## Generates the Swift code of topics/*.proto and topics/*.yaml anew
	$(call install,protobuf-compiler)
	$(SWIFT) build --product protoc-gen-swift
	topics/generate.sh .build/debug/protoc-gen-swift

.PHONY: proto-check
proto-check: ## Fails if what `make proto` would generate differs from what is committed
	$(call install,protobuf-compiler)
	$(SWIFT) build --product protoc-gen-swift
	topics/generate.sh .build/debug/protoc-gen-swift --check

.PHONY: clean
clean: ## Removes what was built (not the data)
	rm -rf .build .build-*
