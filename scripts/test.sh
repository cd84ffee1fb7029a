#!/usr/bin/env bash
# Every test, one build at a time: the units in debug, then the release binary from outside.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh debug
swift test --skip-build --explicit-target-dependency-import-check error "$@"
scripts/build.sh release
SALLYPORT_BIN="$PWD/.build/release/sallyport" Tests/EndToEnd/run
