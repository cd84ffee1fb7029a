import Testing

@testable import Gateway

/// The corpus of http-desync-guardian: compliant requests pass, anything else is refused unless listed.
@Suite(
    .enabled(
        if: Corpus.has("http/http-desync-guardian"), "the conformance folder is not there: set SALLYPORT_CONFORMANCE"))
struct DesyncGuardianTests {
    @Test func readerFindsAllCases() throws {
        let cases = try GuardianCase.readAll()
        #expect(cases.count == 95)
        #expect(cases.allSatisfy { !$0.tier.isEmpty && !$0.reason.isEmpty })
    }

    @Test func compliantPassAndTheRestIsRefused() throws {
        for testCase in try GuardianCase.readAll() {
            let result = WireDriver.read(testCase.bytes, .request)
            let isRefused = if case .rejected = result.ending { true } else { false }
            if let reason = Self.stricterHere[testCase.name] {
                #expect(isRefused, "\(testCase) should be refused: \(reason)")
            } else if let reason = Self.takenHere[testCase.name] {
                #expect(!isRefused, "\(testCase) should pass (\(reason)), but: \(result.ending)")
            } else {
                #expect(isRefused == (testCase.tier != "Compliant"), "\(testCase): \(result.ending)")
            }
        }
    }

    @Test func resultsDoNotDependOnHowBytesArrive() throws {
        for testCase in try GuardianCase.readAll() {
            let differences = differencesWhenSplit(testCase.bytes, .request, most: 60)
            #expect(differences.isEmpty, "\(testCase): \(differences)")
        }
    }

    /// Compliant cases that we refuse, each with the reason.
    static let stricterHere: [String: String] = [
        "Correct TE OK": oneCoding,
        "Transfer-Encoding: identity and chunked OK": oneCoding,
        "Multiple transfer encoding headers in a single request OK": oneCoding,
        "TE with custom parameters OK": oneCoding,
        "Different Transfer-Encoding headers": oneCoding,
        "Different Transfer-Encoding headers combined": oneCoding,
        "Transfer-Encoding with a param: chunked;custom_param": oneCoding,
        "Compliant URL": "quotes, backslashes, angle brackets and a fragment must not stand in a target",
        "International in URI": "bytes above 0x7F must be percent-encoded in a target",
        "Empty URI": "a target is never empty",
        "%09 in URI is OK": encodedControl,
        "%0D in URI is OK": encodedControl,
        "%0A in URI is OK": encodedControl,
    ]

    private static let oneCoding = "only one `chunked` and no other coding or parameter can be read in one way by all"
    private static let encodedControl = "a server that decodes the path before it writes it would end a line there"

    /// Cases below compliant that we take, each with the reason.
    static let takenHere: [String: String] = [
        "Get with a body and Content-Length:0": "says in one way that there is no body",
        "Has a CL in GET": "a body of GET is framed like any other, and framed anew upstream",
        "Has a TE in GET": "a body of GET is framed like any other, and framed anew upstream",
    ]
}
