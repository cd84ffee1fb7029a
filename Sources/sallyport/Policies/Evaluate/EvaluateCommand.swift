import ArgumentParser
import Foundation
import Policy

/// `sallyport evaluate`
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Answer questions about single connections, one a line.",
        discussion: """
            Each line of the queries is a JSON object; each answer is one too, at the same place. "from" and "to" are \
            namespace/pod, namespace/workload or an address; of a workload every pod must be allowed. "protocol" is TCP \
            where it is absent, "port" a number; "icmpType" and "icmpCode" stand in its place for ICMP. "name" is the name \
            under which the destination was found in DNS, "id" comes back as it is. Empty lines are skipped.

            EXIT CODES
              0    every query was answered
              65   one was not: its answer is {"error": "..."}

            EXAMPLES
              echo '{"from":"ai/notebook","to":"ai/ollama","port":11434}' | sallyport evaluate DIR --queries -
              sallyport evaluate DIR --queries FILE --brief
            """)

    @OptionGroup var objects: ObjectOptions
    @Option(help: ArgumentHelp("File of queries, or - for standard input.", valueName: "file"))
    var queries: String
    @Flag(help: "Leave out what was looked at on the way.")
    var brief = false
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let descriptor = try Self.open(queries)
        let cluster = try await Cluster.read(objects.place(), cluster)
        var evaluation = QueryEvaluation(cluster, isStaged: self.cluster.staged, isBrief: brief)
        var reader = LineReader(descriptor)
        var stream = ResultStream()
        var hasErrors = false
        while true {
            // Whoever waits for an answer before asking again gets it.
            if !reader.hasLine { stream.flush() }
            guard let line = try reader.next() else { break }
            if line.isBlank { continue }
            let answer = evaluation.answer(line)
            hasErrors = hasErrors || answer.isError
            stream.write(answer.json)
            stream.write("\n")
        }
        stream.flush()
        if hasErrors { throw ExitCode(Failure.Code.badInput.rawValue) }
    }

    private static func open(_ path: String) throws -> Int32 {
        if path == "-" { return 0 }
        switch SystemCall.retrying({ Foundation.open(path, O_RDONLY | O_CLOEXEC) }) {
        case .success(let descriptor): return descriptor
        case .failure(let number): throw Failure.system("read", path: path, errno: number.value)
        }
    }
}
