import Kubernetes
import Testing

@testable import sallyport

@Suite("What is installed")
struct InstallObjectsTests {
    private func made(_ change: (inout InstallWish) -> Void = { _ in }) throws -> [YAMLTree] {
        var wish = InstallWish(image: "example.com/sallyport@sha256:\(String(repeating: "a", count: 64))")
        change(&wish)
        return InstallObjects.make(wish, of: try InstallObjects.manifests())
    }

    @Test("every object has a name and a kind that is known, and no two have the same")
    func named() throws {
        let objects = try made { wish in
            wish.secretsOf = [.init(namespace: "ai", names: [])]
            wish.hasNamedRanges = true
        }
        let names = objects.map { ObjectName($0) }
        #expect(!names.contains(nil))
        #expect(Set(names).count == objects.count)
        for case let name? in names { #expect(name.resource != nil, "\(name)") }
    }

    @Test("names, ports and accounts are those that the parts agree about")
    func agreed() throws {
        let objects = try made()
        func all(_ kind: String) -> [YAMLTree] { objects.filter { $0.kind == kind } }
        #expect(Set(all("Namespace").map(\.objectName)) == Set(Installation.Namespaces.all))
        let accounts = [
            Installation.Accounts.controller, Installation.Accounts.hub, Installation.Accounts.viewer,
            Installation.Accounts.agent,
        ]
        #expect(Set(all("ServiceAccount").map(\.objectName)) == Set(accounts))
        #expect(
            Set(all("Service").map(\.objectName)) == [Installation.Services.hub, Installation.Services.webhook])
        let group = try #require(all("GatewayClass").first)
        #expect(group.objectName == Installation.className)
        #expect(group.at("spec", "controllerName")?.string == Installation.controllerName)
        let hook = try #require(all("ValidatingWebhookConfiguration").first)
        #expect(hook.objectName == Installation.Webhook.configuration)
        let hooks = hook["webhooks"]?.elements ?? []
        #expect(
            hooks.compactMap { $0["name"]?.string } == [Installation.Webhook.own, Installation.Webhook.others])
        #expect(
            hooks.compactMap { $0.at("clientConfig", "service", "path")?.string }
                == [Installation.Webhook.ownPath, Installation.Webhook.othersPath])
        #expect(hooks.allSatisfy { $0["timeoutSeconds"]?.number == Installation.Webhook.timeoutSeconds })
        let text = objects.map(\.yaml).joined()
        for secret in [
            Installation.Secrets.authority, Installation.Secrets.hub, Installation.Secrets.webhook,
            Installation.Secrets.gateways, Installation.Secrets.agents, Installation.Folders.certificates,
            Installation.Folders.state, Installation.Accounts.gateways, Installation.lease,
            "--send-to=\(Installation.intake)", "--console-name=\(Installation.host(Installation.Services.hub))",
            "containerPort: \(Installation.Ports.webhook)", "containerPort: \(Installation.Ports.admin)",
            "containerPort: \(Installation.Ports.intake)", "containerPort: \(Installation.Ports.console)",
            "\(Installation.Labels.skipAdmission): \"true\"",
        ] {
            #expect(text.contains(secret), "\(secret)")
        }
    }

    @Test("of a part that is not wanted nothing is left")
    func without() throws {
        let agentless = try made { $0.hasAgent = false }
        #expect(!agentless.contains { $0.component == "agent" || $0.kind == "DaemonSet" })
        let hubless = try made { $0.hasHub = false }
        #expect(!hubless.contains { $0.component == "hub" })
        let agent = try #require(hubless.first { $0.kind == "DaemonSet" })
        #expect(!agent.yaml.contains("--send-") && !agent.yaml.contains("sallyport-agent-cert"))
        #expect(agent.yaml.contains("--cluster"))
    }

    @Test("nothing is made before what it needs, and admission comes last")
    func order() throws {
        let objects = try made()
        let phases = InstallPhase.phases(
            definitions: KindSchema.all.map { $0.definition(withRules: true) }, objects: objects)
        #expect(phases.flatMap(\.objects).count == objects.count + KindSchema.all.count)
        var seen: Set<String> = []
        for object in phases.flatMap(\.objects) {
            let namespace = object.objectNamespace
            #expect(namespace.isEmpty || seen.contains("Namespace \(namespace)"), "\(object.objectName)")
            if let account = object.at("spec", "template", "spec", "serviceAccountName")?.string {
                #expect(seen.contains("ServiceAccount \(account)"))
            }
            if let role = object.at("roleRef", "name")?.string {
                // A binding may come before its role; pods come after both.
                #expect(objects.contains { $0.objectName == role && $0.kind.hasSuffix("Role") })
            }
            seen.insert("\(object.kind) \(object.objectName)")
        }
        #expect(phases.last?.objects.map(\.kind) == ["ValidatingWebhookConfiguration"])
    }

    @Test(
        "an image says what it is",
        arguments: [
            ("", "is no name"), ("-x:1", "is no name"), ("a b:1", "is no name"), ("a", "names no version"),
            ("host:5000/a", "names no version"), ("a:latest", "whatever was pushed last"), ("a:", "names no version"),
            ("a@sha256:12", "has no digest"), ("a@b@c", "is no name"),
        ])
    func badImages(image: String, problem: String) {
        #expect(InstallWish.imageProblem(image)?.contains(problem) == true, "\(image)")
    }

    @Test("a tag or a digest is enough")
    func goodImages() {
        let digest = "sha256:" + String(repeating: "0", count: 64)
        for image in ["a:1", "host:5000/a/b:0.2.0", "a@\(digest)", "a:1@\(digest)"] {
            #expect(InstallWish.imageProblem(image) == nil, "\(image)")
        }
        #expect(InstallWish(image: "a@\(digest)").isPinned)
        #expect(!InstallWish(image: "a:1").isPinned)
    }

    @Test("Secrets are asked for by namespace or by name; all of a namespace is all of it")
    func grants() {
        #expect(
            InstallWish.grants(["ai", "web/tls", "web/ca"]) == [
                .init(namespace: "ai", names: []), .init(namespace: "web", names: ["tls", "ca"]),
            ])
        #expect(InstallWish.grants(["web/tls", "web"]) == [.init(namespace: "web", names: [])])
        #expect(InstallWish.grants(["web", "web/tls"]) == [.init(namespace: "web", names: [])])
        for wrong in ["", "/", "a/", "A", "a/b/c", "a/B_"] { #expect(InstallWish.grants([wrong]) == nil, "\(wrong)") }
    }
}
