extension BuiltIn {
    static let chroma = """
        server  chroma: Chroma
        images  chroma
        ports   8000

        GET   /api/v2[/heartbeat|/healthcheck|/version|/pre-flight-checks]              Health
        GET   /api/v2/auth/identity                                                     Metadata
        POST  /api/v2/reset                                                             DataWrite  # deletes everything
        POST,PATCH  /api/v2/tenants[/{t}]                                               Administration
        POST,DELETE  /api/v2/tenants/{t}/databases[/{d}]                                Administration
        GET   /api/v2/tenants/{t}[/databases[/{d}[/collections|/collections_count]]]    Metadata
        GET   /api/v2/collections/{crn}                                                 Metadata
        POST,PUT,DELETE  /api/v2/tenants/{t}/databases/{d}/collections[/{id}]           DataWrite  # may carry the configuration of an embedding function
        POST  /api/v2/tenants/{t}/databases/{d}/collections/{id}/(add|update|upsert|delete|fork|conditional/commit)  DataWrite
        POST  /api/v2/tenants/{t}/databases/{d}/collections/{id}/(get|query|search|conditional/get)                  DataRead
        GET   /api/v2/tenants/{t}/databases/{d}/collections/{id}/(count|indexing_status|fork_count)                  Metadata
        POST  /api/v2/tenants/{t}/databases/{d}/collections/{id}/functions/attach       CodeExecution
        POST  /api/v2/tenants/{t}/databases/{d}/attached_functions/{n}/(add_input|detach)  CodeExecution
        GET   /(docs|openapi.json)                                                      Metadata
        """
}
