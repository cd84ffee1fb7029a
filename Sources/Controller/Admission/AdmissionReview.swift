import Kubernetes
import ModelTraffic

/// What an API server asks before it stores an object: `AdmissionReview` of admission.k8s.io/v1.
struct AdmissionReview: Sendable {
    /// What is to be done.
    enum Operation: String, Sendable {
        case create = "CREATE"
        case update = "UPDATE"
        case delete = "DELETE"
        case connect = "CONNECT"
    }

    /// Given back in the answer.
    var uid: String
    var operation: Operation
    var group: String
    var kind: String
    var namespace: String
    /// Empty where a name is to be made.
    var name: String
    /// `status`, `scale`, ...; empty: the object itself.
    var subresource: String
    var user: String
    /// As it is to be; nil: it is to go.
    var object: Value?
    /// As it was.
    var old: Value?

    /// Why a text is no question.
    struct Problem: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    /// The most bytes of a question: two objects, and what stands around them.
    static let mostBytes = 2 * DocumentLimits.documentBytes + (64 << 10)

    init(_ bytes: [UInt8]) throws(Problem) {
        let value: Value
        do { value = try Value.json(bytes) } catch { throw Problem(description: "not JSON: \(error.message)") }
        guard value["apiVersion"]?.text == "admission.k8s.io/v1", value["kind"]?.text == "AdmissionReview",
            let request = value["request"]
        else { throw Problem(description: "no AdmissionReview of admission.k8s.io/v1 with a request") }
        guard let uid = request["uid"]?.text, !uid.isEmpty, uid.utf8.count <= 256,
            let operation = request["operation"]?.text.flatMap({ Operation(rawValue: $0) }),
            let kind = request.at("kind", "kind")?.text
        else { throw Problem(description: "a request without uid, operation or kind") }
        self.uid = uid
        self.operation = operation
        self.kind = kind
        group = request.at("kind", "group")?.text ?? ""
        namespace = request["namespace"]?.text ?? ""
        name = request["name"]?.text ?? ""
        subresource = request["subResource"]?.text ?? ""
        user = request.at("userInfo", "username")?.text ?? ""
        object = Self.present(request["object"])
        old = Self.present(request["oldObject"])
    }

    private static func present(_ value: Value?) -> Value? {
        guard let value, case .map = value.content else { return nil }
        return value
    }
}

/// What is answered.
struct AdmissionVerdict: Hashable, Sendable {
    /// Why it may not be stored; nil: it may.
    var refusal: String?
    /// What the person who stores it is told.
    var warnings: [String] = []

    static let allowed = AdmissionVerdict()

    /// An API server shows so much of a warning, and of all of them together.
    private static let longestWarning = 240
    private static let mostWarnings = 10

    /// The answer.
    func body(uid: String) -> JSONLiteral {
        let status: JSONLiteral? = refusal.map {
            .object([
                "status": .string("Failure"), "message": .string(Self.line($0, longest: 2000)),
                "reason": .string("Invalid"), "code": .integer(422),
            ])
        }
        let shown = warnings.prefix(Self.mostWarnings).map {
            JSONLiteral.string(Self.line($0, longest: Self.longestWarning))
        }
        return .object([
            "apiVersion": .string("admission.k8s.io/v1"), "kind": .string("AdmissionReview"),
            "response": .object([
                "uid": .string(uid), "allowed": .bool(refusal == nil), "status": status,
                "warnings": shown.isEmpty ? nil : .array(shown),
            ]),
        ])
    }

    /// Texts of others' objects are among these words: one line, without control characters, which become headers.
    private static func line(_ text: String, longest: Int) -> String {
        let clean = String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
        return clean.utf8.count <= longest ? clean : String(clean.prefix(longest / 4 * 3)) + "..."
    }
}
