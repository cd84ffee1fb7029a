extension KindSchema {
    /// `TokenIssuer`.
    static let tokenIssuer = KindSchema(
        TokenIssuer.self, plural: "tokenissuers", shortNames: ["tissuer"],
        meaning: "Says who may say who a caller is, with signed tokens (JWT), and has the public keys to verify them "
            + "with.",
        specMeaning: "Whose tokens are taken, for which audience, and how they are verified.",
        specExample: "{issuer: \"https://login.example.com\", audiences: [sallyport], "
            + "jwks: {url: \"https://login.example.com/keys\"}}",
        spec: SchemaObject(
            fields: TokenIssuerSchema.spec,
            rules: [
                SchemaRule(
                    .expression(
                        "!has(self.console) || !has(self.console.login) || "
                            + "self.console.login.clientID in self.audiences"),
                    "audiences must have console.login.clientID: the tokens that people get are for it"),
                SchemaRule(
                    .expression(
                        "!has(self.serviceAccounts) || !self.serviceAccounts || !has(self.subjectClaim) || "
                            + "self.subjectClaim == 'sub'"),
                    "subjectClaim must be sub for service accounts, whose names are checked against it"),
            ]),
        conditions: [
            ConditionType(name: "Accepted", meaning: "Tokens are taken for all audiences that are listed."),
            ConditionType(
                name: "ResolvedRefs", meaning: "There are keys to verify with, and nothing is wrong with them."),
        ],
        columns: [
            Column("Issuer", ".spec.issuer", "Whose tokens are taken."),
            Column("Audiences", ".spec.audiences", "For whom the tokens are made.", priority: 1),
            .condition("Accepted", "Whether tokens are taken."),
            .condition("ResolvedRefs", "Whether there are keys."), .reason("ResolvedRefs"), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: TokenIssuer
            metadata:
              name: corporate
              namespace: ai
            spec:
              issuer: https://login.example.com/realms/staff
              audiences: [sallyport]
              algorithms: [RS256, ES256]
              jwks:
                url: https://login.example.com/realms/staff/certs
                refresh: 10m
                caCertificates:
                  configMapRef: {name: corporate-ca}
              requiredClaims:
                tenant: [blue, green]
              clockSkew: 30s
              maximumLifetime: 1h
              console:
                grants:
                - {claim: groups, values: [platform], role: Operator}
            """)
}

/// The parts of a `TokenIssuer`.
private enum TokenIssuerSchema {
    static let spec: [SchemaField] = [
        .required(
            "issuer", .text(.printable(1...1024)),
            "Exactly the tokens' iss: a slash more or less is another issuer.",
            example: "\"https://login.example.com/realms/staff\""),
        .required(
            "audiences", .texts(.printable(1...1024), 1...16), "A token must have one of them in aud.",
            example: "[sallyport]"),
        .optional(
            "algorithms",
            .list(.choice(TokenAlgorithm.allCases.map(\.rawValue)), 1...TokenAlgorithm.allCases.count, .set),
            "Signatures that are taken; absent: all that are known.", example: "[RS256, ES256]"),
        .required(
            "jwks", jwks, "Where the keys are: exactly one of inline, secretRef, url and cluster.",
            example: "{url: \"https://login.example.com/keys\"}"),
        .optional(
            "requiredClaims", .map(.texts(.any(0...1024), 1...256), 0...64),
            "By name of a claim: the token must have one of these values of each, exactly.",
            example: "{tenant: [blue, green]}"),
        .optional(
            "subjectClaim", .text(.claimName), "The claim that says who calls.", example: "email", standard: "sub"),
        .optional(
            "clockSkew", .duration(from: "0s", to: "5m"), "How far clocks may differ, at most 5m.", example: "30s",
            standard: "30s"),
        .optional(
            "maximumLifetime", .duration(from: "1s", to: "8760h"),
            "Longest time from iat to exp, from 1s to 8760h; absent: no limit.", example: "1h"),
        .optional(
            "serviceAccounts", .flag,
            "True: the tokens are those of Kubernetes service accounts, and the claim kubernetes.io says which.",
            example: "true", standard: false),
        .optional(
            "bindings",
            .object(
                [
                    .networks("Tokens may be used from these address blocks only."),
                    .workloads("Tokens may be used from pods of these workloads only.", namespaceIsNeeded: false),
                    .certificates("Tokens may be used beside a client certificate with such a name only."),
                ], count: 1...3),
            "Where the tokens may be used; all that is written must hold.", example: "{networks: [10.0.0.0/8]}"),
        .optional(
            "console", console, "Who of the issuer's people may look at the console; absent: nobody.",
            example: "{grants: [{claim: groups, values: [platform], role: Operator}]}"),
    ]

    private static let jwks = SchemaNode.object(
        [
            .optional(
                "inline", .text(.any(0...1_048_576)), "The text of a JWKS.", example: "'{\"keys\": []}'"),
            .keyReference("secretRef", of: "Secret", key: nil, "The JWKS is in a Secret."),
            .optional(
                "url", .text(.webAddress),
                "Where the JWKS is fetched: https, or http to a loopback address. Redirects are not followed.",
                example: "\"https://login.example.com/keys\""),
            .optional(
                "cluster", .object([]),
                "The keys of the service accounts of the cluster that the gateway runs in, from its API server.",
                example: "{}"),
            .optional(
                "refresh", .duration(from: "1m", to: "24h"),
                "How often it is fetched, from 1m to 24h, beside url or cluster only; absent: 10m.", example: "10m"),
            .caCertificates,
        ],
        rules: [
            SchemaRule(
                .exactlyOne(["inline", "secretRef", "url", "cluster"]),
                "exactly one of inline, secretRef, url and cluster must be there"),
            SchemaRule(.needs("refresh", ["url", "cluster"]), "refresh must not be there without url or cluster"),
            SchemaRule(.needs("caCertificates", ["url"]), "caCertificates must not be there without url"),
        ])

    private static let console = SchemaNode.object([
        .required(
            "grants",
            .objects(
                [
                    .optional("claim", .text(.claimName), "The claim that is asked for.", example: "groups"),
                    .optional(
                        "values", .texts(.printable(1...1024), 1...256), "The claim has one of these values.",
                        example: "[platform]"),
                ] + SchemaField.consoleGrant(of: "the person"), 1...64,
                rules: [
                    SchemaRule(
                        .together("claim", "values"),
                        "claim and values must both be there, or neither: then it is for every token of the issuer")
                ]),
            "In order; the first that fits a token counts. Without claim and values it fits every token.",
            example: "[{claim: groups, values: [platform], role: Operator}]"),
        .optional(
            "login", .object(login),
            "How they log in with a browser, by OpenID Connect's authorisation code with PKCE.",
            example: "{clientID: sallyport, authorizationEndpoint: \"https://login.example.com/auth\", "
                + "tokenEndpoint: \"https://login.example.com/token\", "
                + "redirectURL: \"https://console.example.com/login/issuer\"}"),
    ])

    private static let login: [SchemaField] = [
        .required(
            "clientID", .text(.printable(1...1024)), "The console's name there; one of the audiences.",
            example: "sallyport"),
        .required(
            "authorizationEndpoint", .text(.webAddress), "Where people log in.",
            example: "\"https://login.example.com/auth\""),
        .required(
            "tokenEndpoint", .text(.webAddress), "Where the console asks for their token.",
            example: "\"https://login.example.com/token\""),
        .required(
            "redirectURL", .text(.webAddress), "The console's address and /login/issuer.",
            example: "\"https://console.example.com/login/issuer\""),
        .optional(
            "scopes", .texts(.printable(1...256), 1...16), "Asked for beside openid.", example: "[email, groups]"),
        .keyReference(
            "clientSecretRef", of: "Secret", key: "clientSecret",
            "The console's secret there; absent: a public client."),
        .caCertificates,
    ]
}
