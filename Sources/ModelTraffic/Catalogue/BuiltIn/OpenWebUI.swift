extension BuiltIn {
    static let openWebUI = """
        server  open-webui: Open WebUI
        images  open-webui
        ports   8080

        GET   /(health|ready|health/db)                              Health
        GET   /api/(config|version)                                  Metadata
        GET   /manifest.json                                         Metadata
        POST  /api/v1/auths/signup                                   Administration  # the first to sign up is the administrator
        POST  /api/v1/auths/signin                                   Administration
        POST  /api/[v1/]chat/completions                             Inference       openai-chat
        POST  /api/(message|v1/messages)                             Inference       anthropic-messages
        POST  /api/[v1/]embeddings                                   Inference       openai-embeddings
        GET   /api/[v1/]models                                       Metadata

        POST  /openai/chat/completions                               Inference       openai-chat
        POST  /openai/responses                                      Inference       openai-responses
        POST  /openai/audio/speech                                   Inference       openai-speech
        GET   /openai/models                                         Metadata
        ANY   /openai/{rest...}                                      Inference,ServerFetch  # passed on as it is, with a stored key
        POST,DELETE  /openai/models/{model}[/(download|load|unload)] ModelMutation
        POST  /(ollama|openai)/(verify|config/update)                Administration,ServerFetch

        GET   /ollama/api/tags                                       Metadata
        POST  /ollama/api/generate                                   Inference       ollama-generate
        POST  /ollama/api/chat                                       Inference       ollama-chat
        POST  /ollama/api/(embed|embeddings)                         Inference       ollama-embed
        POST  /ollama/v1/chat/completions                            Inference       openai-chat
        POST  /ollama/v1/completions                                 Inference       openai-completions
        POST  /ollama/v1/embeddings                                  Inference       openai-embeddings
        POST  /ollama/v1/responses                                   Inference       openai-responses
        POST  /ollama/v1/messages                                    Inference       anthropic-messages
        POST  /ollama/v1/{rest...}                                   Inference       json-model
        POST  /ollama/api/(pull|create|copy|unload)[/{i}]            ModelMutation   ollama-model
        DELETE  /ollama/api/(push|delete)[/{i}]                      ModelMutation   ollama-model
        POST  /ollama/models/(download|upload)[/{i}]                 ModelMutation,ServerFetch

        POST  /api/v1/functions/(create|load/url|sync)               CodeExecution   # Python on the server
        POST  /api/v1/functions/id/{id}/update                       CodeExecution   # Python on the server
        POST  /api/v1/tools/(create|load/url)                        CodeExecution   # Python on the server
        POST  /api/v1/tools/id/{id}/update                           CodeExecution   # Python on the server
        POST  /api/v1/pipelines/(upload|add)                         CodeExecution
        POST  /api/v1/utils/code/execute                             CodeExecution
        ANY   /api/v1/terminals/{server}/{rest...}                   CodeExecution
        GET   /api/v1/utils/db/download                              DataRead        # the whole database
        GET   /api/v1/configs/export                                 DataRead        # with secrets
        POST  /api/v1/configs/{rest...}                              Administration
        POST  /api/v1/retrieval/process/(url|web|youtube|web/search) ServerFetch
        POST  /api/v1/retrieval/(reset/db|reset/uploads|delete)      DataWrite
        POST  /api/v1/retrieval/query/(doc|collection)               DataRead
        GET,POST,DELETE  /api/v1/(chats|files|knowledge|notes|memories|channels|folders|prompts)[/]           DataWrite
        GET,POST,DELETE  /api/v1/(chats|files|knowledge|notes|memories|channels|folders|prompts)/{rest...}    DataWrite
        ANY   /api/v1/(users|groups|scim/v2|auths)[/|/{rest...}]     Administration
        """
}
