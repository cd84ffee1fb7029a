import Kubernetes
import Policy
import Reachability
import Testing

@testable import sallyport

@Suite("Who can reach whom, printed")
struct ConnectivityTests {
    private func view(to pattern: String? = nil) throws -> ConnectivityView {
        let cluster = try cluster(smallCluster)
        let chosen = try WorkloadSelection(pattern.flatMap(WorkloadPattern.init).map { [$0] } ?? [], in: cluster.list)
        let entries = Reachability(cluster.list).connections(to: { pattern == nil || chosen.contains($0) })
        return ConnectivityView(entries, [], cluster.list)
    }

    @Test("as text, whole")
    func text() throws {
        let view = try view()
        #expect(
            try printed { view.text(&$0) } == """
                FROM             TO               TRAFFIC
                Pod data/db      Pod shop/agent   all
                Pod data/db      anywhere (IPv4)  all
                Pod shop/agent   Pod data/db      all
                Pod shop/agent   Pod shop/web-1   TCP 8080
                Pod shop/agent   anywhere (IPv4)  all
                Pod shop/web-1   Pod data/db      all
                Pod shop/web-1   Pod shop/agent   all
                Pod shop/web-1   anywhere (IPv4)  all
                anywhere (IPv4)  Pod data/db      all
                anywhere (IPv4)  Pod shop/agent   all

                """)
    }

    @Test("as JSON, Markdown and CSV")
    func tables() throws {
        let view = try view(to: "web-1")
        #expect(
            try printed { view.json(&$0) } == """
                {"connections":[
                {"from":{"kind":"workload","namespace":"shop","name":"agent","workloadKind":"Pod"},\
                "to":{"kind":"workload","namespace":"shop","name":"web-1","workloadKind":"Pod"},\
                "traffic":"TCP 8080","ports":[{"protocol":"TCP","first":8080,"last":8080}],"isAll":false,"isPartial":false}
                ],
                "workloads":[
                {"kind":"workload","namespace":"data","name":"db","workloadKind":"Pod"},
                {"kind":"workload","namespace":"shop","name":"agent","workloadKind":"Pod"},
                {"kind":"workload","namespace":"shop","name":"web-1","workloadKind":"Pod"}
                ]}

                """)
        #expect(
            try printed { view.csv(&$0) }
                == "from,to,traffic,pods\r\nPod shop/agent,Pod shop/web-1,TCP 8080,all\r\n")
        #expect(
            try printed { view.markdown(&$0) } == """
                | from | to | traffic | pods |
                |---|---|---|---|
                | Pod shop/agent | Pod shop/web-1 | TCP 8080 | all |

                """)
    }

    @Test("as a graph: a box for each namespace, and everybody is in it")
    func graph() throws {
        let dot = ConnectivityGraph(try view(to: "web-1")).dot
        #expect(dot.contains("subgraph \"cluster shop\" {\n    label=\"shop\";"))
        #expect(dot.contains("\"Pod data/db\" [label=\"Pod\\ndb\"];"))
        #expect(dot.contains("\"Pod shop/agent\" -> \"Pod shop/web-1\" [label=\"TCP 8080\"];"))
        #expect(dot.filter { $0 == "{" }.count == dot.filter { $0 == "}" }.count)
    }

    @Test("strings of graphs and cells of tables cannot be left")
    func quoting() {
        #expect(ConnectivityGraph.quoted("a\"b\\c\nd") == #""a\"b\\c\nd""#)
        #expect(Tables.csv(["a,b", "c\"d", "e", ""]) == "\"a,b\",\"c\"\"d\",e,\r\n")
        #expect(Tables.markdown(["a|b", "*c*", "d\ne", "[x](y)"]) == #"| a\|b | \*c\* | d\\u{a}e | \[x\](y) |"#)
    }

    @Test("as numbers")
    func summary() throws {
        let summary = ConnectivitySummary(try view())
        #expect(
            summary.lines == [
                "3 workloads", "5 of 6 pairs can connect, 4 of them on everything",
                "2 can be reached from outside", "3 can reach outside", "", "NAMESPACE  TO    PAIRS",
                "data       shop  1", "shop       data  2", "shop       shop  2",
            ])
    }

    @Test("a drawing needs Graphviz")
    func graphviz() {
        #expect(Graphviz.program("/nowhere:/nowhere/else") == nil)
    }
}

@Suite("Workloads on the command line")
struct WorkloadPatternTests {
    @Test("what is a pattern, and what is not")
    func parsing() throws {
        let exact = try #require(WorkloadPattern(argument: "shop/web"))
        #expect(exact.namespace == "shop" && exact.name == "web" && exact.kind == nil && !exact.isOutside)
        let whole = try #require(WorkloadPattern(argument: "shop/*"))
        #expect(whole.namespace == "shop" && whole.name == nil)
        let kind = try #require(WorkloadPattern(argument: "Job/shop/web"))
        #expect(kind.kind == "Job" && kind.namespace == "shop" && kind.name == "web")
        #expect(WorkloadPattern(argument: "outside")?.isOutside == true)
        for wrong in ["", "/", "shop/", "/web", "a/b/c/d"] {
            #expect(WorkloadPattern(argument: wrong) == nil, "\(wrong)")
        }
    }

    @Test("who is meant, and that somebody is")
    func selection() throws {
        let list = try cluster(smallCluster).list
        func names(_ patterns: String...) throws -> [String] {
            let patterns = patterns.compactMap(WorkloadPattern.init)
            return try WorkloadSelection(patterns, in: list).workloads.map(\.name).sorted()
        }
        #expect(try names("shop/*") == ["agent", "web-1"])
        #expect(try names("*") == ["agent", "db", "web-1"])
        #expect(try names("web-1", "data/db") == ["db", "web-1"])
        #expect(try names("Pod/*/agent") == ["agent"])
        let outside = try WorkloadSelection([try #require(WorkloadPattern(argument: "outside"))], in: list)
        #expect(outside.contains(nil) && outside.workloads.isEmpty)
        let failure = failure { _ = try names("shop/web") }
        #expect(failure?.code == .usage && failure?.advice == "near it are: shop/web-1")
    }
}
