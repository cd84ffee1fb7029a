import ArgumentParser

/// `sallyport keys`: the access keys of a directory.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list and revoke access keys.",
        discussion: """
            A key is shown once, when it is made; of a key only its SHA-256 hash is kept, in an AccessKey object. \
            A running gateway takes up what changes here within a second.

            EXAMPLES
              sallyport keys create alice --dir DIR --owner alice@example.com --expires 90d
              sallyport keys list DIR
              sallyport keys revoke DIR alice
            """,
        subcommands: [KeysCreateCommand.self, KeysListCommand.self, KeysRevokeCommand.self])
}
