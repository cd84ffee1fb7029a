#!/usr/bin/env bash
# Installs what is missing for the named jobs, and says what that is: setup.sh build|run|test|bench|filter|pictures ...
# Each need is a test and the Debian or Ubuntu package that meets it; a need that is met costs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

# Servers live where only root looks.
PATH=$PATH:/usr/sbin:/sbin
missing=()

# need PACKAGE COMMAND...: the package is missing when the command fails.
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

has() { command -v "$1"; }
# The compiler brings its own clang; the C library and libstdc++ come from the system.
links_cxx() { echo 'int main() { return 0; }' | clang -x c++ - -o /dev/null -lstdc++ -lz; }
has_header() { echo "#include <$1>" | "$(has clang || has cc)" -x c -fsyntax-only -; }
has_venv() { python3 -c 'import ensurepip, venv'; }

build() {
    if ! has swift >/dev/null; then
        echo "setup: no Swift toolchain. Install Swift 6.2 or later (https://www.swift.org/install/linux/) and put it in PATH." >&2
        exit 69
    fi
    need git has git
    need make has make
    need binutils has ld
    # What swift.org names for Debian and Ubuntu; the package manager does not start without the libraries.
    if ! swift package --version >/dev/null 2>&1; then
        missing+=(libcurl4-openssl-dev libedit2 libncurses-dev libsqlite3-0 libxml2-dev libz3-dev tzdata)
    fi
    # What is spent is kept in SQLite, linked into the release binary.
    need libsqlite3-dev has_header sqlite3.h
    # The console draws with it.
    need libjs-d3 test -e /usr/share/javascript/d3/d3.min.js
    # History is kept packed.
    need libzstd-dev has_header zstd.h
    # The kernel's packet filter is spoken to through these.
    need libmnl-dev has_header libmnl/libmnl.h
    need libnftnl-dev has_header libnftnl/set.h
    if has clang >/dev/null && ! links_cxx >/dev/null 2>&1; then
        missing+=(libc6-dev libstdc++-12-dev zlib1g-dev)
    fi
}

run() {
    need python3 has python3
    need curl has curl
}

test() {
    need python3-venv has_venv
    need openssl has openssl
    # Counters that gateways share are tested against the real server.
    # Namespaces stand for pods, and the filter is read with the tool that others read it with.
    need iproute2 has ip
    need nftables has nft
    need conntrack has conntrack
    need iptables has iptables-restore
    # What metrics are written for.
    need prometheus has promtool
    has valkey-server >/dev/null || need redis-server has redis-server
}

bench() {
    need python3-venv has_venv
    need nginx-light has nginx
    need haproxy has haproxy
    need wrk has wrk
    need iperf3 has iperf3
}

filter() {
    need iperf3 has iperf3
    need nftables has nft
    need iproute2 has ip
}

pictures() {
    need chromium has chromium
    need pngquant has pngquant
}

for job in "$@"; do
    case $job in
    build | run | test | bench | filter | pictures) "$job" ;;
    *)
        echo "setup: no job is called '$job'; there are build, run, test, bench, filter and pictures" >&2
        exit 64
        ;;
    esac
done

[ ${#missing[@]} -gt 0 ] || exit 0
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
echo "setup: missing system packages: ${missing[*]}"
if ! has apt-get >/dev/null; then
    echo "setup: this machine has no apt-get; install the packages above by its own means and try again." >&2
    exit 69
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! has sudo >/dev/null; then
        echo "setup: run this as root: apt-get install ${missing[*]}" >&2
        exit 77
    fi
    as_root=(sudo)
fi
# libstdc++ carries the compiler's major version in its name, and releases differ.
for index in "${!missing[@]}"; do
    if [ "${missing[$index]}" = libstdc++-12-dev ] && ! apt-cache show libstdc++-12-dev >/dev/null 2>&1; then
        missing[index]=g++
    fi
done
"${as_root[@]}" apt-get update -qq </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
