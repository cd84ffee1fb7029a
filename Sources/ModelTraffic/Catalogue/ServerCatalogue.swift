import Kubernetes

/// A server of one catalogue, as a small number. Means nothing in another catalogue.
public struct ServerID: Hashable, Sendable {
    /// Place in `ServerCatalogue.servers`.
    public let index: Int
}

/// What method and path mean on the AI servers that are known: those built in, and those of `ModelServer` objects.
///
/// Never changes; made anew for each state of the configuration. The built-in servers are compiled once.
public final class ServerCatalogue: Sendable {
    /// One server.
    public final class Server: Sendable {
        /// What is known of it. The rows of a `ModelServer` come before those that it extends.
        public let table: ServerTable
        /// The namespace of the `ModelServer`; nil: built in.
        public let namespace: String?
        let automaton: EndpointAutomaton

        init(table: ServerTable, namespace: String?, automaton: EndpointAutomaton) {
            self.table = table
            self.namespace = namespace
            self.automaton = automaton
        }
    }

    /// A `ModelServer` that cannot be used although its fields are right.
    public struct Problem: Hashable, Sendable {
        /// Which.
        public var name: NamespacedName
        /// What is wrong and what would be right, as the end of a sentence.
        public var message: String
    }

    /// Every server; `ServerID.index` counts them.
    public let servers: [Server]
    /// What is wrong with `ModelServer`s, for their conditions.
    public let problems: [Problem]
    /// Servers by namespace (empty: built in) and name.
    let byName: [NamespacedName: ServerID]
    /// The `ModelServer`s of each namespace.
    let byNamespace: [String: [ServerID]]
    /// `ModelServer`s that are invalid or could not be compiled.
    let broken: Set<NamespacedName>
    /// Namespaces that have one.
    let namespacesWithBroken: Set<String>

    /// The built-in servers alone.
    public static let builtIn = ServerCatalogue(objects: Objects())

    /// The built-in servers and the `ModelServer`s of a snapshot.
    public init(objects: Objects) {
        var servers = BuiltIn.servers
        var problems: [Problem] = []
        var broken = Set(
            objects.invalid.filter { $0.reference.group == ModelServer.group && $0.reference.kind == ModelServer.kind }
                .map { NamespacedName($0.reference.namespace, $0.reference.name) })
        for (name, object) in objects.modelServers.sorted(by: { $0.key < $1.key }) {
            do throws(AutomatonProblem) {
                servers.append(try Self.compile(object))
            } catch {
                problems.append(Problem(name: name, message: error.message))
                broken.insert(name)
            }
        }
        self.servers = servers
        self.problems = problems
        self.broken = broken
        namespacesWithBroken = Set(broken.map(\.namespace))
        let all = servers.enumerated().map { (id: ServerID(index: $0), server: $1) }
        byName = Dictionary(
            all.map { (NamespacedName($0.server.namespace ?? "", $0.server.table.name), $0.id) },
            uniquingKeysWith: { first, _ in first })
        byNamespace = Dictionary(grouping: all.filter { $0.server.namespace != nil }, by: { $0.server.namespace ?? "" })
            .mapValues { $0.map(\.id) }
    }

    private static func compile(_ object: ModelServer) throws(AutomatonProblem) -> Server {
        let rows = object.endpoints.compactMap { EndpointRow($0) }
        let extended = object.extends.compactMap { name in BuiltIn.servers.first { $0.table.name == name } }
        // Decoding lets neither through; if it did, what is meant is unknown.
        guard rows.count == object.endpoints.count, extended.count == object.extends.count else {
            throw AutomatonProblem(message: "has a word that is not known")
        }
        let table = ServerTable(
            name: object.metadata.name, title: object.metadata.name, images: object.images, ports: object.ports,
            tellingPorts: object.ports, rows: rows + extended.flatMap(\.table.rows))
        return Server(
            table: table, namespace: object.metadata.namespace, automaton: try EndpointAutomaton(table.rows))
    }

    /// A server, by its number.
    public subscript(id: ServerID) -> Server { servers[id.index] }

    /// A built-in server by its name; nil: there is none.
    public func builtIn(_ name: String) -> ServerID? { byName[NamespacedName("", name)] }

    /// What a request would do on a server. Costs one look-up for each segment of the path, whatever the number of
    /// rows, and allocates nothing.
    ///
    /// - Parameters:
    ///   - method: as sent; case matters.
    ///   - path: the canonical path that the server will see, without query.
    ///   - isUpgrade: whether an upgrade of the connection is asked for and will be passed on.
    /// - Returns: nil when no row of the server fits: what the request would do is unknown, and it must be denied.
    public func match(
        server: ServerID, method: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, isUpgrade: Bool
    ) -> EndpointMatch? {
        var steps = 0
        return match(server: server, method: method, path: path, isUpgrade: isUpgrade, steps: &steps)
    }

    /// The same, counting what was looked at.
    @inline(__always)
    func match(
        server: ServerID, method: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, isUpgrade: Bool,
        steps: inout Int
    ) -> EndpointMatch? {
        guard let slot = MethodSlot(method, isUpgrade: isUpgrade) else { return nil }
        return servers[server.index].automaton.match(slot, path, steps: &steps)
    }
}
