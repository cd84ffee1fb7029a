/// Numbers as the wire writes them, without making text objects.
package enum DecimalText {
    /// Writes `number` in decimal and says how many bytes that took; `room` holds at least 20.
    package static func write(_ number: UInt64, into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = digits(number)
        var rest = number
        var index = count
        repeat {
            index -= 1
            room[index] = UInt8(truncatingIfNeeded: rest % 10) &+ 48
            rest /= 10
        } while index > 0
        return count
    }

    /// How many digits `number` has in decimal.
    package static func digits(_ number: UInt64) -> Int {
        var count = 1
        var rest = number
        while rest >= 10 {
            count += 1
            rest /= 10
        }
        return count
    }

    /// Reads digits only: no sign, no blanks, nothing above 2^63 - 1; nil otherwise.
    package static func read(_ text: UnsafeRawBufferPointer) -> UInt64? {
        guard text.count > 0, text.count <= 64 else { return nil }
        var value: UInt64 = 0
        for byte in text {
            guard Bytes.isDigit(byte) else { return nil }
            let (product, high) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- 48))
            guard !high, !carry, sum <= UInt64(Int64.max) else { return nil }
            value = sum
        }
        return value
    }
}
