extension BuiltIn {
    static let kserve = """
        server  kserve: KServe model servers
        images  sklearnserver xgbserver lgbserver pmmlserver paddleserver huggingfaceserver
        ports   8080 8081

        GET   /                                             Health
        GET   /v1/models                                    Metadata
        GET   /v1/models/{model}                            Metadata
        POST  /v1/models/{model}:(predict|explain)          Inference  kserve-infer
        GET   /v2                                           Metadata
        GET   /v2/health/(live|ready)                       Health
        GET   /v2/models                                    Metadata
        GET   /v2/models/{model}[/versions/{v}]             Metadata
        GET   /v2/models/{model}[/versions/{v}]/ready       Health
        POST  /v2/models/{model}[/versions/{v}]/infer       Inference  kserve-infer
        POST  /v2/models/{model}[/versions/{v}]/explain     Inference  kserve-infer
        POST  /v2/repository/models/{model}/(load|unload)   ModelMutation
        GET   /metrics                                      Metadata
        GET   /openai/v1/models                             Metadata
        POST  /openai/v1/chat/completions                   Inference  openai-chat
        POST  /openai/v1/completions                        Inference  openai-completions
        POST  /openai/v1/embeddings                         Inference  openai-embeddings
        POST  /openai/v1/rerank                             Inference  openai-embeddings
        GET   /(docs|openapi.json)                          Metadata

        GRPC  /inference.GRPCInferenceService/(ModelInfer|ModelStreamInfer)        Inference
        GRPC  /inference.GRPCInferenceService/(ServerLive|ServerReady|ModelReady)  Health
        GRPC  /inference.GRPCInferenceService/(Server|Model)Metadata               Metadata
        GRPC  /inference.GRPCInferenceService/RepositoryModel(Load|Unload)         ModelMutation
        """
}
