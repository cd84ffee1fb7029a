extension BuiltIn {
    static let vllm = """
        server  vllm: vLLM
        images  vllm-openai vllm vllm-openai-rocm
        ports   8000

        GET       /health                                    Health
        GET,POST  /ping                                      Health
        GET       /version                                   Metadata
        GET       /load                                      Metadata
        GET       /metrics                                   Metadata
        GET       /v1/models                                 Metadata
        POST      /v1/chat/completions[/batch]               Inference                 openai-chat
        POST      /v1/(chat/completions|completions)/render  Metadata                  json-model
        POST      /v1/completions                            Inference                 openai-completions
        POST      /v1/embeddings                             Inference                 openai-embeddings
        POST      /v1/responses                              Inference                 openai-responses
        GET       /v1/responses/{id}                         DataRead                  # anybody's stored response
        POST      /v1/responses/{id}/cancel                  Administration
        POST      /v1/messages                               Inference                 anthropic-messages
        POST      /v1/messages/count_tokens                  Metadata                  anthropic-count-tokens
        POST      /v1/audio/(transcriptions|translations)    Inference                 openai-transcription
        WS        /v1/realtime                               Inference                 # the model is named inside
        POST      /v1/(score|rerank)                         Inference                 openai-embeddings
        POST      /v2/(embed|rerank)                         Inference                 openai-embeddings
        POST      /inference/v1/generate                     Inference                 json-model
        POST      /invocations                               Inference                 json-model  # asks for no key of the server's own
        POST      /(pooling|classify|score|rerank|generative_scoring)  Inference       openai-embeddings # asks for no key of the server's own
        POST      /(tokenize|detokenize)                     Metadata                  json-model  # asks for no key of the server's own
        GET       /tokenizer_info                            Metadata                  # holds the chat template
        POST      /v1/load_lora_adapter                      ModelMutation,ServerFetch # from a path, a hub or a resolver
        POST      /v1/unload_lora_adapter                    ModelMutation
        POST      /(pause|resume|abort_requests)             Administration            # asks for no key of the server's own
        GET       /is_paused                                 Metadata
        POST      /scale_elastic_ep                          Administration
        POST      /is_scaling_elastic_ep                     Metadata
        POST      /(init_weight_transfer_engine|start_weight_update|start_draft_weight_update)  ModelMutation
        POST      /(update_weights|finish_weight_update|update_weight_version)                  ModelMutation
        POST      /weight_checker                            ModelMutation             # can overwrite weights with noise
        GET       /(get_world_size|weight_info)              Metadata
        GET       /server_info                               Metadata                  # the whole configuration, in development mode
        POST      /(reset_prefix_cache|reset_mm_cache|reset_encoder_cache)  Administration # in development mode
        POST      /(sleep|wake_up)                           Administration            # in development mode
        GET       /is_sleeping                               Metadata                  # in development mode
        POST      /collective_rpc                            CodeExecution             # calls any method of the workers
        POST      /(start_profile|stop_profile)              Administration
        GET       /(docs|redoc|openapi.json)                 Metadata
        """
}
