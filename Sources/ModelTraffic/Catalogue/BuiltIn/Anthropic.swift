extension BuiltIn {
    static let anthropic = """
        server  anthropic: Anthropic API

        POST    /v1/messages                         Inference            anthropic-messages
        POST    /v1/messages/count_tokens            Metadata             anthropic-count-tokens
        POST    /v1/complete                         Inference            json-model # the older completions
        POST    /v1/messages/batches                 Inference,DataWrite  # each entry names a model of its own
        GET     /v1/messages/batches[/{id}[/results]]  DataRead
        POST    /v1/messages/batches/{id}/cancel     DataWrite
        DELETE  /v1/messages/batches/{id}            DataWrite
        GET     /v1/models                           Metadata
        GET     /v1/models/{model}                   Metadata
        GET     /v1/files[/{id}[/content]]           DataRead
        POST    /v1/files                            DataWrite
        DELETE  /v1/files/{id}                       DataWrite
        GET     /v1/skills[/{rest...}]               DataRead
        POST,DELETE  /v1/skills[/{rest...}]          DataWrite,CodeExecution  # scripts that later requests run
        ANY     /v1/organizations/{rest...}          Administration
        """
}
