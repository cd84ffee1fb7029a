import Foundation
import Kubernetes
import Testing

@testable import ModelTraffic

/// A small generator that a printed seed reproduces.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// The seed of a run: SALLYPORT_SEED, or a new one.
let runSeed = ProcessInfo.processInfo.environment["SALLYPORT_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))

extension ServerCatalogue {
    /// What a request of texts would do.
    func match(_ server: ServerID, _ method: String, _ path: String, isUpgrade: Bool = false) -> EndpointMatch? {
        var (method, path) = (method, path)
        return method.withUTF8 { method in
            path.withUTF8 { path in
                match(
                    server: server, method: UnsafeRawBufferPointer(method), path: UnsafeRawBufferPointer(path),
                    isUpgrade: isUpgrade)
            }
        }
    }

    /// The same on a built-in server.
    func match(_ server: String, _ method: String, _ path: String, isUpgrade: Bool = false) throws -> EndpointMatch? {
        match(try #require(builtIn(server), "no server \(server)"), method, path, isUpgrade: isUpgrade)
    }
}

extension EndpointAutomaton {
    /// What a request of texts would do, and what that cost.
    func match(_ method: String, _ path: String, isUpgrade: Bool = false) -> (match: EndpointMatch?, steps: Int) {
        var (method, path) = (method, path)
        var steps = 0
        let match = method.withUTF8 { method in
            path.withUTF8 { path in
                MethodSlot(UnsafeRawBufferPointer(method), isUpgrade: isUpgrade).flatMap {
                    self.match($0, UnsafeRawBufferPointer(path), steps: &steps)
                }
            }
        }
        return (match, steps)
    }
}

/// A row from texts.
func row(
    _ methods: [MethodWord], _ path: String, _ classes: OperationClasses, _ dialect: Dialect? = nil
) throws -> EndpointRow {
    EndpointRow(methods: methods, path: try PathPattern(path), classes: classes, dialect: dialect)
}

/// The bytes of a path that a match says name the model.
func model(_ match: EndpointMatch?, in path: String) -> String? {
    match?.pathModel.map { String(decoding: Array(path.utf8)[$0], as: UTF8.self) }
}
