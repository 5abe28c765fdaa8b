# One entry for people. The real build is CMake with the presets of CMakePresets.json; `make help` lists what there is.
.DEFAULT_GOAL := build
.PHONY: build test unit e2e conformance demo bench bench-s3 install check asan tsan clang cover fuzz clean help

# The build that tests run in; asserts are live in it.
TEST_PRESET ?= dev
PREFIX ?= /usr/local
# Seconds for each fuzz target of `make fuzz`.
FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc)

# $(call preset,NAME[,TARGETS]): configure and build a preset.
preset = cmake --preset $(1) >/dev/null && cmake --build build/$(1) -j $(JOBS) $(if $(2),--target $(2))

build: ## build/release/ts-indexer (installs what the build needs)
	@tools/setup build
	@$(call preset,release,ts-indexer)
	@echo "built build/release/ts-indexer"

test: ## everything: unit tests, replay of the fuzz corpus, end-to-end tests
	@tools/setup test
	@$(call preset,$(TEST_PRESET))
	@tools/run-tests build/$(TEST_PRESET)

unit: ## unit tests and replay of the fuzz corpus only
	@tools/setup test
	@$(call preset,$(TEST_PRESET))
	@tools/run-tests build/$(TEST_PRESET) --no-e2e

e2e: ## end-to-end tests only; TESTS='incremental s3' chooses by words in their names
	@tools/setup test
	@$(call preset,$(TEST_PRESET))
	@tools/run-tests build/$(TEST_PRESET) --no-unit $(TESTS)

conformance: ## the S3 cases on SeaweedFS and on MinIO (which is built with Go: minutes, once)
	@tools/setup test conformance
	@$(call preset,$(TEST_PRESET))
	@tools/run-tests build/$(TEST_PRESET) --no-unit conformance faults
	@TSI_S3=minio tools/run-tests build/$(TEST_PRESET) --no-unit conformance

demo: ## index a small corpus of real series and look into it
	@tools/setup demo
	@$(call preset,release,ts-indexer test_duck)
	@tools/demo/demo build/release

bench: ## compare with other engines (docs/BENCHMARKS.md)
	@tools/setup bench
	@$(call preset,release)
	@bench/run build/release

bench-s3: ## compare with rclone, the AWS CLI and s5cmd on one S3 server (docs/BENCHMARKS.md); takes minutes
	@tools/setup peers
	@$(call preset,release,bench_s3 bench_s3_server)
	@python3 bench/s3/compare.py build/release

install: build ## into PREFIX (default /usr/local); DESTDIR is obeyed
	@cmake --install build/release --prefix $(PREFIX)

# Each check is a program of its own, so that one can be run alone.
check: ## layers, symbols, format, vector loops for AArch64, static analysis, words
	@tools/setup check
	@cmake --preset dev >/dev/null
	@failed=; for c in layers symbols format words neon tidy; do \
	    if [ -x tools/check-$$c ]; then echo "== check-$$c"; tools/check-$$c || failed="$$failed $$c"; fi; \
	done; [ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

asan tsan: ## unit tests under address and undefined-behaviour, or thread, sanitizer
	@tools/setup test
	@$(call preset,$@)
	@tools/run-tests build/$@ --no-e2e

clang: ## build with clang, warnings as errors
	@tools/setup check
	@$(call preset,$@)

cover: ## test coverage, as text
	@tools/setup cover
	@$(call preset,$@)
	@tools/run-tests build/$@
	@gcovr --root . --object-directory build/$@ --filter src/ --exclude-throw-branches

fuzz: ## fuzz every parser for FUZZ_SECONDS seconds each
	@tools/setup check
	@$(call preset,$@)
	@for t in build/$@/tests/fuzz_*; do \
	    [ -x $$t ] && [ ! -d $$t ] || continue; name=$${t##*/fuzz_}; mkdir -p build/$@/corpus/$$name; \
	    echo "== $$name"; $$t -max_total_time=$(FUZZ_SECONDS) -print_final_stats=0 \
	        -artifact_prefix=build/$@/crash-$$name- build/$@/corpus/$$name tests/fuzz/corpus/$$name || exit 1; \
	done

clean: ## remove build/ and demo/ (.deps/ stays: it is a download)
	@rm -rf build demo

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9 -]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
