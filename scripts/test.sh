#!/usr/bin/env bash
# Every test, one build at a time: the units in debug, then the release binary from outside.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh debug
# One after the other: tests that wait for a socket or a program would starve the rest on a machine of few cores.
swift test --skip-build --no-parallel --explicit-target-dependency-import-check error "$@"
scripts/build.sh release
SALLYPORT_BIN="$PWD/.build/release/sallyport" Tests/EndToEnd/run
