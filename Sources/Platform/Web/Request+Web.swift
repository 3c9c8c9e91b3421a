public import Events
public import HTTPTypes
public import Hummingbird
import NIOCore

extension Problem {
    /// The answer over HTTP: an `application/problem+json` document.
    public var response: Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if let seconds = retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        if code.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: .init(code: code.status),
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(string: json))
        )
    }
}

extension Response {
    /// An answer of JSON text.
    public static func json(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }
}

extension Request {
    /// The token of the `Authorization` header; `nil` without one.
    ///
    /// - Throws: `Problem` with code `unauthenticated` if the header says anything else.
    public func bearerToken() throws(Problem) -> String? {
        guard let value = headers[.authorization] else { return nil }
        let prefix = "bearer "
        guard value.utf8.count > prefix.utf8.count,
            value.prefix(prefix.count).lowercased() == prefix
        else { throw .unauthenticated }
        return String(value.dropFirst(prefix.count))
    }

    /// The body, a JSON object.
    ///
    /// - Throws: `Problem` with code `unsupported_media_type`, `body_too_large` or `invalid_json`; what the connection throws.
    public func jsonBody(bytesMax: Int = Limits.bodyBytesMax) async throws -> JSONObject {
        try JSONObject(try await jsonBytes(bytesMax: bytesMax))
    }

    /// The body, a JSON object; no body counts as an empty one.
    ///
    /// - Throws: as `jsonBody`.
    public func optionalJSONBody() async throws -> JSONObject {
        let bytes = try await jsonBytes(bytesMax: Limits.bodyBytesMax)
        return bytes.isEmpty ? JSONObject() : try JSONObject(bytes)
    }

    private func jsonBytes(bytesMax: Int) async throws -> ByteBufferView {
        if let type = headers[.contentType] {
            let essence = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
            guard essence == "application/json" else {
                throw Problem(.unsupportedMediaType, "the body must be application/json")
            }
        }
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > bytesMax {
            throw Problem.bodyTooLarge
        }
        do {
            return try await body.collect(upTo: bytesMax).readableBytesView
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge
        }
    }
}

extension TokenAuthority {
    /// Who sends a request, by its `Authorization` header.
    ///
    /// - Throws: `Problem` with code `unauthenticated`.
    public func identity(of request: Request) async throws(Problem) -> Identity {
        guard let token = try request.bearerToken() else { throw .unauthenticated }
        return try await verify(accessToken: token)
    }
}
