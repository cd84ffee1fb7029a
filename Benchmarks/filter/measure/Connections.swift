#if os(Linux)
    import Foundation
    import Glibc

    /// Connections of TCP that carry nothing, one after the other.
    enum Connections {
        /// Accepts connections and closes them, until it is ended.
        static func serve(_ port: UInt16) throws {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var yes: Int32 = 1
            setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            var address = place(INADDR_ANY, port)
            guard withSocketAddress(&address, { bind(listener, $0, $1) }) == 0, listen(listener, 4096) == 0 else {
                throw BenchError("cannot listen on port \(port): \(String(cString: strerror(errno)))")
            }
            sayReady()
            while true {
                let connection = accept(listener, nil, nil)
                if connection >= 0 { close(connection) }
            }
        }

        /// Opens connections for some seconds; prints how many, and the processor's time for them.
        static func connect(_ text: String, _ port: UInt16, seconds: Double) throws {
            var address = place(inet_addr(text), port)
            let start = nanoseconds(CLOCK_MONOTONIC)
            let cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
            let end = start + Int(seconds * 1e9)
            var (count, failures) = (0, 0)
            while nanoseconds(CLOCK_MONOTONIC) < end {
                if open(&address) { count += 1 } else { failures += 1 }
            }
            var report = Report()
            report.note("connections", Double(count))
            report.note("failures", Double(failures))
            report.note("seconds", Double(nanoseconds(CLOCK_MONOTONIC) - start) / 1e9)
            report.note("cpu_seconds", Double(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e9)
            report.print()
        }

        /// One connection. It ends with a reset, so that its port is free again at once.
        private static func open(_ address: inout sockaddr_in) -> Bool {
            let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard connection >= 0 else { return false }
            defer { close(connection) }
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            return withSocketAddress(&address) { Glibc.connect(connection, $0, $1) } == 0
        }

        private static func place(_ address: in_addr_t, _ port: UInt16) -> sockaddr_in {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            place.sin_addr.s_addr = address
            return place
        }

        private static func withSocketAddress<R>(
            _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
        ) -> R {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    /// Tells whoever waits that others may begin.
    func sayReady() { FileHandle.standardOutput.write(Data("ready\n".utf8)) }
#endif
