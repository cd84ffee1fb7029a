extension BuiltIn {
    static let ollama = """
        server         ollama: Ollama
        images         ollama
        ports          11434
        telling-ports  11434

        GET,HEAD  /                                          Health
        GET,HEAD  /api/version                               Metadata
        GET       /api/status                                Metadata                              # whether cloud models are on
        GET,HEAD  /api/tags                                  Metadata
        GET       /api/ps                                    Metadata                              # models in memory
        POST      /api/show                                  Metadata                 ollama-model # template, system prompt, license
        POST      /api/generate                              Inference                ollama-generate # keep_alive 0 without a prompt unloads the model
        POST      /api/chat                                  Inference                ollama-chat  # keep_alive 0 without messages unloads the model
        POST      /api/(embed|embeddings)                    Inference                ollama-embed
        POST      /v1/chat/completions                       Inference                openai-chat
        POST      /v1/completions                            Inference                openai-completions
        POST      /v1/embeddings                             Inference                openai-embeddings
        POST      /v1/responses                              Inference                openai-responses
        POST      /v1/messages                               Inference                anthropic-messages
        POST      /v1/audio/transcriptions                   Inference                openai-transcription
        GET       /v1/models                                 Metadata
        GET       /v1/models/{model}                         Metadata
        POST      /api/pull                                  ModelMutation,ServerFetch ollama-model # from whatever registry the model name says; fills the disk
        POST      /api/push                                  ModelMutation,DataRead   ollama-model # sends model files to the registry in the name
        POST      /api/create                                ModelMutation            ollama-model # may change template and system prompt
        POST      /api/copy                                  ModelMutation            ollama-model
        DELETE    /api/delete                                ModelMutation            ollama-model
        POST      /api/blobs/{digest}                        ModelMutation                         # takes any file
        HEAD      /api/blobs/{digest}                        Metadata
        POST      /api/experimental/(web_search|web_fetch)   ServerFetch
        GET       /api/experimental/model-recommendations    Metadata
        POST      /api/me                                    Administration                        # the account behind the server
        POST      /api/signout                               Administration
        DELETE    /api/user/keys/{key}                       Administration
        """
}
