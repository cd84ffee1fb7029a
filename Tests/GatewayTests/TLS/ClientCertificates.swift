import Crypto
import Foundation
import Gateway
import Kubernetes
import NIOCore
import NIOPosix
import NIOSSL
import X509

/// What a certificate of a test says; by default what a good client certificate does.
struct ClientCertificateForm {
    var names: [GeneralName] = []
    var subject: [(ASN1Type, String)] = [(.commonName, "caller")]
    var usages: [ExtendedKeyUsage.Usage]? = [.clientAuth]
    var keyUsage: KeyUsage? = KeyUsage(digitalSignature: true)
    var isAuthority = false
    /// Seconds from now.
    var from = -3600.0
    var to = 3600.0

    enum ASN1Type { case commonName, organization }
}

extension TestAuthority {
    /// A client certificate of that form; `chain` are authorities that are shown with it.
    func client(_ form: ClientCertificateForm = ClientCertificateForm(), showing chain: [TestAuthority] = []) throws
        -> CertificateSource
    {
        try Self.make(form, issuer: certificate.subject, issuerKey: key, showing: chain)
    }

    /// A client certificate that nobody but itself vouches for.
    static func selfSigned(_ form: ClientCertificateForm = ClientCertificateForm()) throws -> CertificateSource {
        try make(form, issuer: nil, issuerKey: nil, showing: [])
    }

    private static func make(
        _ form: ClientCertificateForm, issuer: DistinguishedName?, issuerKey: Certificate.PrivateKey?,
        showing chain: [TestAuthority]
    ) throws -> CertificateSource {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try DistinguishedName {
            for (type, text) in form.subject {
                switch type {
                case .commonName: CommonName(text)
                case .organization: OrganizationName(text)
                }
            }
        }
        let leaf = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSinceNow: form.from), notValidAfter: Date(timeIntervalSinceNow: form.to),
            issuer: issuer ?? subject, subject: subject,
            extensions: try Certificate.Extensions {
                if form.isAuthority {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                } else {
                    Critical(BasicConstraints.notCertificateAuthority)
                }
                if let usages = form.usages { try ExtendedKeyUsage(usages) }
                if let keyUsage = form.keyUsage { Critical(keyUsage) }
                if !form.names.isEmpty { SubjectAlternativeNames(form.names) }
            }, issuerPrivateKey: issuerKey ?? key)
        let pem = try ([leaf] + chain.map(\.certificate)).map { try $0.serializeAsPEM().pemString }
        return CertificateSource(
            name: "Secret test/client", chain: SecretBytes(Array(pem.joined(separator: "\n").utf8)),
            key: SecretBytes(Array(try key.serializeAsPEM().pemString.utf8)))
    }

    /// The leaf of a source, in DER.
    static func der(_ source: CertificateSource) throws -> [UInt8] {
        let chain = try source.chain.reveal { try NIOSSLCertificate.fromPEMBytes($0) }
        return try chain[0].toDERBytes()
    }
}

/// A client of one version of TLS, which may show a certificate.
struct SessionClient {
    let authority: TestAuthority
    var version = TLSVersion.tlsv13
    var certificate: CertificateSource?
    var protocols = ["http/1.1"]

    /// What the server of the test says about the session; nil: it refused.
    func line(port: Int, name: String = "a.example.com") async throws -> String? {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = version
        configuration.maximumTLSVersion = version
        configuration.applicationProtocols = protocols
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(try authority.pem))
        if let certificate {
            configuration.certificateChain = try certificate.chain.reveal {
                try NIOSSLCertificate.fromPEMBytes($0).map { .certificate($0) }
            }
            configuration.privateKey = .privateKey(
                try certificate.key.reveal { try NIOSSLPrivateKey(bytes: $0, format: .pem) })
        }
        let context = try NIOSSLContext(configuration: configuration)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let line = loop.makePromise(of: String?.self)
        let channel = try await ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = try NIOSSLClientHandler(context: context, serverHostname: name)
                try channel.pipeline.syncOperations.addHandlers([tls, FirstLine(line)])
            }
        }
        .connect(host: "127.0.0.1", port: port).get()
        channel.writeAndFlush(ByteBuffer(string: "x\n"), promise: nil)
        let result = try await line.futureResult.get()
        try? await channel.close()
        return result
    }

    private final class FirstLine: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let line: EventLoopPromise<String?>
        private var text = ""

        init(_ line: EventLoopPromise<String?>) { self.line = line }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            if let end = text.firstIndex(of: "\n") { line.succeed(String(text[..<end])) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) { line.succeed(nil) }
    }
}
