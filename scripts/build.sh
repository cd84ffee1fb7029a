#!/usr/bin/env bash
# Builds: build.sh debug|release [more arguments for swift build]. Debug builds also refuse undeclared imports.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-debug}
shift || true

# A build folder that another compiler made, or that was moved with the checkout, fails in odd ways: start anew.
stamp=$(pwd -P; swift --version 2>/dev/null)
if [ -f .build/made-by ] && [ "$(cat .build/made-by)" != "$stamp" ]; then
    echo "build: .build was made elsewhere or by another compiler; starting anew"
    rm -rf .build
fi
mkdir -p .build
printf '%s' "$stamp" >.build/made-by

case $kind in
debug) exec swift build --build-tests --explicit-target-dependency-import-check error "$@" ;;
release) exec swift build -c release --static-swift-stdlib --product sallyport "$@" ;;
*)
    echo "build: '$kind' is neither debug nor release" >&2
    exit 64
    ;;
esac
