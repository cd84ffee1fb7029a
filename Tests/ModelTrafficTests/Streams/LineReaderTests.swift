import Testing

@testable import ModelTraffic

@Suite struct LineReaderTests {
    @Test(arguments: [
        ("{}\n", ["|{}"]), ("{}\r\n[]\n", ["|{}", "|[]"]), ("\n\r\n\n1\n", ["|1"]), ("a\rb\n", ["|a\rb"]),
        ("a\r\r\n", ["|a\r"]), ("a", []), ("", []),
        ("a\n\nb\nc", ["|a", "|b"]), (" \n", ["| "]), ("é\t\u{0}\n", ["|é\t\u{0}"]),
    ])
    func lines(_ text: String, _ expected: [String]) {
        let bytes = Array(text.utf8)
        for cuts in [[]] + (0...bytes.count).map({ [$0] }) + [Array(0..<bytes.count)] {
            let heard = hearLines(bytes, cuts: cuts)
            #expect(heard == hearLines(bytes) && heard.events == expected, "\(text.debugDescription) cut at \(cuts)")
        }
    }

    @Test func endsAndTheLastLine() {
        #expect(hearLines(Array("{}\r\n\n[1]\n2".utf8), cuts: [6]).ends == [4, 9])
        for (text, expected) in [
            ("1\n2", ["|1", "|2"]), ("1\n2\r", ["|1", "|2"]), ("1\n", ["|1"]), ("", []), ("\r", []),
        ] {
            for cut in 0...text.utf8.count {
                #expect(hearLines(Array(text.utf8), cuts: [cut], finish: true).events == expected)
            }
        }
    }

    @Test func linesThatAreTooLong() {
        let ten = String(repeating: "x", count: 10)
        for (text, expected) in [
            (ten + "\n1\n", ["|" + ten, "|1"]), (ten + "\r\n1\n", ["|" + ten, "|1"]),
            (ten + "y\n1\n", ["too long", "|1"]), (ten + "y\r\n1\n", ["too long", "|1"]),
            (ten + "\rz\n1\n", ["too long", "|1"]), (ten + ten + ten + "\n\n" + ten + "\n", ["too long", "|" + ten]),
        ] {
            let bytes = Array(text.utf8)
            for cuts in [[]] + (0...bytes.count).map({ [$0] }) + [Array(0..<bytes.count)] {
                #expect(
                    hearLines(bytes, cuts: cuts, limit: 10).events == expected,
                    "\(text.debugDescription) cut at \(cuts)")
            }
        }
    }
}
