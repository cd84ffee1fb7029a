extension BuiltIn {
    static let mcp = """
        server  mcp: MCP over streamable HTTP

        POST        /mcp[/]  CodeExecution  mcp  # what a tool does is the server's own; the body says which
        GET,DELETE  /mcp[/]  CodeExecution  mcp  # the stream of a session, and its end
        """
}
