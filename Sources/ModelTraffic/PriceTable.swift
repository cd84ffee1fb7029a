import Kubernetes

/// What a model of a server costs and can say at once.
public struct ModelTerms: Sendable, Hashable {
    /// nil: not known.
    public var prices: TokenPrices?
    /// Most tokens of an answer; nil: not known.
    public var maxOutputTokens: Int64?

    /// Nothing known.
    public static let unknown = ModelTerms(prices: nil, maxOutputTokens: nil)
}

/// The prices of a snapshot, by Service and model.
///
/// A Service belongs to one `Provider` of its namespace: the first by name of those that list it. A `Provider` with
/// mistakes gives no prices, and then no budget in dollars lets its models pass.
public struct PriceTable: Sendable {
    private struct Entry: Sendable {
        let models: [Pattern]
        let terms: ModelTerms
    }

    private var services: [NamespacedName: [Entry]] = [:]

    /// Reads all of the objects.
    public init(_ objects: Objects) {
        for provider in objects.providers.values.sorted(by: { $0.key < $1.key }) {
            let entries = provider.models.map {
                Entry(models: $0.match.map(Pattern.init), terms: ModelTerms($0))
            }
            for service in provider.services {
                let key = NamespacedName(provider.metadata.namespace, service)
                if services[key] == nil { services[key] = entries }
            }
        }
    }

    /// True when no Service has prices.
    public var isEmpty: Bool { services.isEmpty }

    /// What the model costs behind the Service.
    ///
    /// - Parameter model: as the server knows it; nil: not known, and then only a price for every model (`*`) counts.
    public func terms(_ service: NamespacedName, model: String?) -> ModelTerms {
        guard !services.isEmpty, let entries = services[service] else { return .unknown }
        let name = model ?? ""
        return entries.first { $0.models.match(name) }?.terms ?? .unknown
    }
}

extension ModelTerms {
    /// What decoding has checked. Prices that cannot be read all the same are not known.
    fileprivate init(_ model: Provider.Model) {
        maxOutputTokens = model.maxOutputTokens.map(Int64.init)
        prices = model.prices.flatMap {
            try? TokenPrices(
                input: $0.input, output: $0.output, cachedInput: $0.cachedInput, cacheWrite: $0.cacheWrite,
                reasoning: $0.reasoning)
        }
    }
}
