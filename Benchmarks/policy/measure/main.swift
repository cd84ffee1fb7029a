import Addresses
import Foundation
import Kubernetes
import Policy
import Reachability

// Measures one cluster, and prints one JSON object: milliseconds of CPU time by phase, counts, and peak memory.
// Usage: policy-bench DIRECTORY

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: policy-bench DIRECTORY\n".utf8))
    exit(64)
}
var report = Report()
let input = try files(CommandLine.arguments[1])
let objects = report.time("read") { ObjectDecoder.snapshot(files: input, revision: 1) }
guard objects.mistakes.isEmpty else {
    FileHandle.standardError.write(Data("\(objects.mistakes.prefix(3))\n".utf8))
    exit(65)
}
measure(objects.objects, &report)
report.print()
