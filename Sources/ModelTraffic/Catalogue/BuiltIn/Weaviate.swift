extension BuiltIn {
    static let weaviate = """
        server  weaviate: Weaviate
        images  weaviate
        ports   8080 50051 2112 6060

        GET   /v1/.well-known/(live|ready)                             Health
        GET   /v1/meta                                                 Metadata
        GET   /v1/nodes[/{c}]                                          Metadata
        GET   /v1/cluster/statistics                                   Metadata
        GET   /v1/schema[/{c}[/shards|/tenants]]                       Metadata
        GET   /v1/tasks                                                Metadata
        POST  /v1/graphql[/batch]                                      DataRead   # may call a model with a stored key, at an address from a header
        POST  /v1/search/{c}/(bm25|hybrid|near-object|near-text)       DataRead
        POST  /v1/aggregate/{c}                                        DataRead
        GET,HEAD  /v1/objects[/{c}][/{id}]                             DataRead
        POST,PUT,PATCH,DELETE  /v1/objects[/{rest...}]                 DataWrite
        POST,PUT,PATCH,DELETE  /v1/batch/{rest...}                     DataWrite
        POST,PUT,DELETE  /v1/schema[/{rest...}]                        DataWrite  # may set the address of a vectorizer
        POST,GET,DELETE  /v1/backups/{b}[/{id}[/restore]]              DataRead,DataWrite
        POST,GET,DELETE  /v1/export/{b}                                DataRead,DataWrite
        ANY   /v1/(authz|users|replication|namespaces)/{rest...}       Administration
        POST  /v1/classifications/                                     DataWrite
        POST,GET,DELETE  /v1/mcp                                       DataWrite  mcp
        GET   /debug/pprof/[{rest...}]                                 DataRead   # port 6060

        GRPC  /weaviate.v1.Weaviate/(Search|Aggregate|TenantsGet)      DataRead
        GRPC  /weaviate.v1.Weaviate/Batch(Objects|Delete|References|Stream)  DataWrite
        """
}
