extension BuiltIn {
    static let rayServe = """
        server  ray-serve: Ray Serve
        images  rayproject/*
        ports   8000

        GET  /-/healthz   Health
        GET  /-/routes    Metadata
        ANY  /[{app...}]  Inference  # what an application does is its own
        """
}
