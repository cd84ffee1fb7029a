// The console of a cluster that is made up, for looking at it and for tests in a browser:
//   console-demo [--port N] [--records N] [--workloads N] [--empty] [--live] [--key-file FILE]
// Prints its address, the link to log in, and keys of three kinds, as one line of JSON.
import Access
import Foundation
import Hub
import HubWorlds
import Kubernetes
import Logging
import Records
import Synchronization

func option(_ name: String) -> Int? {
    guard let place = CommandLine.arguments.firstIndex(of: name), place + 1 < CommandLine.arguments.count else {
        return nil
    }
    return Int(CommandLine.arguments[place + 1])
}

struct Told: Encodable {
    var url: String
    var link: String
    var keys: [String: String]
}

func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }

let isEmpty = CommandLine.arguments.contains("--empty")
let data = MemoryData(
    status: HubStatus(bytes: 48 << 20, head: "9f2c", sources: [.init(name: "worker-1", lastSeen: now())]))
var maker = RecordMaker(seed: 7, workloads: option("--workloads") ?? 0)
let count = isEmpty ? 0 : option("--records") ?? 4000
let span: Int64 = 3600 * 1_000_000
for index in 0..<count { data.add(maker.next(at: now() - span + Int64(index) * (span / Int64(count)))) }
if !isEmpty { data.add(maker.alarm(at: now() - 300_000_000)) }

let keys = ConsoleKeys()
let link = Mutex("")
var configuration = HubConfiguration(
    port: option("--port") ?? 0, version: "demo", access: { keys.table }, now: { now() })
configuration.heartbeat = 5
configuration.onLoginLink = { path in link.withLock { $0 = path } }
var logger = Logger(label: "console-demo")
logger.logLevel = .warning
let server = try await HubServer.start(
    configuration, data: data, cluster: MadeCluster(isEmpty: isEmpty), logger: logger)
let told = Told(url: server.url, link: server.url + link.withLock { $0 }, keys: keys.texts)
FileHandle.standardOutput.write(try JSONEncoder().encode(told) + Data("\n".utf8))
while true {
    try await Task.sleep(for: .milliseconds(CommandLine.arguments.contains("--live") ? 400 : 60_000))
    if CommandLine.arguments.contains("--live") { data.add(maker.next(at: now())) }
}
