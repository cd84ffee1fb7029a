extension BuiltIn {
    static let openAI = """
        server  openai: OpenAI API

        POST        /v1/chat/completions                    Inference        openai-chat
        GET         /v1/chat/completions[/{id}[/messages]]  DataRead         # completions that were stored
        POST,DELETE /v1/chat/completions/{id}               DataWrite
        POST        /v1/completions                         Inference        openai-completions
        POST        /v1/responses                           Inference        openai-responses
        POST        /v1/responses/compact                   Inference        openai-responses
        POST        /v1/responses/input_tokens              Metadata         json-model
        GET         /v1/responses/{id}[/input_items]        DataRead
        DELETE      /v1/responses/{id}                      DataWrite
        POST        /v1/responses/{id}/cancel               Administration
        GET         /v1/conversations/{id}[/items[/{item}]] DataRead
        POST        /v1/conversations[/{id}[/items]]        DataWrite
        DELETE      /v1/conversations/{id}[/items/{item}]   DataWrite
        POST        /v1/embeddings                          Inference        openai-embeddings
        POST        /v1/moderations                         Inference        json-model
        POST        /v1/images/generations                  Inference        openai-images
        POST        /v1/images/(edits|variations)           Inference        openai-image-form
        POST        /v1/audio/speech                        Inference        openai-speech
        POST        /v1/audio/(transcriptions|translations) Inference        openai-transcription
        POST        /v1/videos                              Inference        openai-image-form
        GET         /v1/videos[/{id}[/content]]             DataRead
        DELETE      /v1/videos/{id}                         DataWrite
        GET         /v1/models                              Metadata
        GET         /v1/models/{model}                      Metadata
        DELETE      /v1/models/{model}                      ModelMutation    # of one's own only

        GET         /v1/files[/{id}[/content]]              DataRead
        POST        /v1/files                               DataWrite
        DELETE      /v1/files/{id}                          DataWrite
        POST        /v1/uploads[/{id}/(parts|complete|cancel)]  DataWrite
        GET         /v1/batches[/{id}]                      DataRead
        POST        /v1/batches                             Inference,DataWrite  # the models are named in a file that is not seen
        POST        /v1/batches/{id}/cancel                 DataWrite

        POST        /v1/fine_tuning/jobs                    ModelMutation    json-model
        POST        /v1/fine_tuning/jobs/{id}/(cancel|pause|resume)      ModelMutation
        GET         /v1/fine_tuning/jobs[/{id}[/events|/checkpoints]]    DataRead
        GET,POST,DELETE  /v1/fine_tuning/checkpoints/{id}/permissions[/{permission}]  Administration

        GET         /v1/assistants[/{id}]                   DataRead
        POST,DELETE /v1/assistants[/{id}]                   DataWrite
        GET         /v1/threads/{id}[/messages[/{message}]] DataRead
        POST,DELETE /v1/threads[/{id}[/messages[/{message}]]]            DataWrite
        GET         /v1/threads/{id}/runs[/{run}[/steps[/{step}]]]       DataRead
        POST        /v1/threads/runs                        Inference,DataWrite  json-model # the model may be the assistant's
        POST        /v1/threads/{id}/runs                   Inference,DataWrite  json-model # the model may be the assistant's
        POST        /v1/threads/{id}/runs/{run}             DataWrite
        POST        /v1/threads/{id}/runs/{run}/submit_tool_outputs      Inference,DataWrite
        POST        /v1/threads/{id}/runs/{run}/cancel      DataWrite
        GET         /v1/vector_stores[/{id}]                DataRead
        POST,DELETE /v1/vector_stores[/{id}]                DataWrite
        POST        /v1/vector_stores/{id}/search           DataRead
        GET         /v1/vector_stores/{id}/files[/{file}[/content]]      DataRead
        POST,DELETE /v1/vector_stores/{id}/files[/{file}]   DataWrite
        GET         /v1/vector_stores/{id}/file_batches/{batch}[/files]  DataRead
        POST        /v1/vector_stores/{id}/file_batches[/{batch}/cancel] DataWrite
        GET         /v1/containers[/{id}[/files[/{file}[/content]]]]     DataRead
        POST,DELETE /v1/containers[/{id}[/files[/{file}]]]  DataWrite

        WS          /v1/realtime                            Inference        # the model is named in the query
        POST        /v1/realtime/(sessions|transcription_sessions|client_secrets)  Administration  # gives out a key that works without the gateway
        POST        /v1/realtime/calls[/{id}/(accept|hangup|refer|reject)]         Inference,Administration  # goes on without the gateway
        ANY         /v1/(organization|projects)/{rest...}   Administration
        """
}
