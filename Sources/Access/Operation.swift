import Addresses
import ModelTraffic

/// What a request would do to the server behind the route, as far as that is known.
public struct Operation: Sendable {
    /// Classes of the endpoint, and those that only the body tells; nil: the server is not known, and then no rule that
    /// names classes, models or tools lets it pass.
    public var classes: OperationClasses?
    /// The body says more, and has not been read yet: conditions on it count as met. Who asks this way must ask again.
    public var isBodyPending: Bool
    /// What the body says, once it has been judged.
    public var facts: RequestFacts?
    /// The model that the request names, in its path or its body.
    public var model: String?
    /// True for endpoints of the Model Context Protocol.
    public var isMCP: Bool

    /// An operation on a server that is not known.
    public init() { self.init(classes: nil) }

    /// An operation of these classes, of which no body has anything to say.
    public init(classes: OperationClasses?) {
        self.classes = classes
        isBodyPending = false
        isMCP = false
    }

    /// True when a model would work for it or be changed by it: then rules that name models must name this one.
    var usesModel: Bool {
        model != nil || !(classes ?? []).isDisjoint(with: [.inference, .modelMutation])
    }
}

/// One request as the rules see it. The bytes are borrowed for the time of a call.
public struct AccessRequest {
    /// The caller's address, the same that was authenticated.
    public var source: Address
    /// Bytes of the method.
    public var method: UnsafeRawBufferPointer
    /// The path that was asked for, without the query.
    public var path: UnsafeRawBufferPointer
    /// What it would do.
    public var operation: Operation

    /// That request.
    public init(
        source: Address, method: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer,
        operation: Operation = Operation()
    ) {
        self.source = source
        self.method = method
        self.path = path
        self.operation = operation
    }
}
