extension BuiltIn {
    static let rayDashboard = """
        server         ray-dashboard: Ray dashboard and job API
        images         rayproject/*
        ports          8265 52365
        telling-ports  8265 52365

        POST  /api/jobs/                                     CodeExecution   # any shell command
        POST  /api/job_agent/jobs/                           CodeExecution   # any shell command
        PUT   /api/packages/{protocol}/{name}                CodeExecution   # code that jobs run
        GET   /api/packages/{protocol}/{name}                Metadata
        POST  /api/jobs/{id}/stop                            Administration
        DELETE  /api/jobs/{id}                               Administration
        POST,DELETE  /api/job_agent/jobs/{id}[/stop]         Administration
        GET   /api/jobs/                                     Metadata        # commands and environments
        GET   /api/jobs/{id}                                 Metadata        # commands and environments
        GET   /api/[job_agent/]jobs/{id}/logs[/tail]         DataRead
        PUT   /api/serve/applications/                       CodeExecution   # imports any code
        DELETE  /api/serve/applications/                     Administration
        GET   /api/serve/applications/                       Metadata
        GET   /api/v0/logs[/{media}]                         DataRead
        GET   /api/v0/(actors|jobs|nodes|placement_groups|workers|tasks|objects)    Metadata
        GET   /api/v0/(runtime_envs|cluster_events|cluster_metadata)                Metadata  # environments may hold secrets
        GET   /api/v0/delay/{seconds}                        Administration
        GET   /worker/(traceback|cpu_profile|gpu_profile|jax_profile)  CodeExecution  # runs a profiler on any process
        GET   /task/(traceback|cpu_profile)                  CodeExecution   # runs a profiler on any process
        GET   /memory_profile                                CodeExecution   # runs a profiler on any process
        GET   /nodes[/{id}]                                  Metadata
        GET   /logical/actors                                Metadata
        GET   /(events|cluster_id|timezone)                  Metadata
        GET   /api/(cluster_status|version|prometheus/sd)    Metadata
        POST  /report_events                                 Administration
        POST  /api/task_events                               Administration
        GET   /api/(gcs_healthz|healthz|local_raylet_healthz)  Health
        GET   /api/(grafana_health|prometheus_health)        Health
        """
}
