import Addresses
import Testing

@testable import Access
@testable import Kubernetes

@Suite("Whose pod an address is")
struct WorkloadTableTests {
    private func pod(at address: String, _ yaml: String...) -> PodIdentity? {
        WorkloadTable(objects(yaml.joined())).pod(Address(address)!)
    }

    @Test("a bare pod is its own workload, at each of its addresses")
    func bare() {
        let yaml = AccessTests.pod("agent", ["10.0.0.5", "fd00::5"], spec: "{serviceAccountName: robot}")
        for address in ["10.0.0.5", "fd00::5", "::ffff:10.0.0.5"] {
            let found = pod(at: address, yaml)
            #expect(found?.workload == WorkloadName(kind: "Pod", namespace: "ai", name: "agent"), "\(address)")
            #expect(found?.pod == "agent" && found?.serviceAccount == "robot")
        }
        #expect(pod(at: "10.0.0.6", yaml) == nil)
        #expect(pod(at: "10.0.0.5", AccessTests.pod("x", ["10.0.0.5"]))?.serviceAccount == "default")
    }

    @Test("a Deployment's pods are the Deployment's, whether its ReplicaSet is known or not")
    func deployments() {
        let labels = "{pod-template-hash: 5d4f8}"
        let one = AccessTests.pod("web-5d4f8-x", ["10.0.0.5"], owner: "ReplicaSet web-5d4f8", labels: labels)
        let web = WorkloadName(kind: "Deployment", namespace: "ai", name: "web")
        #expect(pod(at: "10.0.0.5", one)?.workload == web)
        let set = controller("ReplicaSet", "web-5d4f8", of: "Deployment web")
        #expect(pod(at: "10.0.0.5", one, set)?.workload == web)
        // What the ReplicaSet says counts more than its name, and one without a controller is its own.
        let other = controller("ReplicaSet", "web-5d4f8", of: "Rollout canary")
        #expect(pod(at: "10.0.0.5", one, other)?.workload.description == "Rollout ai/canary")
        let alone =
            "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web-5d4f8, namespace: ai}\nspec: {}\n"
        #expect(pod(at: "10.0.0.5", one, alone)?.workload.description == "ReplicaSet ai/web-5d4f8")
        // Nor is a name without the pods' hash one of a Deployment.
        let named = AccessTests.pod("web-x", ["10.0.0.5"], owner: "ReplicaSet web-other", labels: labels)
        #expect(pod(at: "10.0.0.5", named)?.workload.description == "ReplicaSet ai/web-other")
        // A set of that name in another namespace is another's.
        let elsewhere = controller("ReplicaSet", "web-5d4f8", of: "Deployment evil", namespace: "other")
        #expect(pod(at: "10.0.0.5", one, elsewhere)?.workload == web)
    }

    @Test("a CronJob's pods are the CronJob's; other controllers are taken as they are")
    func others() {
        let one = AccessTests.pod("night-1-x", ["10.0.0.5"], owner: "Job night-1")
        #expect(pod(at: "10.0.0.5", one)?.workload.description == "Job ai/night-1")
        let job = controller("Job", "night-1", of: "CronJob night")
        #expect(pod(at: "10.0.0.5", one, job)?.workload.description == "CronJob ai/night")
        let set = AccessTests.pod("db-0", ["10.0.0.6"], owner: "StatefulSet db")
        #expect(pod(at: "10.0.0.6", set)?.workload.description == "StatefulSet ai/db")
    }

    @Test("addresses that say nothing: of ended pods, of nodes, of two pods, of none")
    func nothing() {
        for phase in ["Succeeded", "Failed"] {
            let ended = AccessTests.pod("old", ["10.0.0.5"], phase: phase)
            #expect(pod(at: "10.0.0.5", ended) == nil)
            // The address may have a new owner since.
            #expect(pod(at: "10.0.0.5", ended, AccessTests.pod("new", ["10.0.0.5"]))?.pod == "new")
        }
        let host = AccessTests.pod("daemon", ["10.0.0.9"], spec: "{hostNetwork: true}")
        #expect(pod(at: "10.0.0.9", host) == nil)
        let claims = ["a", "b", "c", "d"].map { AccessTests.pod($0, ["10.0.0.5", "10.0.1.\($0 == "a" ? 1 : 2)"]) }
        for count in 2...4 {
            #expect(pod(at: "10.0.0.5", claims.prefix(count).joined()) == nil, "\(count)")
        }
        // What only one of them has is still its own.
        #expect(pod(at: "10.0.1.1", claims.prefix(2).joined())?.pod == "a")
        // One pod that says its address twice is one pod.
        #expect(pod(at: "10.0.0.5", AccessTests.pod("twice", ["10.0.0.5", "10.0.0.5"]))?.pod == "twice")
        #expect(pod(at: "10.0.0.5", AccessTests.pod("starting", [], phase: "Pending")) == nil)
    }

    @Test("a selection means namespaces and workloads, and nobody without a pod")
    func selections() {
        let web = PodIdentity(
            workload: WorkloadName(kind: "Deployment", namespace: "ai", name: "web"), pod: "p", serviceAccount: "s",
            labels: [])
        let matcher = { (namespaces: [String], names: [WorkloadName]) -> WorkloadMatcher in
            WorkloadMatcher(WorkloadSelection(namespaces: namespaces, names: names))
        }
        #expect(matcher(["ai"], []).matches(web) && !matcher(["web"], []).matches(web))
        #expect(matcher([], [web.workload]).matches(web) && matcher(["x"], [web.workload]).matches(web))
        for (kind, namespace, name) in [
            ("Pod", "ai", "web"), ("Deployment", "x", "web"), ("Deployment", "ai", "web2"), ("deployment", "ai", "web"),
        ] {
            let other = WorkloadName(kind: kind, namespace: namespace, name: name)
            #expect(!matcher([], [other]).matches(web), "\(other)")
        }
        #expect(!matcher(["ai"], [web.workload]).matches(nil))
    }
}
