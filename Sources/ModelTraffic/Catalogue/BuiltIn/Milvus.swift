extension BuiltIn {
    static let milvus = """
        server         milvus: Milvus
        images         milvus
        ports          19530 9091
        telling-ports  19530

        GET   /(healthz|livez)                               Health          # port 9091
        GET   /(metrics|metrics_default)                     Metadata        # port 9091
        GET   /(_cluster|_qc|_qn|_dc|_dn)/{rest...}          Metadata        # port 9091
        GET   /(_db|_collection|_index)/{rest...}            Metadata        # port 9091
        GET   /_hook/configs                                 Metadata        # port 9091
        GET   /webui/[{rest...}]                             Metadata        # port 9091
        GET   /expr                                          CodeExecution   # evaluates on live objects of the server
        GET,POST  /management/stop                           Administration
        ANY   /management/{rest...}                          Administration
        GET,PUT  /log/level                                  Administration
        GET   /eventlog                                      DataRead
        GET   /debug/pprof/[{rest...}]                       DataRead
        ANY   /api/v1/{rest...}                              DataWrite       # port 9091; asks for no password in some versions

        POST  /v2/vectordb/(collections|partitions|indexes|aliases|databases|resource_groups)/(list|describe|has|get_{what})        Metadata
        POST  /v2/vectordb/entities/(search|query|get|hybrid_search|advanced_search)       DataRead
        POST  /v2/vectordb/entities/(insert|upsert|delete)   DataWrite
        POST  /v2/vectordb/(collections|partitions|indexes|aliases|databases)/(create|drop|rename|alter|alter_{what})               DataWrite
        POST  /v2/vectordb/(collections|partitions|indexes|aliases|databases)/(load|release|flush|compact)                          DataWrite
        POST  /v2/vectordb/jobs/import/(create|list|describe)                              DataWrite
        POST  /v2/vectordb/(users|roles|privilege_groups)/{rest...}                        Administration

        GRPC  /milvus.proto.milvus.MilvusService/(Search|HybridSearch|Query)               DataRead
        GRPC  /milvus.proto.milvus.MilvusService/(Insert|Upsert|Delete)                    DataWrite
        GRPC  /milvus.proto.milvus.MilvusService/(Create|Drop|Alter|Load|Release){what}    DataWrite
        GRPC  /milvus.proto.milvus.MilvusService/(Create|Update|Delete)Credential          Administration
        GRPC  /milvus.proto.milvus.MilvusService/(OperateUserRole|OperatePrivilege|OperatePrivilege{what})  Administration
        """
}
