import Foundation
import Kubernetes
import ModelTraffic
import Testing
import X509

@testable import Controller

@Suite("Certificates of our own parts")
struct CertificateTests {
    private let specs = LeafSpec.all(clusterDomain: "cluster.local")

    /// What all parts have, as it changes when the plan is followed.
    private struct World {
        var kept = SecretText.Kept()
        var leaves: [LeafSpec: (pair: CertificateMaker.Pair, bundle: String)] = [:]
        let plan: CertificatePlan

        mutating func turn(_ specs: [LeafSpec], now: Int64) throws {
            while let step = plan.step(kept.seen, now: now) { kept = try kept.after(step, now: now, plan.lifetimes) }
            let authorities = [kept.signing?.certificate, kept.next?.certificate, kept.previous].compactMap { $0 }
            let seen = specs.map { spec in
                CertificatePlan.Leaf(
                    spec: spec,
                    certificate: leaves[spec].flatMap {
                        CertificateMaker.read($0.pair.certificate, signedBy: authorities)
                    },
                    trusted: CertificateMaker.fingerprints(leaves[spec]?.bundle ?? ""))
            }
            let signing = try #require(kept.signing)
            for step in plan.steps(seen, kept.seen, now: now) {
                switch step {
                case .issue(let spec):
                    leaves[spec] = (
                        try CertificateMaker.leaf(spec, by: signing, now: now, plan.lifetimes), kept.bundle(now: now)
                    )
                case .publish(let spec): leaves[spec]?.bundle = kept.bundle(now: now)
                default: Issue.record("\(step) is no step about a certificate")
                }
            }
        }
    }

    @Test("Over years, everybody trusts everybody's certificate, also who sees his files late")
    func years() throws {
        var lifetimes = CertificatePlan.Lifetimes()
        let hour: Int64 = 3600
        // Days instead of years: the proportions are what matters.
        (lifetimes.authority, lifetimes.leaf, lifetimes.settling) = (20 * 24 * hour, 3 * 24 * hour, 12 * hour)
        var world = World(plan: CertificatePlan(lifetimes))
        var authorities: Set<String> = []
        var late: [LeafSpec: (pair: CertificateMaker.Pair, bundle: String)] = [:]
        for step in 0..<(60 * 4) {
            let now = 1_700_000_000 + Int64(step) * 6 * hour
            try world.turn(specs, now: now)
            authorities.formUnion(world.kept.seen.signing.map { [$0.fingerprint] } ?? [])
            let all = Array(world.leaves.values) + Array(late.values)
            let trusted = Set(all.map(\.bundle)).map { Set(CertificateMaker.fingerprints($0)) }
            let known = Array(Set(CertificateMaker.split(all.map(\.bundle).joined())))
            for certificate in Set(all.map(\.pair.certificate)) {
                let seen = CertificateMaker.read(certificate, signedBy: known)
                let issuer = try #require(seen?.issuer, "an unknown authority at step \(step)")
                #expect(trusted.allSatisfy { $0.contains(issuer) }, "not trusted by all at step \(step)")
                #expect(seen.map { $0.notBefore <= now && now < $0.notAfter } == true, "out of date at step \(step)")
            }
            late = world.leaves
        }
        #expect(authorities.count >= 4)
    }

    @Test("A certificate names its owner, and no other can have made it")
    func leaf() throws {
        let plan = CertificatePlan()
        let authority = try CertificateMaker.authority(now: 1_700_000_000, plan.lifetimes)
        let stranger = try CertificateMaker.authority(now: 1_700_000_000, plan.lifetimes)
        let spec = try #require(specs.first)
        let made = try CertificateMaker.leaf(spec, by: authority, now: 1_700_000_000, plan.lifetimes)
        #expect(CertificateMaker.isPair(made))
        let seen = CertificateMaker.read(made.certificate, signedBy: [stranger.certificate, authority.certificate])
        #expect(seen?.issuer == CertificateMaker.read(authority.certificate)?.fingerprint)
        #expect(seen?.names.contains("sallyport-hub.sallyport-system.svc") == true)
        #expect(CertificateMaker.read(made.certificate, signedBy: [stranger.certificate])?.issuer == nil)
        #expect(!CertificateMaker.isPair(.init(certificate: made.certificate, key: authority.key)))
    }

    @Test("Other names, another authority, two thirds of its life: a certificate is made anew; else it is left alone")
    func reasons() {
        let plan = CertificatePlan()
        let spec = LeafSpec(namespace: "a", secret: "b", names: ["x"], isServer: true)
        let authority = CertificatePlan.Seen(fingerprint: "A", issuer: nil, notBefore: 0, notAfter: 1_000_000)
        let authorities = CertificatePlan.Authorities(signing: authority)
        func steps(
            _ issuer: String = "A", names: Set<String> = ["x"], trusted: [String] = ["A"], foreign: Bool = false,
            now: Int64 = 50
        ) -> [CertificatePlan.Step] {
            let seen = CertificatePlan.Seen(fingerprint: "L", issuer: issuer, notBefore: 0, notAfter: 90, names: names)
            let leaf = CertificatePlan.Leaf(spec: spec, certificate: seen, trusted: trusted, isForeign: foreign)
            return plan.steps([leaf], authorities, now: now)
        }
        #expect(steps().isEmpty)
        #expect(steps("B") == [.issue(spec)])
        #expect(steps(names: ["y"]) == [.issue(spec)])
        #expect(steps(now: 60) == [.issue(spec)])
        #expect(steps(trusted: []) == [.publish(spec)])
        #expect(steps("B", foreign: true).isEmpty)
    }

    @Test("A Secret is read back as it was written; one that cert-manager makes is not ours")
    func secrets() throws {
        let plan = CertificatePlan()
        var kept = try SecretText.Kept().after(.found, now: 1_700_000_000, plan.lifetimes)
        kept = try kept.after(.prepareNext, now: 1_700_000_000, plan.lifetimes)
        let body = SecretText.body(
            namespace: "a", name: "b", kept.data(now: 1_700_000_000), resourceVersion: "7")
        let secret = try value(body)
        #expect(SecretText.Kept(SecretText.texts(secret)) == kept)
        #expect(CertificateMaker.fingerprints(kept.bundle(now: 1_700_000_000)) == kept.seen.trusted(1_700_000_000))
        #expect(!SecretText.isForeign(secret))
        let foreign = try value(#"{"metadata":{"annotations":{"cert-manager.io/certificate-name":"hub"}}}"#)
        #expect(SecretText.isForeign(foreign))
    }
}
