import Foundation
import HTTPTypes
import Hummingbird

/// Why a request is not answered, as RFC 9457 writes it.
public struct Problem: Error, Sendable, Equatable {
    /// Status of the answer.
    public var status: Int
    /// Stable name of the reason, for programs.
    public var code: String
    /// The reason in words, for people.
    public var detail: String
    /// The parameter that is wrong; nil: it is not about one.
    public var parameter: String?
    /// Where in the parameter's text, in characters from 0; nil: all of it.
    public var position: Int?
    /// What would be right.
    public var suggestion: String?
    /// Seconds after which it makes sense to ask again.
    public var retryAfter: Int64?

    /// A problem.
    public init(
        _ status: Int, _ code: String, _ detail: String, parameter: String? = nil, position: Int? = nil,
        suggestion: String? = nil, retryAfter: Int64? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.parameter = parameter
        self.position = position
        self.suggestion = suggestion
        self.retryAfter = retryAfter
    }

    /// Something of the query is wrong.
    static func parameter(_ name: String, _ detail: String, suggestion: String? = nil) -> Problem {
        Problem(400, "invalid_parameter", detail, parameter: name, suggestion: suggestion)
    }

    static let nothingHere = Problem(404, "not_found", "there is nothing at this path")
}

extension Problem {
    /// The members of the answer.
    private struct Body: Encodable {
        let type = "about:blank"
        let title: String
        let status: Int
        let code: String
        let detail: String
        let parameter: String?
        let position: Int?
        let suggestion: String?
    }

    private static let titles = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        409: "Conflict", 413: "Content Too Large", 414: "URI Too Long", 421: "Misdirected Request",
        429: "Too Many Requests",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]

    /// The answer.
    var response: Response {
        let status = HTTPResponse.Status(code: status)
        var response = Response.json(
            Body(
                title: Self.titles[self.status] ?? "Error", status: self.status, code: code, detail: detail,
                parameter: parameter,
                position: position, suggestion: suggestion),
            status: status)
        response.headers[.contentType] = "application/problem+json"
        if self.status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"sallyport\"" }
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        return response
    }
}

extension Response {
    /// A value as JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        do {
            return bytes(try JSONText.encode(value), "application/json", status: status)
        } catch {
            // Only numbers that are none cannot be written; no value of ours has one.
            return Response(status: .internalServerError)
        }
    }

    /// Bytes of a type.
    static func bytes(
        _ bytes: some Collection<UInt8>, _ type: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// To another page.
    static func goTo(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}

/// JSON as the API writes it.
enum JSONText {
    /// The value, members in the order of their names, slashes as they are.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(value))
    }
}
