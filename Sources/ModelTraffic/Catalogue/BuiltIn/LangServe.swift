extension BuiltIn {
    static let langServe = """
        server  langserve: LangServe
        ports   8000

        POST      [/{ns...}]/(invoke|batch|stream|stream_log|stream_events)  Inference  # a chain may have tools
        GET       [/{ns...}]/(input_schema|output_schema|config_schema)      Metadata
        GET       [/{ns...}]/playground/{rest...}                            Metadata
        GET,POST  [/{ns...}]/feedback                                        DataWrite
        POST      [/{ns...}]/token_feedback                                  DataWrite
        PUT       [/{ns...}]/public_trace_link                               DataWrite  # publishes a trace
        GET       /(docs|openapi.json)                                       Metadata
        """
}
