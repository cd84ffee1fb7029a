extension BuiltIn {
    static let tgi = """
        server  tgi: Text Generation Inference
        images  text-generation-inference
        ports   80 3000 8080

        GET   /                                       Health
        GET   /(health|ping)                          Health
        GET   /info                                   Metadata   # model and limits
        GET   /metrics                                Metadata
        GET   /v1/models                              Metadata
        POST  /                                       Inference  tgi-generate
        POST  /(generate|generate_stream)             Inference  tgi-generate
        POST  /v1/chat/completions                    Inference  openai-chat
        POST  /v1/completions                         Inference  openai-completions
        POST  /vertex                                 Inference  json-model
        POST  /invocations                            Inference  json-model
        POST  /tokenize                               Metadata
        POST  /chat_tokenize                          Metadata   json-model
        POST  /v1/endpoints/{endpoint}/deployedModels/{model}:predict  Inference  json-model # where AIP_PREDICT_ROUTE says nothing else
        POST  /v2/models/{model}/versions/{v}/infer   Inference  kserve-infer # asks for no key of the server's own
        GET   /v2                                     Metadata
        GET   /v2/health/(live|ready)                 Metadata
        GET   /v2/models/{model}/versions/{v}[/ready] Metadata
        GET   /(docs|api-doc/openapi.json)            Metadata
        """
}
