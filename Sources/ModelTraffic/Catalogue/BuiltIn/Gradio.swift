extension BuiltIn {
    static let gradio = """
        server         gradio: Gradio
        images         gradio
        ports          7860
        telling-ports  7860

        GET       /                                          Metadata
        GET       /(config|info|openapi.json|theme.css)      Metadata
        GET       /(static|assets)/{path...}                 Metadata
        GET       /heartbeat/{session}                       Metadata
        GET       /queue/status                              Metadata
        POST      /[gradio_api/](run|api|call|call/v2)/{fn}  Inference       # a function of the app: whether it runs code, the app knows
        POST      /queue/join                                Inference       # a function of the app
        GET       /[gradio_api/]queue/data                   Inference
        GET       /call/{fn}/{event}                         Inference
        POST      /component_server                          CodeExecution   # calls methods of components by name
        GET,HEAD  /(file={path}|file/{path})                 DataRead        # has let out files it should not
        GET,HEAD  /(file=|file={path}|file)/{rest...}        DataRead
        GET,HEAD  /proxy={url}[/{rest...}]                   ServerFetch
        POST      /upload                                    DataWrite
        POST      /(vibe-edit|vibe-code|undo-vibe-edit)      CodeExecution   # rewrites the app, in development mode
        GET       /dev/reload                                DataRead
        GET       /monitoring/{key}                          DataRead
        GET       /(profiling|run-history)[/|/{rest...}]     DataRead
        POST      /(login|reset|cancel)                      Administration
        POST      /profiling/clear                           Administration
        """
}
