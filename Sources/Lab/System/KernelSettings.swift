#if os(Linux)
    import Foundation

    /// Settings of the kernel, which every network namespace has for itself.
    enum KernelSettings {
        /// Writes the settings of each script, in its namespace.
        static func apply(_ scripts: [Wiring.Script]) throws(LabError) {
            let wanted = scripts.filter { !$0.settings.isEmpty }
            try NetworkNamespace.onOwnThread { () throws(LabError) in
                for script in wanted {
                    try NetworkNamespace.enter(script.namespace)
                    for setting in script.settings { try put(setting) }
                }
            }
        }

        /// Writes one, in the namespace of this thread.
        private static func put(_ setting: Wiring.Setting) throws(LabError) {
            let path = "/proc/sys/net/\(setting.path)"
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                if setting.isOptional && errno == ENOENT { return }
                if errno == ENOENT, setting.path.hasPrefix("ipv6/") {
                    throw LabError(.unavailable, "this kernel has no IPv6, and the lab has addresses of it")
                }
                throw LabError(.system, "cannot set \(path): \(SystemText.describe(errno))")
            }
            defer { close(descriptor) }
            let text = Array("\(setting.value)\n".utf8)
            guard write(descriptor, text, text.count) == text.count || setting.isOptional else {
                throw LabError(.system, "cannot set \(path) to \(setting.value): \(SystemText.describe(errno))")
            }
        }
    }
#endif
