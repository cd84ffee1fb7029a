#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

// The entry point that libFuzzer calls for each input. `scripts/fuzz.sh` compiles this file into one module with
// Sources/Gateway/Wire and the oracle from the tests; SALLYPORT_FUZZ_TARGET says which boundary is meant.

private let oracle: @Sendable ([UInt8]) -> [String] =
    switch getenv("SALLYPORT_FUZZ_TARGET").map({ String(cString: $0) }) {
    case "responses": WireOracle.responses
    case "http2": WireOracle.http2
    default: WireOracle.requests
    }

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let wrong = oracle(Array(UnsafeBufferPointer(start: start, count: count)))
    guard !wrong.isEmpty else { return 0 }
    print("wrong:", wrong.joined(separator: "\n"))
    fflush(nil)
    // A crash is how libFuzzer is told to keep the input.
    abort()
}
