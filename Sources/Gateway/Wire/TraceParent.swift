/// A place in a trace, as the field `traceparent` of W3C Trace Context says it.
///
/// Whoever sends a request names his span, which is the parent of ours; we name ours to the backend.
package struct TraceParent: Equatable, Sendable {
    /// The trace; never 0.
    package var trace: UInt128
    /// A span; never 0.
    package var span: UInt64
    /// `01`: the caller may have recorded it. What other bits mean is not known yet.
    package var flags: UInt8

    package init(trace: UInt128, span: UInt64, flags: UInt8) {
        self.trace = trace
        self.span = span
        self.flags = flags
    }

    /// The value of a field; nil: it is none, and the trace begins anew.
    ///
    /// A version that is not known yet is read as far as it is like the first.
    package init?(_ text: UnsafeRawBufferPointer) {
        guard text.count >= Self.length,
            let version = Self.number(text[0..<2]), version != 0xff,
            version == 0 ? text.count == Self.length : text.count == Self.length || text[Self.length] == Self.dash,
            [2, 35, 52].allSatisfy({ text[$0] == Self.dash }),
            let trace = Self.number(text[3..<35]), trace != 0,
            let span = Self.number(text[36..<52]), span != 0,
            let flags = Self.number(text[53..<55])
        else { return nil }
        self.init(trace: trace, span: UInt64(span), flags: UInt8(flags))
    }

    /// The trace as its field and records write it.
    package var traceText: String { Self.text(UInt64(trace >> 64)) + Self.text(UInt64(truncatingIfNeeded: trace)) }

    /// The value of a field, of the version that we know. Other flags than the first are not ours to hand on.
    package var text: String { "00-\(traceText)-\(Self.text(span))-\(flags & 1 == 1 ? "01" : "00")" }

    /// Sixteen hexadecimal digits.
    package static func text(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for index in 0..<16 { digits[index] = Bytes.hexDigit(value >> UInt64(60 - 4 * index)) }
            return 16
        }
    }

    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    /// Hexadecimal digits, in lower case only, as the specification wants them.
    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt128? {
        var value: UInt128 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt128(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt128(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

extension FieldSection {
    /// Where the caller is in a trace; nil: he says none, or says it in a way that is not allowed.
    package var traceParent: TraceParent? {
        guard let index = first(.traceparent), count(.traceparent) == 1 else { return nil }
        return withBytes(fields[index].value) { TraceParent($0) }
    }

    /// Says where we are in a trace instead of the caller; nil: he goes on without one, and what belongs to it goes too.
    package func setTraceParent(_ own: TraceParent?) {
        guard let own else {
            remove(.traceparent)
            return remove(.tracestate)
        }
        set(.traceparent, own.text)
    }
}
