import Addresses
import Testing

@testable import ModelTraffic

@Suite struct MediaRuleTests {
    private func check(
        _ url: String,
        _ hosts: [String] = ["images.example.com", "*.cdn.example", "8.8.8.8", "metadata.google.internal", "minio"]
    ) -> MediaRule.Refusal? {
        MediaRule(allowedHosts: hosts).check(MediaReference(kind: .image, url: url, path: "x"))
    }

    @Test(arguments: [
        "https://images.example.com/a.png?x=1#y", "http://images.example.com", "HTTPS://IMAGES.EXAMPLE.COM/",
        "https://images.example.com:8443/",
        "https://images.example.com./", "https://a.cdn.example/", "https://a.b.cdn.example/", "https://8.8.8.8/",
        "http://metadata.google.internal/", "http://minio/b/k",
        "https://images.example.com/%2e%2e/@x",
    ])
    func allowed(_ url: String) { #expect(check(url) == nil) }

    @Test(arguments: [
        "https://evil.example/", "https://cdn.example/", "https://xcdn.example/",
        "https://images.example.com.evil.example/", "https://1.1.1.1/",
        "https://[2606:4700::1111]/", "https://images-example.com/",
    ])
    func notListed(_ url: String) { #expect(check(url) == .notListed) }

    @Test(arguments: [
        "ftp://images.example.com/", "file://images.example.com/", "gopher://images.example.com/",
        "s3://images.example.com/x",
    ])
    func scheme(_ url: String) { #expect(check(url) == .scheme) }

    @Test(arguments: [
        "", "x", "file:///etc/passwd", "http:images.example.com", "http:/images.example.com",
        "http:///images.example.com/", "//images.example.com/",
        "http://images.example.com@evil.example/", "http://user:pw@images.example.com/",
        "http://images.example.com\\@evil.example/", "http:\\\\images.example.com/",
        "http://images.example.com\t/", " http://images.example.com/", "http://images.example.com/a b",
        "http://images.example.com/\n", "http://images.example.com/\u{0}",
        "http://images%2eexample.com/", "http://images.example.com%00.evil/", "http://images。example。com/",
        "http://１２７.0.0.1/", "http://ⓔxample.com/",
        "http://images.example.com:/", "http://images.example.com:0/", "http://images.example.com:99999/",
        "http://images.example.com:8a/", "http://.images.example.com/",
        "http://images..example.com/", "http://images.example.com../", "http://[::1/", "http://[fe80::1%25eth0]/",
        "http://[::1]x/", "1http://images.example.com/", "http://",
        "http://?images.example.com", "http://#@images.example.com/", "jar:http://images.example.com!/x",
        "javascript:alert(1)", "data :x",
    ])
    func badURL(_ url: String) { #expect(check(url) == .badURL, "\(url)") }

    /// Every spelling, and also when somebody lists it.
    @Test(arguments: [
        "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001",
        "0x7F.1", "127.0.0.1.", "127.000.000.001",
        "10.0.0.1", "10.1", "167772161", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.168.257",
        "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
        "100.64.0.1", "100.100.100.200", "0.0.0.0", "0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.0.192",
        "198.18.0.1", "168.63.129.16",
        "256.256.256.256", "1.2.3.4.5", "99999999999", "0x", "1.2.3.08", "8.8.8.0x8", "08.8.8.8", "4294967297",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::7f00:1]",
        "[64:ff9b::10.0.0.1]", "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]", "[fc00::1]",
        "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]",
        "[2001:db8::1]", "[fe80::5efe:10.0.0.1]", "[2a00::5efe:a00:1]", "[::ffff:0:0:1:2:3:4:5]", "[1::2::3]",
        "[::ffff:169.254.169.254]",
    ])
    func internalAddresses(_ host: String) {
        let bare = host.filter { $0 != "[" && $0 != "]" }
        for hosts in [[], [host], [bare, "*." + bare]] {
            #expect(check("http://\(host)/latest/meta-data", hosts) == .internalAddress, "\(host)")
        }
    }

    @Test(arguments: [
        "localhost", "LOCALHOST", "localhost.", "ollama", "x.localhost", "db.internal", "kubernetes.default.svc",
        "a.b.svc.cluster.local", "printer.local", "router.home.arpa",
    ])
    func internalNames(_ host: String) {
        #expect(
            check("http://\(host)/", ["*.internal", "*.svc", "*.local", "*.cluster.local", "*.localhost", "*.arpa"])
                == .internalName)
        let bare = host.lowercased().hasSuffix(".") ? String(host.dropLast()) : host
        #expect(check("http://\(host)/", [bare]) == nil)
    }

    @Test func addressesOfTheOutside() {
        for text in [
            "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.63.255.255",
            "100.128.0.0", "169.253.255.255", "223.255.255.255", "2606:4700::1111", "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            #expect(Address(text).map(InternalAddresses.contains) == false, "\(text)")
        }
    }

    @Test func entriesThatAreNoHosts() {
        for entry in ["", "*", "*.", "**.example", "https://images.example.com", "images.example.com/", "*.*"] {
            #expect(check("https://images.example.com/", [entry]) == .notListed, "\(entry)")
        }
    }
}
