#!/usr/bin/env bash
# Fuzzes every boundary for FUZZ_SECONDS each (default 300): with coverage guidance where the toolchain brings
# libFuzzer, and with the seeded mutations of the tests. What libFuzzer learns stays in .build/fuzz between runs; an
# input that fails is kept there too, and its path is printed.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-300}
# Swift's own crash report reads memory in a way that the address sanitizer reports in place of the real cause.
export SWIFT_BACKTRACE=enable=no
room=.build/fuzz
mkdir -p "$room"

# The compiler's own clang resource folder says whether libFuzzer is there.
resources=$(dirname "$(command -v swiftc)")/../lib/clang
if find -L "$resources" -name 'libclang_rt.fuzzer*' 2>/dev/null | grep -q .; then
    echo "fuzz: compiling the HTTP boundary for libFuzzer"
    tests=Tests/GatewayTests/Wire
    swiftc -swift-version 6 -O -D DEBUG -enforce-exclusivity=checked -parse-as-library \
        -sanitize=fuzzer,address -use-ld=lld -package-name sallyport -module-name WireFuzzer -o "$room/wire" \
        Sources/Gateway/Wire/*.swift Fuzz/WireFuzzer.swift \
        "$tests/WireDriver.swift" "$tests/WireHelpers.swift" "$tests/WireOracle.swift" "$tests/NaiveChecker.swift"
    for target in requests responses http2; do
        mkdir -p "$room/$target"
        echo "fuzz: $target for $seconds s"
        SALLYPORT_FUZZ_TARGET=$target "$room/wire" -max_total_time="$seconds" -max_len=4096 -dict=Fuzz/http.dict \
            -print_final_stats=1 -verbosity=0 -print_funcs=0 -artifact_prefix="$room/$target-" "$room/$target" "Fuzz/Seeds/$target"
    done
else
    echo "fuzz: this toolchain has no libFuzzer; only the seeded mutations run" >&2
fi

echo "fuzz: the seeded mutations of all boundaries, $seconds s each"
SALLYPORT_FUZZ_SECONDS=$seconds swift test --filter 'Fuzz'
