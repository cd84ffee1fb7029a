import Testing

@testable import Kubernetes

@Suite struct ServedObjectTests {
    private func kind<T: KubernetesObject>(_ type: T.Type) throws -> ServedKind { try #require(ServedKind.of(type)) }

    private func live(_ objects: ServedObject..., kind: ServedKind) -> Snapshot {
        var live = LiveObjects()
        _ = live.replace(with: objects, of: LiveObjects.Feed(kind))
        return live.snapshot(revision: 1)
    }

    private func decode<T: KubernetesObject>(_ type: T.Type, _ text: String, _ version: String) throws -> Snapshot {
        let kind = try kind(type)
        return live(try ServedObject.decode(Array(text.utf8), as: kind, apiVersion: version), kind: kind)
    }

    @Test func objectsOfListsNeedNotSayWhatTheyAre() throws {
        let snapshot = try decode(
            ConfigMap.self, #"{"metadata":{"name":"a","namespace":"ai","resourceVersion":"7"},"data":{"k":"v"}}"#, "v1")
        let map = snapshot.objects.configMaps[NamespacedName("ai", "a")]
        #expect(map?.data == ["k": "v"] && map?.metadata.position == nil)
        #expect(snapshot.mistakes.isEmpty)
    }

    @Test func mistakesNameTheObjectAndTheFieldAndNoLine() throws {
        let snapshot = try decode(
            AccessKey.self, #"{"metadata":{"name":"a","namespace":"ai"},"spec":{"sha256":"x","ownr":"y"}}"#,
            "sallyport.dev/v1alpha1")
        let words = snapshot.mistakes.map(\.description)
        #expect(words.count == 2 && words.allSatisfy { $0.hasPrefix("AccessKey ai/a: spec.") })
        #expect(snapshot.objects.invalid.map(\.reference.name) == ["a"])
        #expect(snapshot.objects.invalid.first?.position == nil)
    }

    @Test func aVersionThatWeDoNotReadIsAMistake() throws {
        let snapshot = try decode(
            AccessKey.self, #"{"apiVersion":"sallyport.dev/v9","metadata":{"name":"a"},"spec":{}}"#,
            "sallyport.dev/v1alpha1")
        #expect(snapshot.mistakes.first?.path == "apiVersion" && snapshot.objects.invalid.count == 1)
    }

    @Test func whatSaysNothingIsNotKeptAndEverythingElseIs() throws {
        let snapshot = try decode(
            Pod.self,
            """
            {"metadata":{"name":"a","managedFields":[{"x":[1,{"y":"}"}],"z":true},null,-1.5e3],
             "labels":{"managedFields":"kept"},
             "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\\"much\\":1}","b":"kept"}},
             "spec":{"managedFields":{"a":1},"containers":[]}}
            """, "v1")
        let metadata = snapshot.objects.pods.values.first?.metadata
        #expect(metadata?.labels == ["managedFields": "kept"])
        #expect(metadata?.annotations["b"] == "kept")
        #expect(metadata?.annotations["kubectl.kubernetes.io/last-applied-configuration"] == "")
    }

    @Test(
        arguments: [
            #"{"metadata":{"name":"a","managedFields":[}}"#, #"{"metadata":{"name":"a","managedFields":{"a" 1}}}"#,
            #"{"metadata":{"name":"a","managedFields":["\x"]}}"#, #"{"metadata":{"name":"a","managedFields":[1 2]}}"#,
            #"{"metadata":{"name":"a","managedFields":{1:2}}}"#, #"{"metadata":{"name":"a"}"#, "[]", "1", "{}",
            #"{"metadata":{"name":""}}"#, #"{"metadata":{"name":7}}"#, #"{"metadata":{}}"#,
            #"{"kind":"Secret","metadata":{"name":"a"}}"#,
        ])
    func whatIsNoObjectIsNone(text: String) throws {
        let kind = try kind(ConfigMap.self)
        #expect(throws: ServedProblem.self) { try ServedObject.decode(Array(text.utf8), as: kind, apiVersion: "v1") }
    }

    @Test func deepNestingOfWhatIsPassedOverHasALimitToo() throws {
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        let kind = try kind(ConfigMap.self)
        #expect(throws: ServedProblem.self) {
            try ServedObject.decode(
                Array(#"{"metadata":{"name":"a","managedFields":\#(deep)}}"#.utf8), as: kind, apiVersion: "v1")
        }
    }

    @Test func bytesThatAreNoTextAreNoObject() throws {
        let kind = try kind(ConfigMap.self)
        let text = Array(#"{"metadata":{"name":"a"},"data":{"k":""#.utf8) + [0xff] + Array("\"}}".utf8)
        #expect(throws: ServedProblem.self) { try ServedObject.decode(text, as: kind, apiVersion: "v1") }
    }

    @Test func topologyOfV1beta1() throws {
        func endpoint(_ text: String) throws -> EndpointSlice.Endpoint? {
            let slice = #"{"metadata":{"name":"s"},"addressType":"IPv4","endpoints":[\#(text)],"ports":null}"#
            return try decode(EndpointSlice.self, slice, "discovery.k8s.io/v1beta1")
                .objects.endpointSlices.values.first?.endpoints.first
        }
        let topology = #""topology":{"kubernetes.io/hostname":"n1","topology.kubernetes.io/zone":"z1"}"#
        let old = try endpoint(#"{"addresses":["10.0.0.1"],\#(topology),"conditions":{"ready":false}}"#)
        #expect(old?.nodeName == "n1" && old?.zone == "z1" && old?.ready == false && old?.serving == false)
        let both = try endpoint(#"{"addresses":["10.0.0.1"],"nodeName":"n2","zone":"z2",\#(topology)}"#)
        #expect(both?.nodeName == "n2" && both?.zone == "z2" && both?.ready == true)
    }

    @Test func calicoIsReadWhereItIsStored() throws {
        let kind = try kind(CalicoTier.self)
        #expect(kind.places.map(\.group) == ["projectcalico.org", "crd.projectcalico.org"])
        let object = try ServedObject.decode(
            Array(#"{"metadata":{"name":"t"},"spec":{"order":1}}"#.utf8), as: kind,
            apiVersion: "crd.projectcalico.org/v1")
        #expect(live(object, kind: kind).objects.calicoTiers.keys.map(\.name) == ["t"])
    }

    @Test func events() throws {
        let kind = try kind(ConfigMap.self)
        func event(_ type: String, _ object: String) throws -> ServedEvent {
            try ServedEvent.decode(Array(#"{"type":"\#(type)","object":\#(object)}"#.utf8), as: kind, apiVersion: "v1")
        }
        let object =
            #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"9","managedFields":[1]}}"#
        for type in ["ADDED", "MODIFIED"] {
            guard case .put(let put) = try event(type, object) else {
                Issue.record("no object")
                continue
            }
            #expect(put.key == NamespacedName("default", "a") && put.resourceVersion == "9" && put.isGood)
        }
        guard case .removed(let key, "9") = try event("DELETED", object) else {
            Issue.record("not removed")
            return
        }
        #expect(key == NamespacedName("default", "a"))
        guard case .bookmark("12") = try event("BOOKMARK", #"{"metadata":{"resourceVersion":"12"}}"#) else {
            Issue.record("no bookmark")
            return
        }
        guard
            case .failed(let status) = try event(
                "ERROR", #"{"kind":"Status","code":410,"reason":"Expired","message":"m"}"#)
        else {
            Issue.record("no error")
            return
        }
        #expect(status.code == 410 && status.reason == "Expired" && status.message == "m")
        for (type, object) in [
            ("BOOKMARK", "{}"), ("ADDED", "{}"), ("DELETED", "{}"), ("NEW", object), ("ADDED", "null"),
        ] {
            #expect(throws: ServedProblem.self) { try event(type, object) }
        }
    }

    @Test func statuses() {
        let status = ServedStatus(
            Array(
                """
                {"kind":"Status","code":422,"reason":"Invalid","message":"m","details":{"retryAfterSeconds":3,
                "causes":[{"field":"spec.x","reason":"FieldValueInvalid","message":"bad"},{}]}}
                """.utf8))
        #expect(status?.causes.map(\.field) == ["spec.x", ""] && status?.retryAfter == Milliseconds(3_000))
        for text in ["", "<html>", "{}", #"{"kind":"Pod"}"#] { #expect(ServedStatus(Array(text.utf8)) == nil) }
    }
}
