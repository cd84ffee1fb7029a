import AsyncHTTPClient
import Kubernetes

extension APIClient {
    /// Follows changes until the server ends it, which it does after `seconds`.
    ///
    /// - Parameters:
    ///   - version: the state from which on changes are told; nil: what is there comes first, as if it were new.
    ///   - seconds: how long the server is asked to go on.
    ///   - silence: milliseconds after which a server that says nothing is taken for dead. Servers tell how far they
    ///     have come about once a minute.
    ///   - opened: called when the server has agreed.
    ///   - each: called with every line, one after the other; the next is read when it returns.
    public func watch(
        _ resource: APIResource, _ selection: APISelection = APISelection(), from version: String?, seconds: Int = 300,
        silence: Int64 = 150_000, opened: @escaping @Sendable () async throws(APIError) -> Void = {},
        each: @escaping @Sendable ([UInt8]) async throws(APIError) -> Void
    ) async throws(APIError) {
        var request = APIRequest(
            method: "GET", path: resource.path(namespace: selection.namespace), query: selection.query)
        request.query += [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", String(seconds))]
        if let version { request.query.append(("resourceVersion", version)) }
        let question = request
        let result = await transport.withWatchLane { client in
            await self.follow(question, client, silence, opened, each)
        }
        guard let result else { throw stopped(request) }
        try result.get()
    }

    private func follow(
        _ request: APIRequest, _ client: HTTPClient, _ silence: Int64,
        _ opened: @escaping @Sendable () async throws(APIError) -> Void,
        _ each: @escaping @Sendable ([UInt8]) async throws(APIError) -> Void
    ) async -> Result<Void, APIError> {
        let heart = Heartbeat(clock)
        return await withTaskGroup(of: Result<Void, APIError>.self) { group in
            group.addTask {
                do throws(APIError) {
                    let response = try await self.ask(request, client)
                    heart.beat()
                    try await opened()
                    do { try await Self.read(response, heart, each) } catch {
                        throw APIError(transport: error, request.words)
                    }
                    return .success(())
                } catch { return .failure(error) }
            }
            group.addTask {
                await heart.waitForSilence(silence)
                return .failure(
                    APIError("Silent", "the API server has said nothing for \(silence / 1000) seconds", request.words))
            }
            let first = await group.next() ?? .success(())
            group.cancelAll()
            return first
        }
    }

    private static func read(
        _ response: HTTPClientResponse, _ heart: Heartbeat, _ each: @Sendable ([UInt8]) async throws(APIError) -> Void
    ) async throws {
        var splitter = LineSplitter()
        for try await chunk in response.body {
            heart.beat()
            for line in try splitter.feed(Array(chunk.readableBytesView)) { try await each(line) }
            heart.beat()
        }
        try splitter.finish()
    }
}
