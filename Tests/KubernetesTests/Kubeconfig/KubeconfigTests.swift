import Testing

@testable import Kubernetes

@Suite struct KubeconfigTests {
    private func read(_ text: String..., context: String? = nil) throws(KubeconfigError) -> Kubeconfig {
        try Kubeconfig.read(
            text.enumerated().map { ("/etc/kube/\($0.offset).yaml", Array($0.element.utf8)) }, context: context)
    }

    private func problem(_ text: String, context: String? = nil) -> String {
        do { _ = try read(text, context: context) } catch { return "\(error)" }
        return "nothing"
    }

    private func file(cluster: String = "server: https://10.0.0.1:6443", user: String = "token: t") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: c
        contexts:
        - name: c
          context: {cluster: k, user: u, namespace: ai}
        clusters:
        - name: k
          cluster: {\(cluster)}
        users:
        - name: u
          user: {\(user)}
        """
    }

    @Test func certificatesTokensAndFiles() throws {
        let one = try read(
            file(
                cluster:
                    "server: 'https://k.example.com/prefix', certificate-authority-data: UEVN, tls-server-name: k8s",
                user: "client-certificate-data: Q0VSVA==, client-key: keys/me.pem, token: abc, tokenFile: ''"))
        #expect(one.context == "c" && one.namespace == "ai" && one.server == "https://k.example.com/prefix")
        #expect(one.authorities == .inline(SecretBytes(Array("PEM".utf8))) && one.serverName == "k8s")
        #expect(one.certificate == .inline(SecretBytes(Array("CERT".utf8))))
        #expect(one.key == .file("/etc/kube/keys/me.pem"))
        #expect(one.identity == .token(SecretBytes(Array("abc".utf8))))
        #expect(one.proxy == nil && !one.skipsVerification && one.actsAs == nil)

        let two = try read(
            file(
                cluster: "server: 'https://10.0.0.1', insecure-skip-tls-verify: true, proxy-url: 'http://p:3128'",
                user: "tokenFile: /run/token, token: abc, as: alice, as-groups: [a, b]"))
        #expect(two.skipsVerification && two.proxy == "http://p:3128" && two.authorities == nil)
        #expect(two.identity == .tokenFile("/run/token") && two.actsAs == "alice" && two.actsInGroups == ["a", "b"])
        #expect(try read(file(user: "username: u, password: p")).identity == .password(user: "u", SecretBytes([0x70])))
        #expect(try read(file(user: "")).identity == .anonymous)
    }

    @Test func programs() throws {
        let config = try read(
            file(
                user: """
                    exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: bin/login, args: [a, b],
                        env: [{name: X, value: y}], interactiveMode: Always, provideClusterInfo: true, installHint: h}
                    """))
        guard case .program(let program) = config.identity else {
            Issue.record("no program")
            return
        }
        #expect(program.command == "/etc/kube/bin/login" && program.arguments == ["a", "b"])
        #expect(program.environment == ["X": "y"] && program.wantsCluster && program.needsTerminal)
        #expect(program.apiVersion.hasSuffix("v1beta1") && program.installHint == "h")
        let plain = try read(
            file(user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: null, env: null}"))
        guard case .program(let plain) = plain.identity else {
            Issue.record("no program")
            return
        }
        #expect(plain.command == "aws" && !plain.needsTerminal && !plain.wantsCluster)
    }

    @Test func theFirstFileThatHasAnEntryIsHeard() throws {
        let contexts = """
            current-context: ""
            contexts:
            - {name: other, context: {cluster: k, user: u}}
            users:
            - {name: u, user: {token: first}}
            """
        let config = try read(contexts, file(), context: "other")
        #expect(config.identity == .token(SecretBytes(Array("first".utf8))))
        #expect(config.server == "https://10.0.0.1:6443" && config.namespace == nil)
        #expect(try read(contexts, file()).context == "c")
    }

    @Test func whatIsWrongElsewhereIsNoHindrance() throws {
        let text = file() + "\n- name: broken\n  user: {exec: 7, client-certificate-data: '!'}\n"
        #expect(try read(text).identity == .token(SecretBytes(Array("t".utf8))))
    }

    @Test func mistakesHaveTheirPlaces() {
        #expect(
            problem(file(cluster: "server: '10.0.0.1:6443'"))
                == "/etc/kube/0.yaml:9:21: clusters[0].cluster.server: must be a URL such as https://10.0.0.1:6443")
        #expect(problem(file(), context: "x").contains("has no entry with the name \"x\"; there are \"c\""))
        #expect(problem("apiVersion: v1").contains("names no context; choose one of none that there are"))
        #expect(problem("contexts: [{name: a}, {name: b}]").contains("choose one of \"a\", \"b\""))
        #expect(problem(file(user: "client-certificate: a")).contains("both a client certificate and a client key"))
        #expect(
            problem(file(user: "auth-provider: {name: gcp}")).contains("users[0].user.auth-provider: is not supported"))
        #expect(
            problem(file(user: "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: a}"))
                .contains("exec.apiVersion: must be one of client.authentication.k8s.io/v1, "))
        #expect(
            problem(file(user: "exec: {apiVersion: client.authentication.k8s.io/v1}")).contains(
                "command: must be there"))
        #expect(problem(file(user: "as-groups: [a]")).contains("must be there beside as-groups"))
        #expect(
            problem(file(cluster: "server: 'https://a', insecure-skip-tls-verify: true, certificate-authority: x"))
                .contains("must not be there when insecure-skip-tls-verify is true"))
        #expect(problem("a: [").hasPrefix("/etc/kube/0.yaml:"))
        #expect(problem("- a").contains("must be a map"))
        #expect(problem("").contains("must be a map"))
    }

    @Test func noMessageShowsASecret() {
        for user in [
            "token: [sesame]", "token: {a: sesame}", "client-key-data: sesame!, client-certificate-data: Qw==",
            "exec: sesame", "tokenFile: [sesame]", "username: {a: sesame}", "password: [sesame], username: a",
        ] {
            let words = problem(file(user: user))
            #expect(words != "nothing" && !words.contains("sesame"), "\(user)")
        }
    }

    @Test func answersOfPrograms() throws {
        let version = "client.authentication.k8s.io/v1"
        func answer(_ status: String, version: String = version) throws(ServedProblem) -> ExecCredential {
            try ExecCredential(
                Array(#"{"kind":"ExecCredential","apiVersion":"\#(version)","status":\#(status)}"#.utf8),
                apiVersion: "client.authentication.k8s.io/v1")
        }
        let whole = try answer(
            #"{"token":"t","clientCertificateData":"c","clientKeyData":"k","expirationTimestamp":"1970-01-01T00:01:00Z"}"#
        )
        #expect(whole.expires == 60 && whole.token != nil && whole.certificate != nil && whole.key != nil)
        for status in [
            "null", "{}", #"{"token":""}"#, #"{"clientCertificateData":"c"}"#, #"{"token":"t","clientKeyData":"k"}"#,
            #"{"token":"t","expirationTimestamp":"tomorrow"}"#,
        ] {
            #expect(throws: ServedProblem.self) { try answer(status) }
        }
        #expect(throws: ServedProblem.self) {
            try answer(#"{"token":"t"}"#, version: "client.authentication.k8s.io/v1beta1")
        }
        for text in ["", "{}", "sesame"] {
            let error = #expect(throws: ServedProblem.self) {
                try ExecCredential(Array(text.utf8), apiVersion: version)
            }
            #expect(error.map { !"\($0)".contains("sesame") } == true)
        }
    }
}
