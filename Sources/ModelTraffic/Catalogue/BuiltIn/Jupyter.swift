extension BuiltIn {
    static let jupyter = """
        server         jupyter: Jupyter Server
        images         jupyter/*
        ports          8888
        telling-ports  8888

        GET   /api[/status|/me|/spec.yaml]                   Metadata
        GET   /api/kernelspecs[/{name}]                      Metadata
        GET   /kernelspecs/{name}/{path...}                  Metadata
        GET   /login                                         Health
        POST  /login                                         Administration
        GET   /api/kernels                                   Metadata
        POST  /api/kernels                                   CodeExecution
        GET,DELETE  /api/kernels/{id}                        Administration
        POST  /api/kernels/{id}/(interrupt|restart)          Administration
        WS    /api/kernels/{id}/channels                     CodeExecution
        POST,PATCH  /api/sessions[/{id}]                     CodeExecution
        GET,DELETE  /api/sessions[/{id}]                     Administration
        POST  /api/terminals                                 CodeExecution
        GET,DELETE  /api/terminals[/{name}]                  Administration
        WS    /terminals/websocket/{name}                    CodeExecution
        GET   /(api/contents|files|view)/{path...}           DataRead
        PUT,POST,PATCH,DELETE  /api/contents/{path...}       DataWrite
        GET,POST,DELETE,PATCH  /api/contents/{path...}/checkpoints[/{id}]  DataWrite
        POST  /api/contents/{path...}/trust                  CodeExecution   # outputs of the notebook may run scripts
        GET,POST  /nbconvert/{format}[/{path...}]            CodeExecution   # can run the notebook
        GET,PUT,PATCH  /api/config/{section}                 Administration
        POST  /api/events                                    Administration
        WS    /api/events/subscribe                          DataRead
        POST  /api/shutdown                                  Administration
        ANY   /proxy/{path...}                               ServerFetch     # of an extension
        """
}
