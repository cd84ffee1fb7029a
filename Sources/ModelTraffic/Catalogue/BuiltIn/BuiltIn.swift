/// The servers that are built in: one file of this folder each, in the form that `ServerTable` reads.
enum BuiltIn {
    /// Every table. A new server is one line here, one in `ModelServer.builtInNames`, and its file.
    static let texts = [
        ollama, vllm, tgi, triton, llamaCpp, kserve, openAI, anthropic, mcp, openWebUI, langServe, gradio, comfyUI,
        jupyter, rayDashboard, rayServe, mlflow, chroma, qdrant, weaviate, milvus,
    ]

    /// The tables, read and compiled. A line that could not be read would be missing, and what it speaks of denied.
    static let servers: [ServerCatalogue.Server] = read.servers
    /// What could not be read or compiled: a test holds that it is nothing.
    static let problems: [String] = read.problems

    private static let read: (servers: [ServerCatalogue.Server], problems: [String]) = {
        var servers: [ServerCatalogue.Server] = []
        var problems: [String] = []
        for text in texts {
            var wrong: [ServerTable.Problem] = []
            let table = ServerTable(text, problems: &wrong)
            problems += wrong.map { "\(table.name), line \($0.line): \($0.message)" }
            do throws(AutomatonProblem) {
                let automaton = try EndpointAutomaton(table.rows)
                servers.append(ServerCatalogue.Server(table: table, namespace: nil, automaton: automaton))
            } catch {
                problems.append("\(table.name) \(error.message)")
            }
        }
        return (servers, problems)
    }()
}
