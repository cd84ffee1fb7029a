import HTTPTypes
import Hummingbird
import Testing

@testable import Hub

@Suite struct PiecesTests {
    private func table() -> RouteTable {
        func route(_ method: HTTPRequest.Method, _ path: String) -> Route {
            Route(method, path, .anyone, "", gives: .nothing) { _ in Response(status: .ok) }
        }
        return RouteTable([
            route(.get, "/a"), route(.post, "/a"), route(.get, "/a/live"), route(.get, "/a/{id}"),
            route(.get, "/a/{id}/end"),
        ])
    }

    private func found(_ method: HTTPRequest.Method, _ path: String) -> String {
        switch table().find(method, path) {
        case .route(let route, let segment): "\(route.method) \(route.path) \(segment)"
        case .otherMethods(let methods): "methods \(methods.joined(separator: ","))"
        case .nothing: "nothing"
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/a", "GET /a "), (.post, "/a", "POST /a "), (.head, "/a", "GET /a "),
        (.delete, "/a", "methods GET,POST"), (.get, "/a/live", "GET /a/live "), (.get, "/a/x%20y", "GET /a/{id} x y"),
        (.get, "/a/x/end", "GET /a/{id}/end x"), (.get, "/a/", "nothing"), (.get, "/a/x/y", "nothing"),
        (.get, "/a//end", "nothing"), (.get, "/b", "nothing"), (.get, "/a/%zz", "nothing"),
    ])
    func findsRoutes(method: HTTPRequest.Method, path: String, expected: String) {
        #expect(found(method, path) == expected)
    }

    @Test func templatesAreFilledWithHarmlessText() {
        let text = Template.fill(
            "<p title=\"{{a}}\">{{b}}{{c}}{{d}}</p>{{", ["a": "\"><x>", "b": "&'"], html: ["c": "<b>"])
        #expect(text == "<p title=\"&quot;&gt;&lt;x&gt;\">&amp;&#39;<b></p>{{")
        #expect(Template.fill("{{a}}", ["a": "{{b}}", "b": "x"]) == "{{b}}", "what is filled in is not filled again")
    }

    @Test(arguments: [
        ("/records?filter=a%20b", "/records?filter=a%20b"), ("/", "/"), ("//evil.example", "/"),
        ("https://evil.example", "/"), ("/\\evil.example", "/"), ("/login", "/"), ("/login/link?token=x", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: x", "/"), ("javascript:alert(1)", "/"), ("/ä", "/"),
    ])
    func aLoginLeadsToOurOwnPagesOnly(target: String, expected: String) {
        #expect(ConsolePages.local(target) == expected)
    }

    @Test func sightsAreFilters() throws {
        #expect(Sight.everything.filterText == nil)
        #expect(Sight.everything.sees(""))
        let some = Sight.namespaces(["ai", "data"])
        #expect(some.sees("ai"))
        #expect(!some.sees(""))
        #expect(!some.sees("web"))
        #expect(some.sees(anyOf: ["web", "data"]))
        #expect(!some.sees(anyOf: []))
        let text = try #require(some.filterText)
        #expect(text.contains("workload.namespace=\"ai\""))
        #expect(text.contains("destination.workload.namespace=\"data\""))
    }

    @Test func everyAssetIsThere() {
        for name in ["page.html", "console.css", "page.js", "records.js", "icon.svg", "theme.js"] {
            #expect(ConsoleAssets.all[name] != nil, "\(name)")
        }
    }

    /// A module that is imported, or a file that a style or a page names, must be among the assets.
    @Test func assetsNameOnlyAssets() throws {
        for (name, asset) in ConsoleAssets.all where name != "d3.js" {
            let text = String(decoding: asset.bytes, as: UTF8.self)
            for match in text.matches(of: /\/assets\/([a-zA-Z0-9.-]+\.[a-z]+)/) {
                #expect(ConsoleAssets.all[String(match.1)] != nil, "\(name) names \(match.1)")
            }
        }
    }

    /// The policy of the pages forbids what is not in files of its own.
    @Test func pagesHaveNoScriptOrStyleInThem() {
        for (name, asset) in ConsoleAssets.all where name.hasSuffix(".html") {
            let text = String(decoding: asset.bytes, as: UTF8.self)
            #expect(!text.contains("style="), "\(name)")
            #expect(!text.contains("<style"), "\(name)")
            #expect(text.firstMatch(of: /<script(?![^>]*src=)/) == nil, "\(name)")
            #expect(text.firstMatch(of: /\son[a-z]+=/) == nil, "\(name)")
            #expect(text.firstMatch(of: /(src|href)="(https?:)?\/\//) == nil, "\(name) names something outside")
        }
    }

    @Test func recordsAreDescribedByTheirFields() {
        let text = JSONTree.object(Schemas.all.map { ($0.0, $0.1.json) }).text
        #expect(text.contains("suspected_theft"))
        #expect(text.contains("cost_usd"))
        #expect(!text.contains("[]\":{"), "arrays are no names")
    }
}
