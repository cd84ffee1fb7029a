/// Labels of pods, for records.
public enum PodLabels {
    /// Labels that controllers make up for themselves: they differ from one version of a pod to the next, and say
    /// nothing of what it is.
    static let noise: Set<String> = [
        "pod-template-hash", "controller-revision-hash", "pod-template-generation", "controller-uid", "job-name",
        "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name", "batch.kubernetes.io/job-completion-index",
    ]
    /// The most labels that are told of one pod.
    static let most = 16

    /// `key=value` of each label that says what a pod is, in the order of the keys; of more than 16 the first.
    public static func telling(_ labels: [String: String]) -> [String] {
        labels.filter { !noise.contains($0.key) }.sorted { $0.key < $1.key }.prefix(most).map {
            "\($0.key)=\($0.value)"
        }
    }
}
