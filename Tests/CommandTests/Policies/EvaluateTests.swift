import Addresses
import Foundation
import ModelTraffic
import Policy
import Testing

@testable import sallyport

@Suite("Queries about single connections")
struct EvaluateTests {
    private func answer(_ line: String, _ texts: String...) throws -> (text: String, isError: Bool) {
        let cluster = try cluster((texts.isEmpty ? [smallCluster] : texts).joined(separator: "\n---\n"))
        var evaluation = QueryEvaluation(cluster, isStaged: false, isBrief: true)
        let answer = evaluation.answer(.text(Array(line.utf8)))
        return (String(decoding: answer.json.text, as: UTF8.self), answer.isError)
    }

    @Test(
        "answers",
        arguments: [
            (#"{"from":"shop/agent","to":"shop/web-1","port":8080}"#, #"{"allowed":true}"#),
            (#"{"from":"shop/agent","to":"shop/web-1","port":8081}"#, #"{"allowed":false}"#),
            (#"{"from":"shop/agent","to":"shop/web-1","port":8080,"protocol":"UDP"}"#, #"{"allowed":false}"#),
            (#"{"from":"data/db","to":"10.0.0.1","port":8080,"id":"x"}"#, #"{"id":"x","allowed":false}"#),
            (#"{"from":"1.2.3.4","to":"10.0.0.3","port":1,"id":7}"#, #"{"id":7,"allowed":true}"#),
            (#"{"from":"192.168.0.1","to":"shop/web-1","port":9}"#, #"{"allowed":true}"#),
            (#"{"from":"shop/web-1","to":"shop/web-1","port":9}"#, #"{"allowed":true}"#),
            (#"{"from":"shop/agent","to":"2001:db8::1","port":9}"#, #"{"allowed":false}"#),
            (#"{"from":"shop/agent","to":"data/db","protocol":"icmp"}"#, #"{"allowed":true}"#),
            (#"{"from":"shop/agent","to":"data/db","protocol":47}"#, #"{"allowed":true}"#),
            (
                #"{"from":"shop/agent","to":"10.96.0.1","port":80}"#,
                #"{"allowed":true,"service":"shop/web","from":"shop/agent","to":"shop/web-1"}"#
            ),
            (
                #"{"from":"data/db","to":"web.shop.svc.cluster.local","port":80}"#,
                #"{"allowed":false,"service":"shop/web","from":"data/db","to":"shop/web-1"}"#
            ),
        ])
    func answers(query: String, expected: String) throws {
        let answer = try answer(query)
        #expect(answer.text == expected && !answer.isError)
    }

    @Test(
        "what is no query is an error, in its place",
        arguments: [
            ("{", "this is no JSON: unexpectedEnd at byte 1"), ("[]", "a query is an object"),
            (#"{"to":"1.1.1.1","port":1}"#, "from is missing"), (#"{"from":"1.1.1.1","port":1}"#, "to is missing"),
            (#"{"from":"shop/agent","to":"1.1.1.1"}"#, "port is missing"),
            (#"{"from":"shop/agent","to":"1.1.1.1","port":0}"#, "port must be a number from 1 to 65535"),
            (#"{"from":"shop/agent","to":"1.1.1.1","port":65536}"#, "port must be a number from 1 to 65535"),
            (#"{"from":"shop/agent","to":"1.1.1.1","port":"80"}"#, "port must be a number from 1 to 65535"),
            (#"{"from":"shop/agent","to":"1.1.1.1","prot":"TCP"}"#, "there is no field prot in a query"),
            (#"{"from":"shop/agent","to":"1.1.1.1","protocol":"ICMP","port":1}"#, "ICMP has no ports"),
            (#"{"from":"shop/agent","to":"1.1.1.1","port":1,"icmpType":1}"#, "TCP has no icmpType"),
            (#"{"from":"shop/agent","to":"1.1.1.1","protocol":47,"port":1}"#, "protocol 47 has no ports"),
            (#"{"from":"shop/agent","to":"1.1.1.1","protocol":"QUIC","port":1}"#, "protocol must be TCP"),
            (#"{"from":7,"to":"1.1.1.1","port":1}"#, "from must be a string"),
            (#"{"from":"shop/nobody","to":"1.1.1.1","port":1}"#, "there is no pod and no workload shop/nobody"),
            (#"{"from":"nobody","to":"1.1.1.1","port":1}"#, "nobody is neither namespace/name nor an address"),
            (#"{"from":"shop/agent","to":"10.96.0.1","port":81}"#, "nothing answers at 10.96.0.1 on this port"),
        ])
    func errors(query: String, expected: String) throws {
        let answer = try answer(query)
        #expect(answer.isError && answer.text.hasPrefix(#"{"error":"\#(expected)"#), "\(answer.text)")
    }

    @Test("an error keeps the name of its query")
    func identity() throws {
        #expect(try answer(#"{"id":"q1","from":"x"}"#).text.hasPrefix(#"{"id":"q1","error":"#))
    }

    @Test("pods of a workload that do not agree: denied, and one that shows it")
    func disagreement() throws {
        func pod(_ name: String, _ app: String, _ last: Int) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name)
              namespace: shop
              labels: {app: \(app)}
              ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: many, uid: u, controller: true}]
            spec: {containers: [{name: c, image: i}]}
            status: {phase: Running, podIPs: [{ip: 10.0.1.\(last)}]}
            """
        }
        let line = #"{"from":"shop/many","to":"shop/web-1","port":8080}"#
        let answer = try answer(line, smallCluster, pod("many-0", "agent", 1), pod("many-1", "other", 2))
        #expect(answer.text == #"{"allowed":false,"partial":true,"from":"shop/many-1","to":"shop/web-1"}"#)
    }

    @Test(
        "a pod at its own address is not asked about; led back to itself by a Service it is, but not by NetworkPolicies"
    )
    func hairpin() throws {
        let deny = """
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: deny}
            spec:
              tier: Admin
              priority: 1
              subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}
              egress: [{action: Deny, to: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}]}]
            """
        let own = #"{"from":"shop/web-1","to":"10.0.0.1","port":8080}"#
        let back = #"{"from":"shop/web-1","to":"10.96.0.1","port":80}"#
        let told = #","service":"shop/web","from":"shop/web-1","to":"shop/web-1"}"#
        #expect(try answer(back).text == #"{"allowed":true"# + told)
        #expect(try answer(own, smallCluster, deny).text == #"{"allowed":true}"#)
        #expect(try answer(back, smallCluster, deny).text == #"{"allowed":false"# + told)
        #expect(
            try answer(#"{"from":"shop/web-1","to":"web.shop.svc","port":80}"#, smallCluster, deny).text
                == #"{"allowed":false"# + told)
    }

    @Test("a template stands for several pods: what they may do among themselves is asked of policies")
    func templateToItself() throws {
        let deployment = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: many, namespace: shop}
            spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}
            """
        #expect(
            try answer(#"{"from":"shop/many","to":"shop/many","port":1}"#, smallCluster, deployment).text
                == #"{"allowed":false}"#)
    }

    @Test("the trace names tier, policy and rule of what was looked at")
    func trace() throws {
        let cluster = try cluster(smallCluster)
        var evaluation = QueryEvaluation(cluster, isStaged: false, isBrief: false)
        let answer = evaluation.answer(.text(Array(#"{"from":"data/db","to":"shop/web-1","port":8080}"#.utf8)))
        #expect(
            String(decoding: answer.json.text, as: UTF8.self) == """
                {"allowed":false,"trace":[{"direction":"Ingress","tier":"NetworkPolicy","policy":"NetworkPolicy shop/web",\
                "rule":"spec.ingress[0]","said":"other peer"},{"direction":"Ingress","tier":"NetworkPolicy",\
                "policy":"NetworkPolicy shop/web","said":"isolates"}],"egress":{"allowed":true,"reason":"unrestricted"},\
                "ingress":{"allowed":false,"reason":"isolated","policy":"NetworkPolicy shop/web"}}
                """)
    }

    @Test("staged policies are seen where they would change the answer, and asked when they are to be")
    func staged() throws {
        let staged = """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: closed, namespace: data, annotations: {sallyport.dev/enforcement: staged}}
            spec: {podSelector: {}}
            """
        let line = #"{"from":"shop/agent","to":"data/db","port":1}"#
        #expect(try answer(line, smallCluster, staged).text == #"{"allowed":true,"staged":false}"#)
        let cluster = try cluster(smallCluster, staged)
        var evaluation = QueryEvaluation(cluster, isStaged: true, isBrief: true)
        let answer = evaluation.answer(.text(Array(line.utf8)))
        #expect(String(decoding: answer.json.text, as: UTF8.self) == #"{"allowed":false,"enforced":true}"#)
    }
}

@Suite("Lines of a file")
struct LineReaderTests {
    /// All lines, by length where they are too long.
    private func lines(_ bytes: [UInt8]) throws -> [String] {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/lines"
        try Data(bytes).write(to: URL(filePath: path))
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        var reader = LineReader(file.fileDescriptor)
        var found: [String] = []
        while let line = try reader.next() {
            switch line {
            case .text(let text):
                found.append(text.count > 20 ? "\(text.count)" : String(decoding: text, as: UTF8.self))
            case .tooLong: found.append("too long")
            }
        }
        return found
    }

    @Test("ends of lines, and none at the end")
    func ends() throws {
        #expect(try lines([]) == [])
        #expect(try lines(Array("a\nb\r\n\nc".utf8)) == ["a", "b", "", "c"])
        #expect(try lines(Array("a\n".utf8)) == ["a"])
    }

    @Test("lines of every length around the size of a piece, and over the limit, and what follows them")
    func lengths() throws {
        for length in [65_535, 65_536, 65_537, 200_000, LineReader.longest] {
            let line = [UInt8](repeating: 97, count: length)
            #expect(try lines(line + [10] + Array("next".utf8)) == ["\(length)", "next"])
        }
        for length in [LineReader.longest + 1, LineReader.longest + 65_536, 3 * LineReader.longest] {
            let line = [UInt8](repeating: 97, count: length)
            #expect(try lines(line + [10] + Array("next".utf8)) == ["too long", "next"])
            #expect(try lines(line) == ["too long"])
        }
    }
}
