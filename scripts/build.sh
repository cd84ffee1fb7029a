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

# A program that nobody links against exports nothing: the table of a hundred thousand names would be read at each start.
plain_symbols=()
[ "$(uname)" = Linux ] && plain_symbols=(-Xlinker --no-export-dynamic)

# SQLite goes into the release binary, so that nothing has to be installed beside it: a folder with the archive alone,
# searched first, because next to the shared library the linker would take that.
static_sqlite=()
if [ "$kind" = release ] && [ "$(uname)" = Linux ]; then
    archive=$(clang -print-file-name=libsqlite3.a 2>/dev/null || true)
    if [ -f "$archive" ]; then
        mkdir -p .build/static
        ln -sf "$archive" .build/static/libsqlite3.a
        static_sqlite=(-Xlinker "-L$PWD/.build/static")
    else
        echo "build: no libsqlite3.a here: the binary will need libsqlite3.so.0 where it runs"
    fi
fi

case $kind in
debug) exec swift build --build-tests --explicit-target-dependency-import-check error "$@" ;;
release) exec swift build -c release --static-swift-stdlib --product sallyport "${plain_symbols[@]}" \
    "${static_sqlite[@]}" "$@" ;;
*)
    echo "build: '$kind' is neither debug nor release" >&2
    exit 64
    ;;
esac
