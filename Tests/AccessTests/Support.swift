import Addresses
import Kubernetes
import Testing

@testable import Access

/// A generator with a printed seed, so that a failure can be run again: `SALLYPORT_TEST_SEED=N`.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Objects from YAML, which must have no mistakes unless told otherwise.
func objects(_ yaml: String, mayHaveMistakes: Bool = false) -> Objects {
    let snapshot = ObjectDecoder.snapshot(files: [("test.yaml", Array(yaml.utf8))], revision: 1)
    if !mayHaveMistakes { #expect(snapshot.mistakes.isEmpty, "\(snapshot.mistakes)") }
    return snapshot.objects
}

/// The text of the key with that number, always the same.
func keyText(_ number: UInt64) -> AccessKeyText {
    var generator = SeededGenerator(seed: number)
    return AccessKeyText.generate(using: &generator)
}

/// An `AccessKey` as YAML; `spec` are further lines of it.
func key(
    _ name: String, _ number: UInt64, namespace: String = "ai", labels: String = "{}", spec: [String] = []
) -> String {
    let more = spec.map { "  \($0)\n" }.joined()
    return """
        ---
        apiVersion: sallyport.dev/v1alpha1
        kind: AccessKey
        metadata: {name: \(name), namespace: \(namespace), labels: \(labels)}
        spec:
          sha256: \(keyText(number).digest.hexadecimal)
        \(more)
        """
}

/// An `AccessPolicy` as YAML; rules are written as a list, indented by two.
func policy(
    _ name: String, namespace: String = "ai", targets: [String] = ["kind: HTTPRoute, name: chat"], rules: String,
    metadata: String = ""
) -> String {
    let refs = targets.map { "  - {group: gateway.networking.k8s.io, \($0)}\n" }.joined()
    return """
        ---
        apiVersion: sallyport.dev/v1alpha1
        kind: AccessPolicy
        metadata: {name: \(name), namespace: \(namespace)\(metadata)}
        spec:
          targetRefs:
        \(refs)  rules:
        \(rules)

        """
}

let staged = ", annotations: {sallyport.dev/enforcement: staged}"

/// A Gateway `front` with listeners `web` and `api`, and a route `chat` with rules `talk` and one without a name.
let gatewayAndRoute = """
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: front, namespace: ai}
    spec:
      gatewayClassName: sallyport
      listeners:
      - {name: web, port: 80, protocol: HTTP}
      - {name: api, port: 81, protocol: HTTP}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: chat, namespace: ai}
    spec:
      parentRefs: [{name: front}]
      rules:
      - name: talk
        backendRefs: [{name: ollama, port: 11434}]
      - backendRefs: [{name: ollama, port: 11434}]

    """

/// What a decision was, as plain values: `Decision` cannot be copied.
struct Verdict: Equatable {
    var reason: Reason?
    var retryAfterSeconds: Int?
    var basis: Basis

    static func == (a: Self, b: Self) -> Bool { a.reason == b.reason }
}

/// A table with its limiters, asked with plain values.
struct Door {
    let table: AccessTable
    var limiters = LimiterRegistry()

    init(_ yaml: String, mayHaveMistakes: Bool = false, revision: UInt64 = 1) {
        table = AccessTable(objects(yaml, mayHaveMistakes: mayHaveMistakes), revision: revision)
    }

    func place(
        listener: String = "web", route: String = "chat", namespace: String = "ai", gateway: String = "ai/front",
        rule: String? = "talk"
    ) -> PolicyID {
        let parts = gateway.split(separator: "/").map(String.init)
        return table.policy(
            gateway: NamespacedName(parts[0], parts[1]), listener: listener,
            route: ObjectReference(
                group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: namespace, name: route),
            rule: rule)
    }

    func caller(
        _ headers: [(String, String)], from source: String, certificate: ClientIdentity? = nil, now: Int64 = 1_000
    ) -> Caller {
        var credentials = Credentials()
        for (name, value) in headers {
            let name = Array(name.utf8)
            let value = Array(value.utf8)
            name.withUnsafeBytes { name in
                value.withUnsafeBytes { value in _ = credentials.offer(name: name, value: value) }
            }
        }
        var cache = TokenCache(capacity: 16)
        return table.authenticate(
            credentials, at: CallerPlace(source: Address(source)!, certificate: certificate), cache: &cache,
            nowSeconds: now)
    }

    func decide(
        _ caller: Caller, at place: PolicyID? = nil, from source: String = "10.0.0.1", _ method: String = "POST",
        _ path: String = "/api/chat", operation: Operation = Operation(), nanoseconds: Int64 = 0
    ) -> Decision {
        let method = copy(method)
        let path = copy(path)
        defer {
            method.deallocate()
            path.deallocate()
        }
        return table.authorize(
            place ?? self.place(), caller,
            AccessRequest(
                source: Address(source)!, method: UnsafeRawBufferPointer(method), path: UnsafeRawBufferPointer(path),
                operation: operation),
            limiters: limiters, nowNanoseconds: nanoseconds)
    }

    /// `Decision` cannot be returned out of `withUnsafeBytes`.
    private func copy(_ text: String) -> UnsafeMutableRawBufferPointer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
        bytes.copyBytes(from: text.utf8)
        return bytes
    }

    /// Asks once and gives any place back.
    func ask(
        key number: UInt64? = nil, headers: [(String, String)]? = nil, at place: PolicyID? = nil,
        from source: String = "10.0.0.1", _ method: String = "POST", _ path: String = "/api/chat",
        operation: Operation = Operation(), now: Int64 = 1_000, nanoseconds: Int64 = 0
    ) -> Verdict {
        let sent = headers ?? number.map { [("authorization", "Bearer " + keyText($0).reveal { $0 })] } ?? []
        let caller = caller(sent, from: source, now: now)
        switch decide(caller, at: place, from: source, method, path, operation: operation, nanoseconds: nanoseconds) {
        case .permitted(let permit): return Verdict(reason: nil, retryAfterSeconds: nil, basis: permit.basis)
        case .denied(let denial, let basis):
            return Verdict(reason: denial.reason, retryAfterSeconds: denial.retryAfterSeconds, basis: basis)
        }
    }
}
