extension BuiltIn {
    static let llamaCpp = """
        server  llama.cpp: llama.cpp server
        images  llama.cpp llama-server
        ports   8080

        GET   /health                                 Health
        GET   /v1/health                              Health
        GET   /[v1/]models                            Metadata                   # asks for no key of the server's own
        GET   /(props|metrics|lora-adapters)          Metadata
        GET   /(v1/streams|models/sse)                Metadata
        GET   /slots                                  Metadata,DataRead          # shows other callers' prompts
        POST  /props                                  Administration
        POST  /(completion|completions|infill)        Inference                  llama-completion
        POST  /v1/completions                         Inference                  openai-completions
        POST  /[v1/]chat/completions                  Inference                  openai-chat
        POST  /[v1/]responses                         Inference                  openai-responses
        POST  /v1/messages                            Inference                  anthropic-messages
        POST  /embedding                              Inference                  openai-embeddings
        POST  /[v1/]embeddings                        Inference                  openai-embeddings
        POST  /[v1/](rerank|reranking)                Inference                  openai-embeddings
        POST  /[v1/]audio/transcriptions              Inference                  openai-transcription
        POST  /(tokenize|detokenize|apply-template)   Metadata                   json-model
        POST  /v1/messages/count_tokens               Metadata                   anthropic-count-tokens
        POST  /[v1/]chat/completions/input_tokens     Metadata                   json-model
        POST  /[v1/]responses/input_tokens            Metadata                   json-model
        POST  /v1/chat/completions/control            Administration
        POST  /lora-adapters                          ModelMutation              # for every caller
        POST  /slots/{id}                             DataWrite                  # saves, restores or erases a cache on disk
        POST  /models[/load|/unload]                  ModelMutation,ServerFetch  json-model # downloads in router mode
        DELETE  /models                               ModelMutation
        GET,DELETE  /v1/stream/{conversation}         DataRead
        GET,POST  /cors-proxy                         ServerFetch
        GET   /tools                                  Metadata
        POST  /tools                                  CodeExecution              # tools that are built in
        """
}
