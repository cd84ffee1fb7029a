extension BuiltIn {
    static let qdrant = """
        server         qdrant: Qdrant
        images         qdrant
        ports          6333 6334 6335
        telling-ports  6333 6334

        GET   /(healthz|livez|readyz)                        Health
        GET   /                                              Metadata
        GET   /(telemetry|metrics|cluster|cluster/telemetry) Metadata
        GET   /collections[/{c}[/exists]]                    Metadata
        GET   /collections/{c}/(cluster|optimizations|aliases)  Metadata
        GET   /(aliases|quotas|issues)                       Metadata
        POST  /collections/{c}/points                        DataRead
        POST  /collections/{c}/points/(scroll|count|query|query/batch|query/groups)     DataRead
        POST  /collections/{c}/points/(search|recommend|discover)[/{rest...}]           DataRead
        POST  /collections/{c}/facet                         DataRead
        GET   /collections/{c}/points/{id}                   DataRead
        PUT   /collections/{c}/points[/vectors|/payload]     DataWrite
        POST  /collections/{c}/points/(delete|payload|payload/delete|payload/clear|vectors/delete|batch)  DataWrite
        PUT,PATCH,DELETE  /collections/{c}[/index[/{f}]|/vectors/{v}]                   DataWrite
        POST  /collections/aliases                           DataWrite
        PUT   /collections/{c}[/shards/{s}]/snapshots/recover  DataWrite,ServerFetch    # from any URL or file
        POST  /collections/{c}[/shards/{s}]/snapshots/upload   DataWrite
        POST,DELETE  [/collections/{c}]/snapshots[/{n}]      DataWrite
        GET   [/collections/{c}]/snapshots/{n}               DataRead        # everything in it
        GET   /collections/{c}/shards/{s}/snapshot           DataRead        # everything in it
        POST,DELETE,PUT  /cluster/(recover|peer/{id})        Administration
        POST,DELETE,PUT  /collections/{c}/cluster            Administration
        POST,DELETE,PUT  /collections/{c}/shards[/delete]    Administration
        POST,DELETE,PUT  /(quotas|issues)                    Administration
        GET,POST  /logger                                    Administration  # can choose the file of the log
        GET,PATCH  /debugger                                 Administration
        GET   /(stacktrace|profiler/slow_requests)           DataRead
        GET   /collections/{c}/shards/{s}/wal                DataRead
        POST  /collections/{c}/truncate_unapplied_wal        DataWrite
        POST  /collections/{c}/shards/{s}/cleanup            DataWrite
        GET   /dashboard/{path...}                           Metadata
        """
}
