import Testing

@testable import Kubernetes

@Suite struct RouteKindTests {
    @Test func defaultsAreThoseOfTheCRDs() throws {
        let empty = try #require(snapshot(httpRoute("parentRefs: [{name: g}]")).route)
        #expect(empty.rules.count == 1)
        #expect(empty.rules[0].matches == [.init(path: .prefix("/"), headers: [], queryParams: [], method: nil)])
        #expect(empty.parentRefs[0].group == "gateway.networking.k8s.io" && empty.parentRefs[0].kind == "Gateway")

        let route = try #require(
            snapshot(
                httpRoute(
                    """
                    rules:
                    - matches:
                      - headers: [{name: X-A, value: b}, {name: x-a, value: c}]
                      - {path: {value: /a}, method: GET, queryParams: [{name: Q, value: b, type: RegularExpression}]}
                      backendRefs: [{name: s, port: 80}, {name: t, port: 81, weight: 0}]
                      timeouts: {request: 10s, backendRequest: 1s}
                      retry: {codes: [500, 503], attempts: 3, backoff: 100ms}
                    """)
            ).route)
        let rule = route.rules[0]
        #expect(rule.matches[0].path == .prefix("/"))
        #expect(rule.matches[0].headers == [.init(name: "x-a", value: "b", isRegularExpression: false)])
        #expect(rule.matches[1].queryParams == [.init(name: "Q", value: "b", isRegularExpression: true)])
        #expect(rule.backendRefs.map(\.weight) == [1, 0])
        #expect(rule.backendRefs[0].ref.kind == "Service" && rule.backendRefs[0].ref.group == "")
        #expect(rule.timeouts == .init(request: Milliseconds(10_000), backendRequest: Milliseconds(1000)))
        #expect(rule.retry == .init(codes: [500, 503], attempts: 3, backoff: Milliseconds(100)))
    }

    @Test func filters() throws {
        let route = try #require(
            snapshot(
                httpRoute(
                    """
                    rules:
                    - filters:
                      - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: A, value: b}], remove: [C]}}
                      - {type: RequestMirror, requestMirror: {backendRef: {name: m, port: 1}}}
                      - {type: RequestMirror, requestMirror: {backendRef: {name: m, port: 1}, percent: 10}}
                      - {type: RequestMirror, requestMirror: {backendRef: {name: m, port: 1}, fraction: {numerator: 5}}}
                      - {type: URLRewrite, urlRewrite: {hostname: h, path: {type: ReplacePrefixMatch, replacePrefixMatch: /x}}}
                      - {type: CORS, cors: {allowOrigins: ["https://*.a.b:1", "http://c"], allowMethods: [GET]}}
                      - {type: ExtensionRef, extensionRef: {group: x.y, kind: Z, name: n}}
                    - filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]
                    """)
            ).route)
        let filters = route.rules[0].filters
        #expect(filters.count == 7)
        #expect(filters[0] == .requestHeaders(.init(set: [.init(name: "a", value: "b")], add: [], remove: ["c"])))
        let shares: [[Int]] = filters[1...3].map {
            if case .mirror(let m) = $0 { [m.numerator, m.denominator] } else { [] }
        }
        #expect(shares == [[1, 1], [10, 100], [5, 100]])
        #expect(filters[4] == .rewrite(.init(hostname: "h", path: .replacePrefixMatch("/x"))))
        guard case .cors(let cors) = filters[5] else { return #expect(Bool(false), "no CORS") }
        #expect(cors.maxAge == 5 && !cors.allowCredentials)
        #expect(
            route.rules[1].filters
                == [.redirect(.init(scheme: "https", hostname: nil, path: nil, port: nil, statusCode: 302))])
    }

    @Test(arguments: [
        ("a", "must begin with '/'"), ("/a//b", "must not contain '//'"), ("/a/./b", "must not contain '/./'"),
        ("/a/../b", "must not contain '/../'"), ("/a%2fb", "must not contain '%2f'"),
        ("/a%2Fb", "must not contain '%2F'"),
        ("/a#b", "must not contain '#'"), ("/a/..", "must not end with '/..'"), ("/a/.", "must not end with '/.'"),
        ("/a b", "must only contain"), ("/a%zz", "must only contain"), ("/a%2", "must only contain"),
        ("/a?b", "must only contain"),
        ("/\u{e9}", "must only contain"), ("", "must have 1 to 1024 characters"),
    ])
    func paths(path: String, expected: String) {
        for type in ["Exact", "PathPrefix"] {
            let found = mistakes(httpRoute("rules: [{matches: [{path: {type: \(type), value: \"\(path)\"}}]}]"))
            #expect(found.count == 1, "\(found)")
            #expect(found.first?.hasPrefix("5 spec.rules[0].matches[0].path.value: \(expected)") == true, "\(found)")
        }
    }

    /// Each rule of the CRD that a route can break, as flow YAML of one rule.
    @Test(arguments: [
        ("{matches: [{method: BREW}]}", "matches[0].method: must be one of GET"),
        (
            "{matches: [{path: {type: Glob, value: /}}]}",
            "matches[0].path.type: must be one of Exact, PathPrefix, RegularExpression, is \"Glob\""
        ),
        ("{matches: [{headers: [{name: 'a b', value: c}]}]}", "matches[0].headers[0].name: must be a header name"),
        ("{matches: [{headers: [{name: a}]}]}", "matches[0].headers[0].value: must be there"),
        ("{matches: [{headers: [{name: a, value: ''}]}]}", "matches[0].headers[0].value: must have 1 to 4096"),
        (
            "{matches: [{headers: [{name: a, value: 12}]}]}",
            "matches[0].headers[0].value: must be a string (put it in quotes), is 12"
        ),
        ("{matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]}", "matches[0].headers: has \"a\" twice"),
        ("{backendRefs: [{name: s}]}", "backendRefs[0].port: must be there for a Service"),
        (
            "{backendRefs: [{name: s, port: 1, weight: -1}]}",
            "backendRefs[0].weight: must be a whole number between 0 and 1000000"
        ),
        ("{backendRefs: [{port: 1}]}", "backendRefs[0].name: must be there"),
        ("{timeouts: {request: 1s, backendRequest: 2s}}", "timeouts.backendRequest: must not be longer than request"),
        ("{timeouts: {request: 1.5s}}", "timeouts.request: must be a duration such as"),
        ("{timeouts: {request: 10}}", "timeouts.request: must be a string"),
        ("{retry: {codes: [200]}}", "retry.codes[0]: must be a whole number between 400 and 599, is 200"),
        ("{filters: [{type: Nonsense}]}", "filters[0].type: must be one of RequestHeaderModifier"),
        ("{filters: [{type: URLRewrite}]}", "filters[0].urlRewrite: must be there"),
        (
            "{filters: [{type: URLRewrite, urlRewrite: {hostname: a}, requestRedirect: {}}]}",
            "filters[0].requestRedirect: must not be there when type is URLRewrite"
        ),
        (
            "{filters: [{type: URLRewrite, urlRewrite: {hostname: a}}, {type: URLRewrite, urlRewrite: {hostname: a}}]}",
            "filters[1].type: must not be there twice"
        ),
        (
            "{filters: [{type: URLRewrite, urlRewrite: {hostname: a}}, {type: RequestRedirect, requestRedirect: {}}]}",
            "filters: must not have both"
        ),
        (
            "{filters: [{type: RequestRedirect, requestRedirect: {}}], backendRefs: [{name: s, port: 1}]}",
            "backendRefs: must not be there beside"
        ),
        (
            "{filters: [{type: RequestRedirect, requestRedirect: {statusCode: 300}}]}",
            "filters[0].requestRedirect.statusCode: must be one of 301"
        ),
        (
            "{filters: [{type: RequestRedirect, requestRedirect: {scheme: ftp}}]}",
            "filters[0].requestRedirect.scheme: must be one of http, https"
        ),
        (
            "{filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath}}}]}",
            "filters[0].requestRedirect.path.replaceFullPath: must be there"
        ),
        (
            "{filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: \"/a\\r\\nb\"}}}]}",
            "filters[0].requestRedirect.path.replaceFullPath: must not contain blanks"
        ),
        (
            "{matches: [{path: {type: Exact, value: /a}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]}",
            "matches: must be exactly one, of type PathPrefix"
        ),
        (
            "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: m, port: 1}, percent: 101}}]}",
            "filters[0].requestMirror.percent: must be a whole number between 0 and 100"
        ),
        (
            "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: m, port: 1}, fraction: {numerator: 2, denominator: 1}}}]}",
            "filters[0].requestMirror.fraction.numerator: must not be more"
        ),
        (
            "{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: \"b\\r\\nc: d\"}]}}]}",
            "filters[0].requestHeaderModifier.set[0].value: must not contain control"
        ),
        (
            "{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [a, a]}}]}",
            "filters[0].requestHeaderModifier.remove: has \"a\" twice"
        ),
        (
            "{filters: [{type: CORS, cors: {allowOrigins: ['*', 'http://a']}}]}",
            "filters[0].cors.allowOrigins: must not have other entries"
        ),
        (
            "{filters: [{type: CORS, cors: {allowOrigins: ['a.b']}}]}",
            "filters[0].cors.allowOrigins[0]: must be * or an origin"
        ),
        ("{name: A}", "name: must be a DNS name"),
    ])
    func rules(rule: String, expected: String) {
        let found = mistakes(httpRoute("rules:\n- \(rule)"))
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("6 spec.rules[0].\(expected)") == true, "\(found)")
    }

    @Test(arguments: [
        ("hostnames: [A.b]", "5 spec.hostnames[0]: must be a lower-case DNS name"),
        ("hostnames: ['1.2.3.4:80']", "5 spec.hostnames[0]: must be a lower-case DNS name"),
        ("rules: []", "5 spec.rules: must have at least 1 entries"),
        ("parentRefs: [{name: a}, {name: a}]", "5 spec.parentRefs[1]: refers to the same object, and the same part"),
        (
            "parentRefs: [{name: a}, {name: a, sectionName: b}]",
            "5 spec.parentRefs[1]: refers to the same object as an entry before"
        ),
        (
            "parentRefs: [{name: a, sectionName: b}, {name: a, sectionName: b}]",
            "5 spec.parentRefs[1]: refers to the same object, and"
        ),
        ("rules: [{name: a}, {name: a}]", "5 spec.rules: has \"a\" twice"),
    ])
    func routes(spec: String, expected: String) {
        let found = mistakes(httpRoute(spec))
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test func limitsOnLists() {
        let match = "{path: {value: /a}}"
        let many =
            "rules: ["
            + (0..<3).map { _ in "{matches: [" + Array(repeating: match, count: 50).joined(separator: ",") + "]}" }
            .joined(separator: ",") + "]"
        #expect(
            mistakes(httpRoute(many)).map { String($0.prefix(40)) } == ["5 spec.rules: must have at most 128 matc"])
        let rules = "rules: [" + Array(repeating: "{}", count: 17).joined(separator: ",") + "]"
        #expect(mistakes(httpRoute(rules)) == ["5 spec.rules: must have at most 16 entries, has 17"])
    }

    @Test func allMistakesOfAnObjectAreFound() {
        let found = mistakes(httpRoute("hostnames: [A]\nrules:\n- matches: [{method: X}]\n  backendRefs: [{name: s}]"))
        #expect(found.count == 3)
        #expect(found.map { $0.split(separator: " ")[0] } == ["5", "7", "8"])
    }

    @Test func grpcRoutes() throws {
        let text = { (matches: String) in
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GRPCRoute
            metadata: {name: r}
            spec:
              rules: [{matches: [\(matches)]}]
            """
        }
        let good = snapshot(
            text("{method: {service: a.B, method: C}, headers: [{name: H, value: v}]}, {method: {method: D}}"))
        let route = try #require(good.objects.grpcRoutes[NamespacedName("default", "r")])
        #expect(route.rules[0].matches[0].service == "a.B" && route.rules[0].matches[0].headers[0].name == "h")
        #expect(mistakes(text("{method: {}}")).first?.contains("must have service or method") == true)
        #expect(mistakes(text("{method: {service: 'a/b'}}")).first?.contains("must be a service name") == true)
        #expect(mistakes(text("{method: {method: '1a'}}")).first?.contains("must be a method name") == true)
        #expect(mistakes(text("{method: {service: '.*', type: RegularExpression}}")).isEmpty)
    }
}
