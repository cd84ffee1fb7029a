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

    /// A chunk with that in it: one reservation and one copy, as this is done for each event of each stream.
    mutating func writeChunk(_ data: ByteBuffer) {
        data.withUnsafeReadableBytes { source in
            _ = writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkFraming.chunkSize(source.count)) {
                ChunkFraming.writeChunk(source, into: $0)
            }
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
    /// Something was appended since the last `take`.
    private(set) var isFlushNeeded = false

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

    /// Appends a piece of a body as a chunk.
    mutating func appendChunk(_ body: ByteBuffer, _ worker: Worker, _ context: ChannelHandlerContext?) {
        if body.readableBytes <= Worker.copyLimit { return append(worker) { $0.writeChunk(body) } }
        append(worker) { $0.writeChunkSize(body.readableBytes) }
        append(body, worker, context)
        append(worker) { $0.writeStaticString(ChunkFraming.lineEnd) }
    }

    /// Takes out what has been gathered since the last time; it may be empty where all went to the channel already.
    mutating func take() -> ByteBuffer {
        isFlushNeeded = false
        let gathered = bytes
        bytes = ByteBuffer()
        return gathered
    }
}

extension ChannelHandlerContext {
    /// Writes and flushes what an `OutgoingBytes` has gathered; its buffer goes back to the worker.
    func flush(_ gathered: consuming ByteBuffer, _ worker: Worker) {
        guard gathered.readableBytes > 0 else { return flush() }
        writeAndFlush(NIOAny(copy gathered), promise: nil)
        worker.giveBack(gathered)
    }
}
