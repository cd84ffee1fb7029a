import Kubernetes

/// Puts a staged policy into force in the text of its file, or stages it again, and leaves every other byte as it was.
///
/// The value of the annotation `sallyport.dev/enforcement` is replaced where it stands. Whether it is the right place is
/// not guessed from how the text looks: the changed text is read, and every object and every mistake in it must be what it
/// was, but for this one policy.
public struct EnforcementEdit: Sendable {
    /// What the annotation says.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// It is only watched.
        case staged
        /// It decides.
        case enforced
    }

    /// Why nothing was changed.
    public enum Failure: Error, Hashable, Sendable {
        /// The file has no such policy without mistakes.
        case notFound
        /// It is so already.
        case isSo(Mode)
        /// It is not written in a way that can be edited: the annotation is in an alias, or written with escapes.
        case notEditable(Position?)

        /// Half a sentence.
        public var words: String {
            switch self {
            case .notFound: "there is no such policy in the file, or it has mistakes"
            case .isSo(let mode): "the policy is \(mode.rawValue) already"
            case .notEditable(let position):
                "the annotation \(enforcementAnnotation) of the policy"
                    + (position.map { " at \($0)" } ?? "")
                    + " is written in a way that cannot be edited: change it by hand"
            }
        }
    }

    /// The policy.
    public let reference: ObjectReference
    /// Path of the file; `.json` is read as JSON.
    public let file: String

    /// An edit of that policy in that file.
    public init(_ reference: ObjectReference, file: String) {
        self.reference = reference
        self.file = file
    }

    /// Places that are tried.
    private static let mostTries = 256

    /// The changed file.
    public func apply(_ mode: Mode, to bytes: [UInt8]) throws(Failure) -> [UInt8] {
        let before = Reading(bytes, file)
        guard let object = before.objects[reference] else { throw .notFound }
        let isStaged = object.annotations[enforcementAnnotation] == Mode.staged.rawValue
        guard isStaged != (mode == .staged) else { throw .isSo(mode) }
        let current = isStaged ? Mode.staged : .enforced
        // The first place behind the beginning of the object is nearly always the right one.
        let start = object.position.flatMap { Self.offset(ofLine: $0.line, in: bytes) } ?? 0
        let places = Self.places(of: current, in: bytes)
        let ordered = places.filter { $0.lowerBound >= start } + places.filter { $0.lowerBound < start }
        for place in ordered.prefix(Self.mostTries) {
            var changed = bytes
            changed.replaceSubrange(place, with: Array(mode.rawValue.utf8))
            if Reading(changed, file).isSame(as: before, but: reference, mode) { return changed }
        }
        throw .notEditable(object.position)
    }

    /// Where a value of the annotation stands that is this one.
    private static func places(of mode: Mode, in bytes: [UInt8]) -> [Range<Int>] {
        let key = Array(enforcementAnnotation.utf8)
        let value = Array(mode.rawValue.utf8)
        var found: [Range<Int>] = []
        var index = 0
        while index + key.count <= bytes.count {
            guard bytes[index] == key[0], bytes[index..<(index + key.count)].elementsEqual(key) else {
                index += 1
                continue
            }
            index += key.count
            var place = index
            func skip(_ wanted: String) { while place < bytes.count, wanted.utf8.contains(bytes[place]) { place += 1 } }
            skip("\"' \t")
            guard place < bytes.count, bytes[place] == UInt8(ascii: ":") else { continue }
            place += 1
            skip("\"' \t\r\n")
            guard place + value.count <= bytes.count, bytes[place..<(place + value.count)].elementsEqual(value) else {
                continue
            }
            found.append(place..<(place + value.count))
        }
        return found
    }

    private static func offset(ofLine line: Int, in bytes: [UInt8]) -> Int? {
        var left = line - 1
        guard left > 0 else { return 0 }
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            left -= 1
            if left == 0 { return index + 1 }
        }
        return nil
    }
}

/// What a file says of policies that may be staged, and how much else it says.
private struct Reading {
    /// Metadata of each policy.
    let objects: [ObjectReference: ObjectMeta]
    private let counts: [Int]

    init(_ bytes: [UInt8], _ file: String) {
        let snapshot = ObjectDecoder.snapshot(files: [(file, bytes)], revision: 1)
        let all = snapshot.objects
        objects = all.stageable
        counts = [
            all.count, all.invalid.count, snapshot.mistakes.count, snapshot.notes.count, snapshot.unreadable.count,
        ]
    }

    func isSame(as before: Reading, but reference: ObjectReference, _ mode: EnforcementEdit.Mode) -> Bool {
        guard counts == before.counts, objects.count == before.objects.count else { return false }
        return before.objects.allSatisfy { name, meta in
            var expected = meta
            if name == reference { expected.annotations[enforcementAnnotation] = mode.rawValue }
            guard let found = objects[name] else { return false }
            expected.position = found.position
            return found == expected
        }
    }
}

extension Objects {
    /// Metadata of every policy that can be staged.
    public var stageable: [ObjectReference: ObjectMeta] {
        var found: [ObjectReference: ObjectMeta] = [:]
        func add<T: KubernetesObject>(_ kind: [NamespacedName: T]) {
            for object in kind.values { found[object.reference] = object.metadata }
        }
        add(accessPolicies)
        add(budgets)
        add(networkPolicies)
        add(clusterNetworkPolicies)
        add(adminNetworkPolicies)
        add(baselineAdminNetworkPolicies)
        add(calicoNetworkPolicies)
        add(calicoGlobalNetworkPolicies)
        return found
    }
}
