import ArgumentParser

/// Which cluster is asked: the same words for all commands.
struct ClusterChoice: ParsableArguments {
    @Flag(help: "Ask the cluster that kubectl would ask.")
    var cluster = false
    @Option(
        help: ArgumentHelp(
            "File that says where clusters are (default: $KUBECONFIG or ~/.kube/config; in a pod: the pod's own account).",
            valueName: "file"))
    var kubeconfig: String?
    @Option(help: ArgumentHelp("Which context of that file (default: its current one).", valueName: "name"))
    var context: String?

    /// Who says which cluster means one, and so does who calls us by way of kubectl.
    var isMeant: Bool { cluster || Invocation.isPlugin || kubeconfig != nil || context != nil }

    /// The way to the API server; nil: no cluster is meant.
    func access() -> ClusterAccess? { isMeant ? ClusterAccess(kubeconfig: kubeconfig, context: context) : nil }
}

/// Where the objects of a command are: in a directory, in a cluster, or in a cluster to which a directory is applied.
struct ObjectOptions: ParsableArguments {
    @Argument(help: "Directory of the objects; with --cluster: what is applied to those of the cluster.")
    var dir: String?
    @OptionGroup(title: "A cluster") var choice: ClusterChoice

    func validate() throws {
        guard dir != nil || choice.isMeant else {
            throw ValidationError("which objects? name their directory, or say --cluster")
        }
    }

    /// The place.
    func place() -> ObjectPlace { ObjectPlace(directory: dir, cluster: choice.access()) }
}
