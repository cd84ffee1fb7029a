import AsyncHTTPClient
import Kubernetes

extension APIClient {
    /// One part of a list: its objects and how it goes on.
    struct Page<T: Sendable>: Sendable {
        var objects: [T]
        var end: ListSplitter.End
    }

    /// Reads one part of a list, an object at a time, while it arrives.
    ///
    /// - Parameters:
    ///   - limit: most objects of it; nil: all of them.
    ///   - next: what the part before ended with; nil: from the beginning.
    func page<T: Sendable>(
        _ resource: APIResource, _ selection: APISelection, limit: Int?, next: String?,
        decode: @escaping @Sendable ([UInt8]) throws(ServedProblem) -> T
    ) async throws(APIError) -> Page<T> {
        var request = APIRequest(
            method: "GET", path: resource.path(namespace: selection.namespace), query: selection.query)
        if let limit { request.query.append(("limit", String(limit))) }
        if let next { request.query.append(("continue", next)) }
        let question = request
        let result = await clock.within(120_000) { () -> Result<Page<T>, APIError> in
            guard let client = self.transport.client else { return .failure(self.stopped(question)) }
            do throws(APIError) {
                let response = try await self.ask(question, client)
                do { return .success(try await Self.read(response, decode)) } catch {
                    throw APIError(transport: error, question.words)
                }
            } catch { return .failure(error) }
        }
        guard let result else { throw APIError("Silent", "the list does not come to an end", request.words) }
        return try result.get()
    }

    private static func read<T: Sendable>(
        _ response: HTTPClientResponse, _ decode: @Sendable ([UInt8]) throws(ServedProblem) -> T
    ) async throws -> Page<T> {
        var splitter = ListSplitter()
        var objects: [T] = []
        for try await chunk in response.body {
            for object in try splitter.feed(Array(chunk.readableBytesView)) { objects.append(try decode(object)) }
        }
        return Page(objects: objects, end: try splitter.finish())
    }
}
