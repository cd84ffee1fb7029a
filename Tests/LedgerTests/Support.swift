import Access
import Foundation
import Kubernetes
import Logging
import Testing

@testable import Ledger

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// 2026-11-25T16:00:00Z.
let noon: Int64 = 1_795_622_400_000
let hourly = SpendWindow.calendar(.hour)
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A generator that a printed seed reproduces.
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

/// A line with as little as it takes.
func line(
    _ account: UInt128 = 1, limit: Int64, window: SpendWindow = hourly, wanted: Int64, least: Int64? = nil,
    step: Int64? = nil, unit: SpendUnit = .tokens
) -> SpendLine {
    SpendLine(
        account: account, unit: unit, limit: limit, window: window, wanted: wanted, least: least ?? wanted, step: step,
        budget: "ai/b\(account)", subject: SpendSubject(kind: "AccessKey", namespace: "ai", name: "alice"))
}

func tokens(_ count: Int64) -> SpendAmount { SpendAmount(tokens: count) }

extension SpendBook {
    func spend(_ amount: Int64, _ line: SpendLine, now: Int64 = noon) {
        guard case .granted(let reservation) = reserve([line], now: now) else {
            Issue.record("not granted")
            return
        }
        reservation.settle(tokens(amount), now: now)
    }

    func spent(_ account: UInt128 = 1, now: Int64 = noon) -> Int64? {
        report(now: now).first { $0.line.account == account }?.spent
    }
}

/// A directory that is there for one test.
final class Folder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func mode(_ name: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)"))?[.posixPermissions] as? Int
    }
}
