#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Words for what the system says.
enum SystemText {
    /// Words for an `errno`.
    static func describe(_ number: Int32) -> String { String(cString: strerror(number)).lowercased() }
}
