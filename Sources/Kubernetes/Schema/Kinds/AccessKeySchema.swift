extension KindSchema {
    /// `AccessKey`.
    static let accessKey = KindSchema(
        AccessKey.self, plural: "accesskeys", shortNames: ["akey"],
        meaning: "A key that a caller shows. The object has the SHA-256 of the key only, never the key; "
            + "sallyport keys create makes both.",
        specMeaning: "The key's hash, and where and how long the key may be used.",
        specExample: "{sha256: \(SchemaExample.hash), owner: alice@example.com}",
        spec: SchemaObject(
            fields: [
                .required(
                    "sha256", .text(.keyHash), "SHA-256 of the whole text of the key, 64 hexadecimal digits.",
                    example: SchemaExample.hash),
                .optional(
                    "owner", .text(.printable(1...253)), "Who is answerable for the key.",
                    example: "alice@example.com"),
                .optional(
                    "expires", .text(.time), "From then on the key is refused; absent: never.",
                    example: "\"2030-01-01T00:00:00Z\""),
                .optional("revoked", .flag, "True: the key is refused.", example: "true", standard: false),
                .networks("The key may be used from these address blocks only; absent: from everywhere."),
                .workloads("The key may be used from pods of these workloads only.", namespaceIsNeeded: false),
                .certificates("The key may be used beside a client certificate with such a name only."),
                .optional(
                    "console", .object(SchemaField.consoleGrant(of: "the key")),
                    "What the key opens in the console and its API; absent: nothing. It says nothing about requests.",
                    example: "{role: Viewer, namespaces: [ai]}"),
            ], rules: []),
        columns: [
            Column("Owner", ".spec.owner", "Who is answerable for the key."),
            Column("Expires", ".spec.expires", "From when on the key is refused."),
            Column("Revoked", ".spec.revoked", "Whether the key is refused.", type: "boolean"),
            .condition("Accepted", "Whether the key can be used."), .reason("Accepted"), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessKey
            metadata:
              name: alice
              namespace: ai
              labels: {team: a}
            spec:
              sha256: \(SchemaExample.hash)
              owner: alice@example.com
              expires: "2030-01-01T00:00:00Z"
              networks: [10.0.0.0/8]
              workloads:
                names: [{kind: Deployment, name: research}]
              certificates:
                spiffeIDs: [spiffe://example.org/ns/agents/research]
              console:
                role: Viewer
                namespaces: [ai]
            """)
}
