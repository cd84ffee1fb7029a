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

# Libraries that have an archive go into the release binary, so that nothing has to be installed beside it: a folder
# with the archives alone, searched first, because next to the shared library the linker would take that. libmnl has
# none in Debian; `ip` and `nft` need it too, so it is there wherever they are.
static_libraries=()
if [ "$kind" = release ] && [ "$(uname)" = Linux ]; then
    mkdir -p .build/static
    for library in libsqlite3 libnftnl libmnl libzstd; do
        archive=$(clang -print-file-name=$library.a 2>/dev/null || true)
        if [ -f "$archive" ]; then
            ln -sf "$archive" ".build/static/$library.a"
        else
            echo "build: no $library.a here: the binary will need the shared library where it runs"
        fi
    done
    static_libraries=(-Xlinker "-L$PWD/.build/static")
fi

case $kind in
debug) exec swift build --build-tests --explicit-target-dependency-import-check error "$@" ;;
release) exec swift build -c release --static-swift-stdlib --product sallyport "${plain_symbols[@]}" \
    "${static_libraries[@]}" "$@" ;;
*)
    echo "build: '$kind' is neither debug nor release" >&2
    exit 64
    ;;
esac
