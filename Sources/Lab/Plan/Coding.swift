import Addresses
import Kubernetes

// How values of plans are written in the state of a lab.

extension Address: Codable {
    /// Its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// From its text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = Address(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no address")
        }
        self = address
    }
}

extension Prefix: Codable {
    /// CIDR notation.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// From CIDR notation.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let prefix = Prefix(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no address block")
        }
        self = prefix
    }
}

extension Traffic: Codable {
    /// Its key.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(key)
    }

    /// From its key.
    public init(from decoder: any Decoder) throws {
        self.init(key: try decoder.singleValueContainer().decode(UInt32.self))
    }
}

extension NamespacedName: Codable {
    private enum Keys: String, CodingKey { case namespace, name }

    /// Both parts.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(namespace, forKey: .namespace)
        try container.encode(name, forKey: .name)
    }

    /// From both parts.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        self.init(
            try container.decode(String.self, forKey: .namespace), try container.decode(String.self, forKey: .name))
    }
}
