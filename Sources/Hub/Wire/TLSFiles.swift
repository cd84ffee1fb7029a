import GRPCNIOTransportHTTP2
import NIOCertificateReloading

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files with which one side of a connection proves who it is, and by which it knows the other.
public struct TLSFiles: Sendable, Hashable {
    /// Own certificate, with those between it and its authority, in PEM.
    public var certificate: String
    /// Its key, in PEM.
    public var key: String
    /// Authorities that vouch for the other side, in PEM.
    public var authority: String

    /// Three files.
    public init(certificate: String, key: String, authority: String) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
    }

    /// What changes when any of the files does.
    func signature() -> [Int64] {
        [certificate, key, authority].flatMap { path -> [Int64] in
            var info = stat()
            guard stat(path, &info) == 0 else { return [0] }
            #if canImport(Glibc)
                let time = info.st_mtim
            #else
                let time = info.st_mtimespec
            #endif
            return [Int64(info.st_ino), Int64(info.st_size), Int64(time.tv_sec), Int64(time.tv_nsec)]
        }
    }

    /// A server that lets in only those who have a certificate by the authority. It goes on with newer files of its own
    /// certificate; for other authorities a new one is made (`AuthorityWatch`).
    func serverSecurity(
        reloader: TimedCertificateReloader
    ) throws -> HTTP2ServerTransport.Posix.TransportSecurity {
        try .mTLS(certificateReloader: reloader) { tls in
            tls.trustRoots = .certificates([.file(path: authority, format: .pem)])
            tls.clientCertificateVerification = .noHostnameVerification
            tls.requireALPN = true
        }
    }

    func reloader(every interval: Duration) throws -> TimedCertificateReloader {
        try KeyFile.reloader(certificate: certificate, key: key, every: interval)
    }

    /// A client that checks the server's name.
    var clientSecurity: HTTP2ClientTransport.Posix.TransportSecurity {
        .mTLS(
            certificateChain: [.file(path: certificate, format: .pem)], privateKey: .file(path: key, format: .pem)
        ) { tls in
            tls.trustRoots = .certificates([.file(path: authority, format: .pem)])
            tls.serverCertificateVerification = .fullVerification
        }
    }
}
