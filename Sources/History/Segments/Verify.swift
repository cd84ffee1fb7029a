import Crypto
import Foundation
import GRDB

/// What was found when every block of a history was looked at.
public struct VerifyReport: Sendable, Hashable {
    /// The first thing that is wrong.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// Path of the segment.
        public var path: String
        /// The byte of it at which the block begins.
        public var offset: UInt64
        /// Number of the first record that cannot be vouched for.
        public var sequence: UInt64
        /// What is wrong.
        public var reason: String

        /// One line that says so.
        public var description: String { "\(path), byte \(offset), from record \(sequence) on: \(reason)" }
    }

    /// What is known of who wrote it.
    public enum Signature: Sendable, Hashable {
        /// No key was given and none is there.
        case none
        /// The chain goes through so many signed places; the records up to a number are vouched for by the key.
        case good(checkpoints: Int, upTo: UInt64)
        /// What is wrong.
        case wrong(String)
    }

    /// Blocks that are as they were written.
    public var blocks = 0
    /// Records in them.
    public var records: UInt64 = 0
    /// Number of the first record of them; nil: there are none.
    public var first: UInt64?
    /// Number of the last.
    public var last: UInt64?
    /// Records that were deleted before those, because they were old or too much.
    public var retired: UInt64 = 0
    /// Records that were lost while the disk refused; the chain says so itself.
    public var skipped: UInt64 = 0
    /// Hash of the last block, in hexadecimal digits.
    public var head = ""
    /// Bytes after the last block that the tables know: what a hub that runs is writing, or one that was killed wrote.
    public var uncommitted: UInt64 = 0
    /// What is wrong; nil: nothing.
    public var problem: Problem?
    /// Signed places.
    public var signature = Signature.none

    init() {}

    /// True when nothing is wrong.
    public var isGood: Bool {
        guard problem == nil else { return false }
        if case .wrong = signature { return false }
        return true
    }
}

extension History {
    /// Looks at every block of a history, also beside a running hub: each is what its hash says, follows the one before it,
    /// and the last is the one that the tables name. What was damaged and moved aside can be looked at, too.
    ///
    /// - Parameters:
    ///   - publicKey: 64 hexadecimal digits of the key that checkpoints have to be signed with; nil: the one beside the
    ///     history, which says nothing against whoever could write that, too.
    ///   - head: a hash that was noted earlier (`HistoryStatus.head`); nil: none. The chain has to go through it.
    public static func verify(
        directory: String, publicKey: String? = nil, head: String? = nil
    ) throws(HistoryError) -> VerifyReport {
        let key = try publicKey.map { text throws(HistoryError) in
            guard let bytes = bytes(ofHexadecimal: text),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
            else { throw .wrongQuestion(reason: "a public key is 64 hexadecimal digits") }
            return key
        }
        // A segment that is deleted meanwhile is no damage: then the anchor has moved on.
        while true {
            let before = try readHead(directory)
            var walk = ChainWalk(directory, before, seeking: head)
            walk.run()
            let after = try readHead(directory)
            guard walk.report.problem != nil, after?.anchor != before?.anchor else {
                return walk.finish(key)
            }
        }
    }

    /// Nil: nothing was committed yet.
    private static func readHead(_ directory: String) throws(HistoryError) -> HeadRow? {
        let path = HistorySchema.path(directory)
        guard FileManager.default.fileExists(atPath: path) else {
            throw .cannotOpen(path: path, reason: "there is no such file; without it nobody knows where the chain ends")
        }
        do {
            return try HistorySchema.openForReading(path).read { try HeadRow.read($0) }
        } catch let error as HistoryError {
            throw error
        } catch {
            throw .failed(path: path, reason: HistorySchema.words(error))
        }
    }
}

/// Goes through all blocks of a chain, from the anchor to the head.
private struct ChainWalk: ~Copyable {
    private let directory: String
    private let head: HeadRow?
    private var reader: BlockReader
    private(set) var report = VerifyReport()
    private var place: SegmentPlace
    private var hash: [UInt8]
    private var sequence: UInt64
    /// Hashes by the number after their block, of those that checkpoints name.
    private var signed: [UInt64: [UInt8]] = [:]
    private let checkpoints: [Checkpoint]
    private let sought: String?
    private var wasFound = false

