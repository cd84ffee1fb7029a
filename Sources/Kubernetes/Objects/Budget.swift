/// `Budget`: how much of tokens or dollars may be spent in a window behind what it is attached to.
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: Budget
///     metadata: {name: team-a-daily, namespace: ai}
///     spec:
///       targetRefs:
///       - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: ollama}   # sectionName: a listener or rule
///       per: Principal                            # whose spending is added up: All, Namespace, Principal, AccessKey
///       limit: {tokens: 1000000}                  # or {dollars: "10.00"}
///       window: {rolling: 24h}                    # or {calendar: Month}, in UTC
public struct Budget: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "Budget"
    public var metadata: ObjectMeta
    /// Requests that pass one of these count.
    public var targetRefs: [TargetRef]
    /// Absent in the object: `principal`.
    public var per: Per
    public var limit: Limit
    public var window: Window

    /// `spec.per`: whose spending is added up.
    public enum Per: String, CaseIterable, Sendable {
        /// All requests together.
        case all = "All"
        /// The namespace of who calls: of the key, of the service account, of the issuer of the token.
        case namespace = "Namespace"
        case principal = "Principal"
        /// Requests made with an access key only; others are not counted.
        case accessKey = "AccessKey"
    }

    /// `spec.limit`: exactly one.
    public enum Limit: Hashable, Sendable {
        case tokens(Int64)
        case dollars(Dollars)
    }

    /// `spec.window`: exactly one.
    public enum Window: Hashable, Sendable {
        /// What was spent in that long before now.
        case rolling(Milliseconds)
        /// What was spent since the hour, day, week or month began.
        case calendar(CalendarUnit)
    }

    /// A stretch of the calendar, in UTC; weeks begin on Monday.
    public enum CalendarUnit: String, CaseIterable, Sendable {
        case hour = "Hour"
        case day = "Day"
        case week = "Week"
        case month = "Month"
    }
}
