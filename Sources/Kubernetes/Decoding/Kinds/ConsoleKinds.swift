extension ConsoleGrant {
    /// A role, and namespaces where not all are meant.
    init(_ fields: Fields) {
        fields.refuseEmptyList("namespaces")
        self.init(
            role: Role(rawValue: fields.string("role", .consoleRole)) ?? .viewer,
            namespaces: fields.strings("namespaces", 0...256, unique: true, each: .label),
            content: fields.optionalFlag("content") ?? false)
    }
}

extension TokenIssuer.Console {
    init(_ fields: Fields) {
        self.init(
            grants: fields.list("grants", 1...64).map(TokenIssuer.Grant.init),
            login: fields["login"].map(TokenIssuer.Login.init))
    }
}

extension TokenIssuer.Grant {
    fileprivate init(_ fields: Fields) {
        fields.refuseEmptyList("values")
        if fields.has("claim") != fields.has("values") {
            fields.fail("must have claim and values, or neither: then it is for every token of the issuer")
        }
        self.init(
            claim: fields.has("claim") ? fields.string("claim", .claimName) : "",
            values: fields.strings("values", 0...256, unique: true, each: .length(1...1024), .plainText),
            grant: ConsoleGrant(fields))
    }
}

extension TokenIssuer.Login {
    fileprivate init(_ fields: Fields) {
        fields.refuseEmptyList("scopes")
        self.init(
            clientID: fields.string("clientID", .length(1...1024), .plainText),
            authorizationEndpoint: fields.string("authorizationEndpoint", .keySetURL),
            tokenEndpoint: fields.string("tokenEndpoint", .keySetURL),
            redirectURL: fields.string("redirectURL", .keySetURL),
            scopes: fields.strings("scopes", 0...16, unique: true, each: .length(1...256), .plainText),
            clientSecret: fields["clientSecretRef"].map {
                TokenIssuer.KeyReference($0, key: "clientSecret")
            },
            caCertificates: fields["caCertificates"].flatMap(TokenIssuer.Certificates.init))
    }
}

extension Check {
    fileprivate static let consoleRole = oneOf("Viewer", "Operator")
}