    init(_ directory: String, _ head: HeadRow?, seeking sought: String?) {
        self.directory = directory
        self.head = head
        self.sought = sought?.lowercased()
        reader = BlockReader(history: directory)
        let anchor = head?.anchor ?? HeadRow.Anchor()
        hash = anchor.hash
        sequence = max(1, anchor.sequence)
        place = SegmentPlace(segment: anchor.segment + 1, offset: 0)
        checkpoints = CheckpointFile.read(directory)
        report.retired = sequence - 1
        wasFound = hexadecimal(anchor.hash) == self.sought
    }

    mutating func run() {
        guard let head else { return }
        while place != head.end {
            guard let length = reader.length(of: place.segment) else { return wrong("the file is missing") }
            if place.offset == length, place.offset > 0, place.segment < head.end.segment {
                place = SegmentPlace(segment: place.segment + 1, offset: 0)
                continue
            }
            guard place.segment < head.end.segment || place.offset < head.end.offset else {
                return wrong("the chain does not end where the tables say")
            }
            guard look() else { return }
        }
        guard hash == head.hash else { return wrong("the last block is not the one that the tables name") }
        guard sequence == head.sequence else {
            // Numbers after the last block that have no record: they were lost, and nothing came since.
            report.skipped += head.sequence - min(sequence, head.sequence)
            return
        }
        countUncommitted(head)
    }

    private mutating func look() -> Bool {
        do {
            let (header, found, data) = try reader.raw(at: place)
            guard header.previous == hash else {
                wrong("the block does not follow the one before it")
                return false
            }
            guard header.first == sequence + header.skipped else {
                wrong("the block begins with record \(header.first)")
                return false
            }
            _ = try BlockReader.unpacked(header, data)
            report.blocks += 1
            report.records += UInt64(header.count)
            report.skipped += header.skipped
            report.first = report.first ?? header.first
            sequence = header.first + UInt64(header.count)
            report.last = sequence - 1
            hash = found
            place.offset += UInt64(BlockHeader.size + data.count)
            signed[sequence] = hash
            if let sought, hexadecimal(hash) == sought { wasFound = true }
            return true
        } catch {
            wrong(error.words)
            return false
        }
    }

    private mutating func wrong(_ reason: String) {
        report.problem = VerifyReport.Problem(
            path: SegmentNames.path(directory, place.segment), offset: place.offset, sequence: sequence, reason: reason)
    }

    private mutating func countUncommitted(_ head: HeadRow) {
        for number in SegmentNames.all(directory) ?? [] where number >= head.end.segment {
            let length = reader.length(of: number) ?? 0
            report.uncommitted += number == head.end.segment ? length - min(length, head.end.offset) : length
        }
    }

    /// The report, with what checkpoints say of the chain.
    mutating func finish(_ key: Curve25519.Signing.PublicKey?) -> VerifyReport {
        report.head = hexadecimal(hash)
        if report.problem == nil, sought != nil, !wasFound {
            wrong("the chain does not go through the block that was asked for")
        }
        if let key = key ?? Self.keyBeside(directory) { report.signature = signature(key) }
        return report
    }

    private static func keyBeside(_ directory: String) -> Curve25519.Signing.PublicKey? {
        guard let data = FileManager.default.contents(atPath: CheckpointFile.publicKeyPath(directory)),
            let bytes = bytes(ofHexadecimal: String(decoding: data, as: UTF8.self).filter { $0 != "\n" })
        else { return nil }
        return try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
    }

    private func signature(_ key: Curve25519.Signing.PublicKey) -> VerifyReport.Signature {
        var count = 0
        var last: UInt64 = 0
        for checkpoint in checkpoints {
            guard checkpoint.isSigned(by: key) else {
                return .wrong(
                    "the checkpoint of record \(checkpoint.sequence - min(1, checkpoint.sequence)) is not signed by the key"
                )
            }
            // Its block was deleted because it was old.
            if checkpoint.sequence <= report.retired { continue }
            let isOfAnchor = checkpoint.sequence == report.retired + 1 && head?.anchor.hash == checkpoint.hash
            guard signed[checkpoint.sequence] == checkpoint.hash || isOfAnchor else {
                return .wrong("the chain does not go through the checkpoint of record \(checkpoint.sequence - 1)")
            }
            count += 1
            last = checkpoint.sequence - 1
        }
        guard !checkpoints.isEmpty || report.blocks == 0 else { return .wrong("there are no checkpoints") }
        return .good(checkpoints: count, upTo: last)
    }
}
