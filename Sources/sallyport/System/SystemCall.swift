#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What differs between C libraries, in one place.
enum SystemCall {
    /// Words for an `errno`.
    static func describe(_ number: Int32) -> String {
        String(cString: strerror(number)).lowercased()
    }

    /// Whether an `errno` says that this user may not.
    static func isRefusal(_ number: Int32) -> Bool {
        number == EACCES || number == EPERM || number == EROFS
    }

    /// Repeats a call that a signal interrupted; gives `errno` when it fails.
    static func retrying<R: SignedInteger>(_ call: () -> R) -> Result<R, Number> {
        while true {
            let result = call()
            if result >= 0 { return .success(result) }
            if errno != EINTR { return .failure(Number(value: errno)) }
        }
    }

    /// An `errno` that can be thrown.
    struct Number: Error {
        let value: Int32
    }
}
