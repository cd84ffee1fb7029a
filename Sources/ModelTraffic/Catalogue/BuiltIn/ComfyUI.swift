extension BuiltIn {
    static let comfyUI = """
        server         comfyui: ComfyUI
        images         comfyui
        ports          8188
        telling-ports  8188

        GET   /                                              Metadata
        GET   /(features|system_stats|extensions|embeddings) Metadata
        GET   /(models|object_info)[/{name}]                 Metadata
        GET   /workflow_templates                            Metadata
        GET   /view_metadata/{folder}                        Metadata
        GET   /(prompt|queue)                                Metadata
        WS    /ws                                            DataRead
        POST  /prompt                                        Inference,CodeExecution  # any graph of nodes; custom nodes are code
        POST  /(queue|interrupt|free|history)                Administration
        GET   /history[/{id}]                                DataRead
        GET   /api/jobs[/{rest...}]                          DataRead
        GET   /view                                          DataRead
        POST  /upload/(image|mask)                           DataWrite
        GET   /[v2/]userdata                                 DataRead
        GET   /userdata/{file}                               DataRead
        GET   /users                                         DataRead
        POST,DELETE  /userdata/{file}[/move/{to}]            DataWrite
        POST  /users                                         Administration
        POST  /settings[/{id}]                               Administration
        GET   /internal/logs[/raw]                           DataRead
        GET   /internal/folder_paths                         DataRead
        GET   /internal/files/{type}                         DataRead
        POST  /v2/manager/queue/task                         CodeExecution   # the manager installs nodes
        POST  /[v2/]customnode/install/(git_url|pip)         CodeExecution
        POST  /[v2/]manager/reboot                           Administration
        POST  /[v2/]snapshot/(restore|remove|save)           Administration
        """
}
