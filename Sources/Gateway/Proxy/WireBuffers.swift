import NIOCore

// The wire's serialisers write into plain memory; here they write into NIO's buffers.

extension ByteBuffer {
    /// The head of a request as HTTP/1.1.
    mutating func write(_ head: RequestHead) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: head.wireSize) { head.write(into: $0) }
    }

    /// The head of an answer as HTTP/1.1.
    mutating func write(_ head: ResponseHead) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: head.wireSize) { head.write(into: $0) }
    }

    /// The line before a chunk's data.
    mutating func writeChunkSize(_ count: Int) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkFraming.longestSize) {
            ChunkFraming.writeSize(count, into: $0)
        }
    }

    /// The end of a chunked body.
    mutating func writeLastChunk(trailers: FieldSection?) {
        guard let trailers, !trailers.isEmpty else {
            writeStaticString(ChunkFraming.end)
            return
        }
        writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkFraming.endSize(trailers: trailers)) {
            ChunkFraming.writeEnd(trailers: trailers, into: $0)
        }
    }
}

/// Gathers what is to be written until it is flushed, so that a head and a small body leave in one system call.
struct OutgoingBytes {
    private var bytes = ByteBuffer()
    private var isFlushNeeded = false

    /// Appends through `write`, into a buffer of the worker.
    mutating func append(_ worker: Worker, _ write: (inout ByteBuffer) -> Void) {
        if bytes.capacity == 0 { bytes = worker.takeScratch() }
        write(&bytes)
        isFlushNeeded = true
    }

    /// Appends a piece of a body: a small one is copied, a big one goes as it is.
    mutating func append(_ body: ByteBuffer, _ worker: Worker, _ context: ChannelHandlerContext?) {
        if body.readableBytes <= Worker.copyLimit {
            return append(worker) { _ = $0.writeImmutableBuffer(body) }
        }
        if bytes.readableBytes > 0 {
            context?.write(NIOAny(bytes), promise: nil)
            bytes = ByteBuffer()
        }
        context?.write(NIOAny(body), promise: nil)
        isFlushNeeded = true
    }

    /// Hands over what has been gathered since the last time.
    mutating func flush(_ worker: Worker, _ context: ChannelHandlerContext?) {
        guard isFlushNeeded, let context else { return }
        isFlushNeeded = false
        guard bytes.readableBytes > 0 else { return context.flush() }
        let gathered = bytes
        bytes = ByteBuffer()
        context.writeAndFlush(NIOAny(gathered), promise: nil)
        worker.giveBack(gathered)
    }
}
