import Kubernetes
import Logging

/// Keeps what says who we are: reads files again, runs credential programs again, before it is needed.
///
/// - Files are looked at once a minute, and when the server does not know us: tokens and authorities are rotated in
///   place. A file that cannot be read for a moment changes nothing.
/// - What a program gave is asked for anew shortly before it expires, while requests still use what is there.
/// - Whatever happens, there is one renewal at a time, and requests that need it wait for the same one.
actor CredentialKeeper {
    private let config: Kubeconfig
    private let clock: SourceClock
    private let logger: Logger
    private let runner: CredentialRunner
    private var material: CredentialMaterial?
    private var current: Credential?
    private var count: UInt64 = 0
    /// When to look again, and when it is good for nothing.
    private var lookAt: Int64 = 0
    private var goodUntil = Int64.max
    private var renewal: Task<Result<Credential, ClusterError>, Never>?
    private var lastRefused: (number: UInt64, at: Int64) = (0, 0)

    private static let filePatience: Int64 = 60_000
    /// Wait between two looks that the server's refusals ask for.
    private static let refusalPatience: Int64 = 5_000

    init(_ config: Kubeconfig, clock: SourceClock, logger: Logger) {
        self.config = config
        self.clock = clock
        self.logger = logger
        runner = CredentialRunner(config)
    }

    /// What a request that is sent now carries.
    func credential() async throws(ClusterError) -> Credential {
        let now = clock.now()
        guard let current, now < goodUntil else { return try await renewed() }
        if now >= lookAt, renewal == nil {
            // Programs take their time, and what is there is still good.
            if isProgram { startRenewal() } else { return try await renewed() }
        }
        return current
    }

    /// The server did not know a credential. True when there is another one now, with which to try again.
    func refused(_ number: UInt64) async -> Bool {
        if let current, current.number > number { return true }
        let now = clock.now()
        guard number > lastRefused.number || now - lastRefused.at >= Self.refusalPatience else { return false }
        lastRefused = (number, now)
        guard let new = try? await renewed() else { return false }
        // A program may give the same words again, and mean them.
        return new.number > number || isProgram
    }

    private var isProgram: Bool {
        if case .program = config.identity { true } else { false }
    }

    private func renewed() async throws(ClusterError) -> Credential {
        try await (renewal ?? startRenewal()).value.get()
    }

    @discardableResult private func startRenewal() -> Task<Result<Credential, ClusterError>, Never> {
        let task = Task { await self.renew() }
        renewal = task
        return task
    }

    private func renew() async -> Result<Credential, ClusterError> {
        defer { renewal = nil }
        let result: Result<Credential, ClusterError>
        do {
            let (material, expires) = try await gather()
            result = .success(try take(material, expires))
        } catch {
            lookAt = clock.now() + Self.filePatience / 6
            logger.warning("credentials for the API server cannot be renewed", metadata: ["reason": "\(error)"])
            // What was good a moment ago is better than nothing, while it lasts.
            guard let current, clock.now() < goodUntil else { return .failure(error) }
            result = .success(current)
        }
        return result
    }

    private func take(_ new: CredentialMaterial, _ expires: Int64?) throws(ClusterError) -> Credential {
        let now = clock.now()
        let life = expires.map { max(0, $0 - clock.today()) * 1000 }
        goodUntil = life.map { now + $0 } ?? .max
        lookAt = isProgram ? life.map { now + $0 - min(60_000, $0 / 5) } ?? .max : now + Self.filePatience
        if let current, new == material { return current }
        let tls = try new.tls(skipsVerification: config.skipsVerification)
        if material != nil { logger.info("credentials for the API server have changed") }
        count += 1
        material = new
        let credential = Credential(number: count, headers: headers(new), tls: tls)
        current = credential
        return credential
    }

    private func headers(_ material: CredentialMaterial) -> [(name: String, value: SecretBytes)] {
        var headers = material.authorization.map { [(name: "authorization", value: $0)] } ?? []
        if let user = config.actsAs { headers.append(("impersonate-user", SecretBytes(Array(user.utf8)))) }
        headers += config.actsInGroups.map { ("impersonate-group", SecretBytes(Array($0.utf8))) }
        return headers
    }

    private func gather() async throws(ClusterError) -> (CredentialMaterial, expires: Int64?) {
        var material = CredentialMaterial()
        material.authorities = try bytes(config.authorities, "certificate-authority")?.reveal { $0 }
        material.certificate = try bytes(config.certificate, "client-certificate")
        material.key = try bytes(config.key, "client-key")
        switch config.identity {
        case .anonymous: break
        case .token(let token): material.authorization = Self.bearer(token)
        case .tokenFile(let path): material.authorization = Self.bearer(try bytes(.file(path), "tokenFile"))
        case .password(let user, let password):
            material.authorization = SecretBytes(
                Array("Basic ".utf8) + encodeBase64(Array("\(user):".utf8) + password.reveal { $0 }))
        case .program(let program):
            let answer = try await runner.run(program)
            material.authorization = answer.token.flatMap(Self.bearer)
            if let certificate = answer.certificate {
                material.certificate = certificate
                material.key = answer.key
            }
            return (material, answer.expires)
        }
        return (material, nil)
    }

    private func bytes(_ source: Kubeconfig.Material?, _ field: String) throws(ClusterError) -> SecretBytes? {
        switch source {
        case nil: return nil
        case .inline(let bytes): return bytes
        case .file(let path):
            do { return SecretBytes(try ClusterLocation.read(path, "the file of \(field),")) } catch {
                throw ClusterError(.credentials, error.message)
            }
        }
    }

    /// A token as it is sent; line ends around it are not part of it.
    private static func bearer(_ token: SecretBytes?) -> SecretBytes? {
        token?.reveal { bytes in
            let token = bytes.filter { (0x21...0x7e).contains($0) }
            return token.isEmpty ? nil : SecretBytes(Array("Bearer ".utf8) + token)
        }
    }
}
