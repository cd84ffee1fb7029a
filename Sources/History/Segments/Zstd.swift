import CZstd

/// Packs bytes; memory is kept from block to block.
final class Packer {
    private let context: OpaquePointer

    /// Nil: there is no memory.
    init?() {
        guard let context = ZSTD_createCCtx() else { return nil }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    /// The fastest level: records say the same words again and again, and what more effort saves is little.
    private static let level: Int32 = 1

    /// Nil: the library refuses, which it does only without memory.
    func pack(_ bytes: [UInt8]) -> [UInt8]? {
        let bound = ZSTD_compressBound(bytes.count)
        var isGood = true
        let packed = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            let length = bytes.withUnsafeBytes { source in
                ZSTD_compressCCtx(
                    context, target.baseAddress, target.count, source.baseAddress, source.count, Self.level)
            }
            isGood = ZSTD_isError(length) == 0
            count = isGood ? length : 0
        }
        return isGood ? packed : nil
    }
}

enum Unpacker {
    /// What was packed, which was that long; nil: it is not what the length says, or no packed data at all.
    static func unpack(_ packed: UnsafeRawBufferPointer, length: Int) -> [UInt8]? {
        var isGood = false
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { target, count in
            let found = ZSTD_decompress(target.baseAddress, target.count, packed.baseAddress, packed.count)
            isGood = ZSTD_isError(found) == 0 && found == length
            count = isGood ? found : 0
        }
        return isGood ? bytes : nil
    }
}
