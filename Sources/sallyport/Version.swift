/// What this program is.
enum Version {
    /// Semantic version; CHANGELOG.md says what each brought.
    static let text = "0.2.0"

    /// The compiler that made it, as far as it can be told at compile time.
    static let compiler: String = {
        #if compiler(>=6.4)
            "Swift 6.4 or later"
        #elseif compiler(>=6.3)
            "Swift 6.3"
        #else
            "Swift 6.2"
        #endif
    }()

    /// Operating system and processor.
    static let platform: String = {
        #if os(Linux)
            let system = "linux"
        #elseif os(macOS)
            let system = "macos"
        #else
            let system = "unknown"
        #endif
        #if arch(x86_64)
            return system + "-x86_64"
        #elseif arch(arm64)
            return system + "-arm64"
        #else
            return system
        #endif
    }()

    /// How it was compiled: a debug build is slow and not for use.
    static let build: String = {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }()
}
