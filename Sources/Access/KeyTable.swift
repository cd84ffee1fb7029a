import Addresses
import Crypto
import Kubernetes

/// What is known of an access key, for records; never anything secret.
public struct KeyDetails: Sendable {
    /// Name of the `AccessKey`.
    public let name: String
    /// Its namespace.
    public let namespace: String
    /// `spec.owner`; empty when it has none.
    public let owner: String
    /// Its labels.
    public let labels: [String: String]
}

/// Number of a key in one `AccessTable`.
public struct KeyIndex: Hashable, Sendable {
    let value: Int32
}

/// All access keys of a snapshot, found by digest.
///
/// Where a search goes depends on the digest alone, and nobody can choose digests; the last comparison looks at all
/// 32 bytes. So the time of a search says nothing about any key.
struct KeyTable: Sendable {
    struct Entry: Sendable {
        let details: KeyDetails
        let digest: KeyDigest
        /// Seconds since 1970; the largest number when there is no expiry.
        let expires: Int64
        /// Why the key may never be used.
        var refusal: Reason?
        /// Where it may be used; nil: it has mistakes, and may not be used at all.
        let binding: SourceBinding?
        /// For `LimiterKey.caller`.
        let limiterID: UInt128
        /// Who is charged for what is done with it.
        let spender: Spender
        /// What it opens in the console; nil: nothing.
        let console: ConsoleGrant?
    }

    /// What every request asks of its key, in one line of the processor's cache. The whole of an entry has a dozen
    /// references in it, all of which would be counted whenever it is looked at.
    private struct Core: Sendable {
        let digest: KeyDigest
        let limiterID: UInt128
        let expires: Int64
        let refusal: Reason?
        let isBound: Bool
    }

    /// By namespace, then name: the keys of a namespace stand together.
    private(set) var entries: [Entry]
    /// Of each entry.
    private var cores: [Core] = []
    /// Open-addressed, by the first word of the digest; -1: empty.
    private var slots: [Int32]
    /// The keys of each namespace.
    let namespaces: [String: Range<Int>]

    init(_ objects: Objects) {
        let broken = Set(
            objects.invalid.lazy.map(\.reference).filter { $0.kind == AccessKey.kind && $0.group == AccessKey.group }
                .map { NamespacedName($0.namespace, $0.name) })
        entries = objects.accessKeys.values.sorted { $0.key < $1.key }.compactMap { key in
            Self.entry(key, isBroken: broken.contains(key.key))
        }
        namespaces = Self.ranges(entries)
        var size = 16
        while size < entries.count * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
        for index in entries.indices { insert(index) }
        cores = entries.map { entry in
            Core(
                digest: entry.digest, limiterID: entry.limiterID, expires: entry.expires, refusal: entry.refusal,
                isBound: entry.binding?.isEverywhere != true)
        }
    }

    /// The key with that digest.
    func find(_ digest: KeyDigest) -> KeyIndex? {
        var slot = Int(truncatingIfNeeded: digest.words.0) & (slots.count - 1)
        while slots[slot] >= 0, cores[Int(slots[slot])].digest != digest { slot = (slot + 1) & (slots.count - 1) }
        return slots[slot] < 0 ? nil : KeyIndex(value: slots[slot])
    }

    /// For `LimiterKey.caller`.
    func limiterID(_ key: KeyIndex) -> UInt128 { cores[Int(key.value)].limiterID }

    /// Who is charged for what is done with it.
    func spender(_ key: KeyIndex) -> Spender { entries[Int(key.value)].spender }

    /// What is known of it, for records.
    func details(_ key: KeyIndex) -> KeyDetails { entries[Int(key.value)].details }

    /// Why the key may not be used now and from there; nil: it may.
    func refusal(_ key: KeyIndex, at place: CallerPlace, pod: PodIdentity?, nowSeconds: Int64) -> Reason? {
        let core = cores[Int(key.value)]
        if let refusal = core.refusal { return refusal }
        if nowSeconds >= core.expires { return .expiredKey }
        guard core.isBound else { return nil }
        switch entries[Int(key.value)].binding?.slip(at: place, pod: pod) {
        case nil: return nil
        case .network: return .keyNotBoundToNetwork
        case .workload: return .keyNotBoundToWorkload
        case .certificate: return .keyNotBoundToCertificate
        }
    }

    subscript(index: KeyIndex) -> Entry { entries[Int(index.value)] }

    private static func entry(_ key: AccessKey, isBroken: Bool) -> Entry? {
        // Decoding gives 32 bytes always; anything else could never be found.
        guard let digest = KeyDigest(bytes: key.sha256) else { return nil }
        let binding = try? SourceBinding(
            networks: key.networks, workloads: key.workloads, certificates: key.certificates)
        return Entry(
            details: KeyDetails(
                name: key.metadata.name, namespace: key.metadata.namespace, owner: key.owner ?? "",
                labels: key.metadata.labels),
            digest: digest, expires: key.expires ?? .max,
            refusal: isBroken || binding == nil ? .invalidKey : key.revoked ? .revokedKey : nil,
            binding: binding,
            limiterID: identity(key.metadata.namespace, key.metadata.name),
            spender: Spender(kind: AccessKey.kind, namespace: key.metadata.namespace, name: key.metadata.name),
            console: key.console)
    }

    private static func ranges(_ entries: [Entry]) -> [String: Range<Int>] {
        var ranges: [String: Range<Int>] = [:]
        for (index, entry) in entries.enumerated() {
            let start = ranges[entry.details.namespace]?.lowerBound ?? index
            ranges[entry.details.namespace] = start..<(index + 1)
        }
        return ranges
    }

    /// Two keys with one digest are one key with two meanings: neither may be used.
    private mutating func insert(_ index: Int) {
        let slot = slot(entries[index].digest)
        guard slots[slot] >= 0 else {
            slots[slot] = Int32(index)
            return
        }
        entries[index].refusal = .duplicateKey
        entries[Int(slots[slot])].refusal = .duplicateKey
    }

    /// Where a digest is, or belongs, while the table is made.
    private func slot(_ digest: KeyDigest) -> Int {
        var slot = Int(truncatingIfNeeded: digest.words.0) & (slots.count - 1)
        while slots[slot] >= 0, entries[Int(slots[slot])].digest != digest { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}

/// 128 bits that stand for these names wherever names would be too long.
func identity(_ names: String...) -> UInt128 {
    var hash = SHA256()
    for name in names { hash.update(data: Array(name.utf8) + [0]) }
    return hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: UInt128.self) }
}

/// A set of keys of one namespace, one bit each.
struct KeySet: Sendable {
    private let base: Int
    private var words: [UInt64]

    init(_ range: Range<Int>) {
        base = range.lowerBound
        words = Array(repeating: 0, count: (range.count + 63) / 64)
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// `index` must be in the range.
    mutating func insert(_ index: Int) {
        words[(index - base) / 64] |= 1 << UInt64((index - base) % 64)
    }

    func contains(_ index: KeyIndex) -> Bool {
        let offset = Int(index.value) - base
        guard offset >= 0, offset / 64 < words.count else { return false }
        return words[offset / 64] >> UInt64(offset % 64) & 1 == 1
    }
}
