extension BuiltIn {
    static let mlflow = """
        server  mlflow: MLflow
        images  mlflow
        ports   5000

        GET   /(health|version|ping)                                    Health
        GET,POST  /graphql                                              DataRead
        GET   /[model-versions/]get-artifact                            DataRead   # has let out files it should not
        POST  /ajax-api/2.0/mlflow/upload-artifact                      DataWrite
        GET   /api/2.0/mlflow-artifacts/artifacts/{path...}             DataRead
        PUT,DELETE  /api/2.0/mlflow-artifacts/artifacts/{path...}       DataWrite  # a model that somebody loads later can run code
        ANY   /api/2.0/mlflow-artifacts/mpu/{path...}                   DataWrite
        GET,POST  /ajax-api/2.0/mlflow/gateway-proxy                    Inference,ServerFetch

        GET,POST  /(api|ajax-api)/{v}/mlflow/(experiments|runs|traces|datasets|logged-models)/(get|search|list|get-{what})    DataRead
        GET,POST  /(api|ajax-api)/{v}/mlflow/(registered-models|model-versions|metrics)/(get|search|list|get-{what})         DataRead
        POST,PATCH,DELETE  /(api|ajax-api)/{v}/mlflow/(registered-models|model-versions)/(create|update|rename|delete)       ModelMutation  # the source may be any URI
        POST,PATCH,DELETE  /(api|ajax-api)/{v}/mlflow/(registered-models|model-versions)/(transition-stage|set-tag|alias)    ModelMutation
        POST,PATCH,DELETE  /(api|ajax-api)/{v}/mlflow/(experiments|runs|traces|datasets|logged-models)/{rest...}             DataWrite
        ANY   /(api|ajax-api)/{v}/mlflow/gateway/secrets[/{rest...}]    Administration  # keys of providers
        ANY   /(api|ajax-api)/{v}/mlflow/gateway/(endpoints|model-definitions|budgets|guardrails)[/{rest...}]                Administration

        POST  /gateway/{model}/mlflow/invocations                       Inference  openai-chat
        POST  /gateway/mlflow/v1/chat/completions                       Inference  openai-chat
        POST  /gateway/proxy/{model}/{path...}                          Inference  # passed on to the provider as it is
        GET   /gateway/mlflow/v1/models                                 Metadata
        POST  /ajax-api/3.0/jobs/                                       CodeExecution
        PATCH  /ajax-api/3.0/jobs/cancel/{id}                           Administration
        POST  /ajax-api/3.0/mlflow/assistant/(message|skills/install)   CodeExecution
        PUT   /ajax-api/3.0/mlflow/assistant/config                     Administration
        POST  /v1/traces                                                DataWrite
        ANY   /api/2.0/mlflow/users/{rest...}                           Administration
        POST  /invocations                                              Inference  # the server of one model
        """
}
