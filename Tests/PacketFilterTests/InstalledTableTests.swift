import Addresses
import Testing

@testable import PacketFilter

/// What was read back from the kernel, held against what should be there: whatever is otherwise is told and mended.
@Suite("Whatever is otherwise in the kernel is told, and mended") struct InstalledTableTests {
    private typealias Edit = @Sendable (inout InstalledTable) -> Void

    /// A bit of everything.
    private static let wanted = Ruleset(
        .ip,
        sets: [
            KernelSet("pods", .address, comment: "all", [.init(1), .init(2)]),
            KernelSet("to-pods", .address, isMap: true, [.init(1, .goto("web"), comment: "default/web")]),
            KernelSet("far", .address, isMap: true, kind: .ranges, [.init(8, 9, .return)]),
        ],
        chains: [
            Chain(
                "forward", hook: .forward, [Rule(.verdictMap("to-pods", [.destinationAddress])), Rule(.verdict(.drop))]),
            Chain("web", [Rule(.count("repeats"), .verdict(.drop), comment: "shop/web")]),
        ],
        counters: ["repeats"])

    private static func set(
        _ name: String, key: KeyType = .address, isMap: Bool = false, kind: KernelSet.Kind = .exact,
        _ elements: [KernelSet.Element]
    ) -> Edit {
        let set = KernelSet(name, key, isMap: isMap, kind: kind, comment: nil, elements)
        return { $0.sets[name] = set }
    }

    private static func chain(_ name: String, hook: Chain.Hook? = nil, _ rules: Rule...) -> Edit {
        { table in
            var chain = InstalledTable.InstalledChain(hook: hook)
            chain.rules = rules.map { $0.expressions(.ip) }
            table.chains[name] = chain
        }
    }

    /// What is to be told of what somebody did, and that.
    private static let edits: [(told: String, edit: Edit)] = [
        ("set pods is missing", { $0.sets["pods"] = nil }),
        ("set more should not be there", set("more", [.init(1)])),
        ("pods lacks the element 0.0.0.2", set("pods", [.init(1)])),
        ("pods should not have the element 0.0.0.3", set("pods", [.init(1), .init(2), .init(3)])),
        (
            "to-pods lacks the element 0.0.0.1 : goto web\nto-pods should not have the element 0.0.0.1 : return",
            set("to-pods", isMap: true, [.init(1, .return)])
        ),
        ("far lacks the element 0.0.0.8/31 . 0-255 : return", set("far", isMap: true, kind: .ranges, [])),
        ("pods is a set of another kind", set("pods", kind: .ranges, [.init(1), .init(2)])),
        ("pods is a set of another kind", set("pods", key: .itself, [.init(1), .init(2)])),
        ("to-pods is a set of another kind", set("to-pods", [.init(1)])),
        ("chain web is missing", { $0.chains["web"] = nil }),
        ("chain more should not be there", chain("more", Rule(.verdict(.accept)))),
        ("chain more should not be there", chain("more")),
        ("chain web has 0 rules instead of 1", chain("web")),
        (
            "chain web has 2 rules instead of 1",
            chain("web", Rule(.count("repeats"), .verdict(.drop)), Rule(.verdict(.accept)))
        ),
        ("rule 1 of chain web says something else", chain("web", Rule(.count("repeats"), .verdict(.accept)))),
        (
            "chain web is called from elsewhere",
            chain("web", hook: .output, Rule(.count("repeats"), .verdict(.drop)))
        ),
        ("counter repeats is missing", { $0.counters = [] }),
        ("counter more should not be there", { $0.counters.insert("more") }),
        ("a flowtable", { $0.strangers = ["a flowtable"] }),
    ]

    @Test("nothing is told of what is as it should be; comments are for people")
    func same() {
        #expect(InstalledTable(Self.wanted).differences(from: Self.wanted) == [])
        var cut = InstalledTable(Self.wanted)
        Self.set("to-pods", isMap: true, [.init(1, .goto("web"), comment: "default/w...")])(&cut)
        #expect(cut.differences(from: Self.wanted) == [])
        #expect(cut.ruleset(towards: Self.wanted).map { RulesetChange(from: $0, to: Self.wanted).isEmpty } == true)
    }

    @Test("each thing that somebody did is told, and nothing else", arguments: edits.indices)
    func told(_ index: Int) {
        var found = InstalledTable(Self.wanted)
        Self.edits[index].edit(&found)
        let all = found.differences(from: Self.wanted)
        let place = "table ip sallyport: "
        #expect(all == Self.edits[index].told.split(separator: "\n").map { place + $0 })
    }

    @Test("whoever comes after another agent changes what is otherwise, or makes all anew", arguments: edits.indices)
    func mended(_ index: Int) throws {
        var found = InstalledTable(Self.wanted)
        Self.edits[index].edit(&found)
        guard let known = found.ruleset(towards: Self.wanted) else {
            // What is of another kind, or unknown, cannot be changed in place.
            let told = Self.edits[index].told
            let isOther = ["another kind", "elsewhere", "flowtable"].contains { told.contains($0) }
            #expect(isOther, "\(told)")
            return
        }
        let change = RulesetChange(from: known, to: Self.wanted)
        #expect(!change.isEmpty)
        var kernel = KernelModel(known)
        kernel.apply(change)
        #expect(kernel.mistakes == [] && kernel.ruleset == Self.wanted)
        // All that is there and should not be is taken away, also what rules say.
        for name in found.chains.keys where Self.wanted.chain(name) == nil {
            let hadRules = found.chains[name]?.rules.isEmpty == false
            #expect(change.cleanUp.contains(.deleteRules(chain: name)) == hadRules)
            #expect(change.cleanUp.contains(.deleteChain(name)))
        }
    }

    @Test("what cannot be changed in place is not")
    func anew() {
        var found = InstalledTable(Self.wanted)
        #expect(found.ruleset(towards: Ruleset(.ip6, sets: [], chains: [], counters: [])) == nil)
        for (told, edit) in Self.edits where told.contains("kind") || told.contains("elsewhere") || told.hasPrefix("a ")
        {
            found = InstalledTable(Self.wanted)
            edit(&found)
            #expect(found.ruleset(towards: Self.wanted) == nil, "\(told)")
        }
    }

    @Test("a chain that the kernel is to call from elsewhere, or a set of another kind, leads to a table made anew")
    func forms() {
        let others = [
            Ruleset(
                .ip, sets: Self.wanted.sets, chains: [Chain("forward", hook: .input, []), Chain("web", [])],
                counters: Self.wanted.counters),
            Ruleset(
                .ip, sets: [KernelSet("pods", .address, kind: .ranges, comment: "all")], chains: Self.wanted.chains,
                counters: Self.wanted.counters),
        ]
        for other in others {
            #expect(RulesetChange(from: other, to: Self.wanted).steps.contains(.deleteTable))
            #expect(RulesetChange(from: other, to: Self.wanted) == RulesetChange(installing: Self.wanted))
        }
    }
}
