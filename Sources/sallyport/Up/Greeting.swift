import Access
import Foundation

/// What `up` says once the door is open: where it is, how to trust it, how to call it.
struct Greeting {
    /// The server behind the door, with --protect.
    struct Protected {
        var upstream: Upstream
        var server: ServerKind
        var newKey: AccessKeyText?
        var directory: String
    }

    /// Base URLs of the listeners.
    var addresses: [String]
    /// Directory of the objects.
    var directory: String
    var objectCount: Int
    var mistakeCount: Int
    /// Where the pages for operators are.
    var admin: String
    /// Address that opens the console, once; nil: there is none.
    var console: String?
    /// Path of the state directory.
    var state: String
    /// Path of the local authority's certificate; nil: no TLS from it.
    var authority: String?
    var protected: Protected?

    /// For programs.
    struct Report: Encodable {
        var version = Version.text
        var addresses: [String]
        var admin: String
        /// The console, by a link that opens it once.
        var console: String?
        var objects: String
        var records: String
        var certificateAuthority: String?
        var server: String?
        var upstream: String?
        /// The key that was made; this is the one time it is shown.
        var key: String?
    }

    var report: Report {
        Report(
            addresses: addresses, admin: "http://\(admin)", console: console, objects: directory,
            records: "\(state)/records.jsonl",
            certificateAuthority: authority, server: protected?.server.rawValue, upstream: protected?.upstream.text,
            key: protected?.newKey?.reveal { $0 })
    }

    /// For people.
    func lines(_ terminal: Terminal) -> [String] {
        var lines: [String] = []
        if addresses.isEmpty {
            lines.append("Nothing is served: there is no Gateway with a listener in \(directory).")
        }
        for address in addresses {
            let behind = protected.map { " in front of \($0.server.rawValue) at \($0.upstream.text)" } ?? ""
            lines.append("Front door: \(terminal.styled(address, .strong))\(behind)")
        }
        let mistakes = mistakeCount == 0 ? "" : ", \(Words.count(mistakeCount, "mistake")) (see `sallyport status`)"
        lines.append("  objects  \(directory): \(Words.count(objectCount, "object"))\(mistakes)")
        lines.append("  records  \(state)/records.jsonl")
        lines.append("  admin    http://\(admin): /healthz /readyz /metrics /status")
        if let console { lines.append("  console  \(terminal.styled(console, .strong))") }
        if let authority {
            lines.append("  trust    \(authority), the local authority: curl --cacert FILE, SSL_CERT_FILE=FILE")
        }
        if let protected { lines += calls(protected, terminal) }
        return lines
    }

    private func calls(_ protected: Protected, _ terminal: Terminal) -> [String] {
        var lines = [""]
        if let key = protected.newKey {
            lines += ["Access key, shown this once:", ""]
            key.reveal { lines.append("  export SALLYPORT_KEY=\(terminal.styled($0, .strong))") }
        } else {
            lines += [
                "Access keys are in \(protected.directory)/keys; only their hashes are kept. Another one:", "",
                "  sallyport keys create NAME --dir \(Shell.quoted(protected.directory))",
            ]
        }
        guard let address = addresses.first else { return lines }
        let isAnthropic = protected.server == .anthropic
        lines += ["", "With curl:", ""] + curl(address, protected.server)
        lines += ["", "In Python, with the library of \(isAnthropic ? "Anthropic" : "OpenAI"):", ""]
        return lines + python(address, isAnthropic: isAnthropic)
    }

    private func curl(_ address: String, _ server: ServerKind) -> [String] {
        let trust = authority.map { "--cacert \(Shell.quoted($0)) " } ?? ""
        let start = "  curl \(trust)-H \"Authorization: Bearer $SALLYPORT_KEY\" \(address)"
        return [
            start + server.modelList, start + server.example.path + " \\",
            "    -H 'Content-Type: application/json' -d '\(server.example.body)'",
        ]
    }

    private func python(_ address: String, isAnthropic: Bool) -> [String] {
        let module = isAnthropic ? "anthropic" : "openai"
        let base = isAnthropic ? address : address + "/v1"
        var lines = ["import os, \(module)" + (authority == nil ? "" : ", ssl")]
        if let authority { lines.append("trust = ssl.create_default_context(cafile=\(Python.quoted(authority)))") }
        let client = authority == nil ? "" : ", http_client=\(module).DefaultHttpxClient(verify=trust)"
        let type = isAnthropic ? "Anthropic" : "OpenAI"
        let arguments = #"base_url="\#(base)", api_key=os.environ["SALLYPORT_KEY"]\#(client)"#
        lines += ["client = \(module).\(type)(\(arguments))", "print(client.models.list().data)"]
        return lines.map { "  \($0)" }
    }
}

/// Words of a shell.
enum Shell {
    /// The text as one word.
    static func quoted(_ text: String) -> String {
        let plain = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "/._-:@%+=,".unicodeScalars.contains(scalar))
        }
        return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}

/// Words of Python.
enum Python {
    /// The text as a string literal.
    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
