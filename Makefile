# Every target does its own set-up; CONTRIBUTING.md says what each is for.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.PHONY: up test lint release crds image bench bench-policy bench-filter bench-hub fuzz screenshots clean

up: ## build for release and run the example: a stand-in model server, protected
	@scripts/setup.sh build run
	@scripts/build.sh release
	@scripts/up.sh

test: ## every test: units, fuzzing for a bounded time, and the front door from outside
	@scripts/setup.sh build run test
	@scripts/test.sh

lint: ## formatting, and imports that Package.swift does not declare
	@scripts/setup.sh build
	@scripts/lint.sh

release: ## one binary with Swift's runtime inside: .build/release/sallyport
	@scripts/setup.sh build
	@scripts/build.sh release
	@ls -lh .build/release/sallyport

crds: ## from the schemas: install/crds, install/admission and docs/reference
	@scripts/setup.sh build
	@scripts/build.sh debug
	@SALLYPORT_WRITE_CRDS=1 swift test --skip-build --filter SchemaFilesTests

image: ## the container image, with a container engine; install/image/build.sh needs none
	docker build --file install/image/Dockerfile --tag $${IMAGE:-localhost/sallyport:$$(sed -n 's/^ *static let text = "\(.*\)"$$/\1/p' Sources/sallyport/Version.swift)} .

bench: ## against Envoy, nginx and HAProxy on this machine; writes Benchmarks/RESULTS.md
	@scripts/setup.sh build run bench
	@scripts/build.sh release
	@Benchmarks/run

bench-policy: ## policies on clusters of 1,000 to 100,000 pods; writes Benchmarks/policy/RESULTS.md
	@scripts/setup.sh build run
	@Benchmarks/policy/run

bench-filter: ## as root: what rules of a node cost packets, and what changes take; writes Benchmarks/filter/RESULTS.md
	@scripts/setup.sh build run filter
	@Benchmarks/filter/run

bench-hub: ## what records cost the hub; writes Benchmarks/hub/RESULTS.md
	@scripts/setup.sh build run
	@Benchmarks/hub/run

fuzz: ## the fuzz targets for longer: FUZZ_SECONDS each (default 300)
	@scripts/setup.sh build
	@scripts/fuzz.sh

screenshots: ## pictures of the console, of the example, into docs/images; takes some minutes
	@scripts/setup.sh build run test pictures
	@scripts/build.sh release
	@SALLYPORT_BIN="$$PWD/.build/release/sallyport" scripts/screenshots.sh

clean: ## forget everything that was built
	rm -rf .build examples/.state
