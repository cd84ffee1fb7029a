extension BuiltIn {
    static let triton = """
        server  triton: Triton Inference Server
        images  tritonserver
        ports   8000 8001 8002

        GET   /v2/health/(live|ready)                              Health
        GET   /v2/models/{model}[/versions/{v}]/ready              Health
        GET   /v2                                                  Metadata
        GET   /v2/models/{model}[/versions/{v}][/config|/stats]    Metadata
        GET   /v2/models/stats                                     Metadata
        POST  /v2/models/{model}[/versions/{v}]/infer              Inference  kserve-infer
        POST  /v2/models/{model}[/versions/{v}]/(generate|generate_stream)  Inference  triton-generate
        POST  /v2/repository[/{repo}]/index                        Metadata
        POST  /v2/repository[/{repo}]/models/{model}/load          ModelMutation,CodeExecution  triton-load # files in the body can be a Python backend
        POST  /v2/repository[/{repo}]/models/{model}/unload        ModelMutation
        GET   /v2/(systemsharedmemory|cudasharedmemory)[/region/{r}]/status                 Metadata
        POST  /v2/(systemsharedmemory|cudasharedmemory)[/region/{r}]/(register|unregister)  CodeExecution # memory of the server, by the caller's offsets
        GET   /v2/trace/setting                                    Metadata
        GET   /v2/models/{model}/trace/setting                     Metadata
        POST  /v2/trace/setting                                    Administration,DataWrite # says which file is written
        POST  /v2/models/{model}/trace/setting                     Administration,DataWrite # says which file is written
        GET   /v2/logging                                          Metadata
        POST  /v2/logging                                          Administration,DataWrite # says which file is written

        GRPC  /inference.GRPCInferenceService/(ModelInfer|ModelStreamInfer)             Inference
        GRPC  /inference.GRPCInferenceService/(ServerLive|ServerReady|ModelReady)       Health
        GRPC  /inference.GRPCInferenceService/(Server|Model)Metadata                    Metadata
        GRPC  /inference.GRPCInferenceService/(ModelConfig|ModelStatistics|RepositoryIndex)  Metadata
        GRPC  /inference.GRPCInferenceService/(System|Cuda)SharedMemoryStatus           Metadata
        GRPC  /inference.GRPCInferenceService/RepositoryModel(Load|Unload)              ModelMutation,CodeExecution
        GRPC  /inference.GRPCInferenceService/(System|Cuda)SharedMemory(Register|Unregister)  CodeExecution
        GRPC  /inference.GRPCInferenceService/(TraceSetting|LogSettings)                Administration
        """
}
