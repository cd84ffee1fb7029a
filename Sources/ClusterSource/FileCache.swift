import Kubernetes

/// What is known of every file, kept from change to change, so that only changed files are read and decoded again.
///
/// The rules for files that break live here: what was read once is kept until it can be read again or is gone.
struct FileCache {
    /// What one file is worth at the moment.
    private struct Entry {
        var identity: FileIdentity?
        var content: ContentHash?
        /// What the file says, or said when it last could be read.
        var decoded: DecodedFile
        /// The last text of it that could be read.
        var lastGood: DecodedFile?
        /// True when its text changed so shortly before it was read that the next change could look the same.
        var isRacy = false
    }

    private var entries: [String: Entry] = [:]
    /// Why the root cannot be read, when it cannot.
    private var rootFailure: String?
    /// True when the root was there once.
    private var hasSeenRoot = false

    /// How many files were decoded since the start: what tests count instead of time.
    private(set) var decodeCount = 0

    /// Brings the cache up to date with a tree. True when a file's content, or whether it can be read, changed.
    mutating func update(_ tree: FileTree, now: Int64, read: (String) throws(FileProblem) -> [UInt8]) -> Bool {
        guard !tree.isRootMissing else { return loseRoot(tree.failures["."] ?? "") }
        hasSeenRoot = true
        var changed = rootFailure != nil
        rootFailure = nil
        for path in entries.keys where tree.files[path] == nil && !tree.hides(path) {
            entries[path] = nil
            changed = true
        }
        for (path, identity) in tree.files {
            changed = update(path, identity, now: now, read: read) || changed
        }
        for (path, reason) in tree.failures {
            changed = fail(path, reason) || changed
        }
        return changed
    }

    /// The state as one snapshot.
    func snapshot(revision: UInt64) -> Snapshot {
        var files = entries.sorted { $0.key < $1.key }.map(\.value.decoded)
        if let rootFailure {
            let broken = DecodedFile.unreadable(file: ".", reason: rootFailure)
            // A directory that was there and is gone is a slip or a swap, not the wish to have no objects.
            files.append(hasSeenRoot ? ObjectDecoder.decode([], file: ".").keeping(mistakesOf: broken) : broken)
        }
        return ObjectDecoder.combine(files, revision: revision)
    }

    private mutating func loseRoot(_ reason: String) -> Bool {
        defer { rootFailure = reason }
        return rootFailure == nil
    }

    private mutating func update(
        _ path: String, _ identity: FileIdentity, now: Int64, read: (String) throws(FileProblem) -> [UInt8]
    ) -> Bool {
        if let entry = entries[path], entry.identity == identity, !entry.isRacy { return false }
        let bytes: [UInt8]
        do {
            bytes = try read(path)
        } catch {
            if error.isGone { return entries.removeValue(forKey: path) != nil }
            return fail(path, error.reason)
        }
        let isRacy = now - max(identity.modified, identity.changed) < 2_000_000_000
        let content = ContentHash(bytes)
        guard entries[path]?.content != content else {
            entries[path]?.identity = identity
            entries[path]?.isRacy = isRacy
            return false
        }
        decodeCount += 1
        let decoded = ObjectDecoder.decode(bytes, file: path)
        replace(path, with: decoded)
        entries[path]?.identity = identity
        entries[path]?.content = content
        entries[path]?.isRacy = isRacy
        return true
    }

    /// Takes over what was decoded; when that is nothing, keeps what was there and adds why.
    private mutating func replace(_ path: String, with decoded: DecodedFile) {
        let old = entries[path]?.lastGood
        if decoded.isReadable {
            entries[path] = Entry(decoded: decoded, lastGood: decoded)
        } else {
            entries[path] = Entry(decoded: old?.keeping(mistakesOf: decoded) ?? decoded, lastGood: old)
        }
    }

    private mutating func fail(_ path: String, _ reason: String) -> Bool {
        let decoded = DecodedFile.unreadable(file: path, reason: reason)
        let before = entries[path]
        replace(path, with: decoded)
        return before == nil || before?.identity != nil || before?.decoded.mistakes != entries[path]?.decoded.mistakes
    }
}

extension FileTree {
    /// True when a path could not be looked at, so that it may still be there.
    fileprivate func hides(_ path: String) -> Bool {
        failures.keys.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}

/// 128 bits that tell texts apart; seeded by the process, so nobody outside can make two that agree.
struct ContentHash: Hashable, Sendable {
    private let first: Int
    private let second: Int

    init(_ bytes: [UInt8]) {
        func hash(_ salt: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(salt)
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
            return hasher.finalize()
        }
        first = hash(1)
        second = hash(2)
    }
}
