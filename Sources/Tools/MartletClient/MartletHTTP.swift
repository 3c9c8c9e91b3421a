public import AsyncHTTPClient
import Events
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Martlet's HTTP calls (docs/DESIGN.md, "HTTP").
///
/// A value without state of its own: tokens are given with each call and never kept. Every call is answered within `timeout` (those
/// that may need archives within `pageTimeout` or `exportTimeout`) or throws a `ClientError`; nothing is retried here. Safe to use
/// from any task.
public struct MartletHTTP: Sendable {
    /// The gateway's address on this machine.
    public static let serverDefault = "http://127.0.0.1:8080"
    /// The largest answer taken, in bytes.
    public static let answerBytesMax = 4 << 20

    /// In which of its two forms a message is posted.
    public enum PostForm: Sendable, CaseIterable {
        /// With an `Authorization` header.
        case header
        /// The published form: with the token as `"sender"` in the body.
        case body
    }

    /// The gateway's address, such as `http://127.0.0.1:8080`.
    public let server: String
    /// How long a call may take.
    public let timeout: Duration
    private let client: HTTPClient

    /// Calls to this gateway.
    ///
    /// The client is shared by the process unless one is given, which its owner shuts down.
    public init(
        server: String = Self.serverDefault,
        timeout: Duration = .seconds(5),
        client: HTTPClient = .shared
    ) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.timeout = timeout
        self.client = client
    }

    // MARK: Accounts

    /// Where the other services are, and the limits.
    public func discover() async throws(ClientError) -> ServiceDirectory {
        let answer = try await call(.GET, "\(server)/.well-known/martlet")
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try ServiceDirectory(reading: &reader)
        }
    }

    /// Asks for a code to be sent to a phone number or an e-mail address.
    public func register(
        address: String,
        name: String? = nil,
        deviceName: String? = nil
    ) async throws(ClientError) -> Registration {
        var body = ByteBuffer(string: address.contains("@") ? "{\"email\":" : "{\"phone\":")
        body.writeJSON(address)
        for (key, value) in [("name", name), ("device_name", deviceName)] {
            guard let value else { continue }
            body.writeString(",\"\(key)\":")
            body.writeJSON(value)
        }
        body.writeString("}")
        let answer = try await call(.POST, "\(server)/v1/registrations", body: body)
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try Registration(reading: &reader)
        }
    }

    /// Confirms a registration by its code; from then on the device is signed in.
    public func confirm(
        _ registration: Registration,
        code: String
    ) async throws(ClientError) -> Credentials {
        var body = ByteBuffer(string: "{\"code\":")
        body.writeJSON(code)
        body.writeString("}")
        let answer = try await call(
            .POST,
            "\(server)/v1/registrations/\(Self.escaped(registration.id))/confirmation",
            body: body
        )
        return try signedIn(by: answer)
    }

    /// What a device keeps that was just signed in.
    func signedIn(by answer: ByteBuffer) throws(ClientError) -> Credentials {
        let tokens = try Self.tokens(answer)
        guard let account = tokens.accountID, let device = tokens.deviceID else {
            throw ClientError(.badResponse, "tokens without an account")
        }
        return Credentials(
            server: server,
            accountID: account,
            deviceID: device,
            accessToken: tokens.access,
            refreshToken: tokens.refresh
        )
    }

    /// Gets new tokens for the device.
    public func refresh(_ credentials: Credentials) async throws(ClientError) -> Credentials {
        var body = ByteBuffer(string: "{\"refresh_token\":")
        body.writeJSON(credentials.refreshToken)
        body.writeString("}")
        let tokens = try Self.tokens(try await call(.POST, "\(server)/v1/tokens", body: body))
        var renewed = credentials
        renewed.accessToken = tokens.access
        renewed.refreshToken = tokens.refresh
        return renewed
    }

    // MARK: Messages

    /// Posts a message; returns when the log has it.
    ///
    /// After an error that `isRetriable`, the outcome may be unknown: the same message, posted again, settles it.
    public func post(
        _ message: OutgoingMessage,
        token: String,
        form: PostForm = .header
    ) async throws(ClientError) -> AcceptedMessage {
        var body = ByteBuffer(string: "{")
        if form == .body {
            body.writeString("\"sender\":")
            body.writeJSON(token)
            body.writeString(",")
        }
        body.writeFields(of: message)
        body.writeString("}")
        let answer = try await call(
            .POST,
            "\(server)/v1/messages",
            token: form == .header ? token : nil,
            body: body
        )
        let frame = answer.withUnsafeReadableBytes { ServerFrame(answer: $0) }
        guard case .accepted(let accepted) = frame else {
            throw ClientError(.badResponse, "not an answer to a message")
        }
        return accepted
    }

    /// The address of the socket of the instance that serves this account.
    public func connect(token: String) async throws(ClientError) -> String {
        let answer = try await call(.GET, "\(server)/v1/connect", token: token)
        var url: String?
        try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try reader.object { (key, reader) throws(JSONReader.Malformed) in
                if key == "url" {
                    url = try reader.string()
                } else {
                    try reader.skipValue()
                }
            }
        }
        guard let url else { throw ClientError(.badResponse, "no socket's address") }
        return url
    }

    // MARK: Calls

    func call(
        _ method: HTTPMethod,
        _ url: String,
        token: String? = nil,
        body: ByteBuffer? = nil,
        timeout: Duration? = nil
    ) async throws(ClientError) -> ByteBuffer {
        try await exchange(method, url, token: token, body: body, timeout: timeout) { response in
            try await response.body.collect(upTo: Self.answerBytesMax)
        }
    }

    /// Makes a call and takes what the answer brings, unless that is a problem.
    ///
    /// The time-out is for the answer's beginning.
    func exchange<Value: Sendable>(
        _ method: HTTPMethod,
        _ url: String,
        token: String? = nil,
        body: ByteBuffer? = nil,
        timeout: Duration? = nil,
        _ take: (HTTPClientResponse) async throws -> Value
    ) async throws(ClientError) -> Value {
        var request = HTTPClientRequest(url: url)
        request.method = method
        if let token {
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        do {
            let time = TimeAmount(max(timeout ?? .zero, self.timeout))
            let response = try await client.execute(request, timeout: time)
            guard (200..<300).contains(response.status.code) else {
                throw Self.problem(
                    status: Int(response.status.code),
                    headers: response.headers,
                    try await response.body.collect(upTo: Self.answerBytesMax)
                )
            }
            return try await take(response)
        } catch let error as ClientError {
            throw error
        } catch let error as HTTPClientError {
            throw Self.translate(error)
        } catch is CancellationError {
            throw ClientError(.stopped, "cancelled")
        } catch {
            throw ClientError(.transport, "cannot reach the server")
        }
    }

    private static func translate(_ error: HTTPClientError) -> ClientError {
        switch error {
        case .deadlineExceeded, .readTimeout, .connectTimeout, .getConnectionFromPoolTimeout,
            .requestStreamCancelled:
            ClientError(.timeout, "no answer in time")
        case .cancelled:
            ClientError(.stopped, "cancelled")
        case .invalidURL, .emptyHost, .emptyScheme:
            ClientError(.invalidURL, "not an address of a server")
        default:
            ClientError(.transport, "cannot reach the server: \(error.shortDescription)")
        }
    }

    /// Reads an RFC 9457 problem; what is not one becomes `bad_response`.
    private static func problem(
        status: Int,
        headers: HTTPHeaders,
        _ body: ByteBuffer
    ) -> ClientError {
        var code: String?
        var detail: String?
        try? decode(body) { (reader) throws(JSONReader.Malformed) in
            try reader.object { (key, reader) throws(JSONReader.Malformed) in
                if key == "code" {
                    code = try reader.string()
                } else if key == "detail" {
                    detail = try reader.string()
                } else {
                    try reader.skipValue()
                }
            }
        }
        let retryAfter = headers.first(name: "Retry-After").flatMap { Int($0) }
        return ClientError(
            code.map { ClientError.Code($0) } ?? .badResponse,
            detail ?? "",
            status: status,
            retryAfter: retryAfter.map { .seconds($0) }
        )
    }

    // MARK: Text

    @discardableResult
    static func decode<Value>(
        _ body: ByteBuffer,
        _ read: (inout JSONReader) throws(JSONReader.Malformed) -> Value
    ) throws(ClientError) -> Value {
        let result = body.withUnsafeReadableBytes { bytes -> Value? in
            var reader = JSONReader(bytes)
            return try? read(&reader)
        }
        guard let result else { throw ClientError(.badResponse, "an answer of another shape") }
        return result
    }

    private struct Tokens {
        var accountID: AccountID?
        var deviceID: DeviceID?
        var access = ""
        var refresh = ""
    }

    private static func tokens(_ body: ByteBuffer) throws(ClientError) -> Tokens {
        var tokens = Tokens()
        try decode(body) { (reader) throws(JSONReader.Malformed) in
            try reader.object { (key, reader) throws(JSONReader.Malformed) in
                if key == "account_id" {
                    tokens.accountID = try reader.identifier()
                } else if key == "device_id" {
                    tokens.deviceID = try reader.identifier()
                } else if key == "access_token" {
                    tokens.access = try reader.string() ?? ""
                } else if key == "refresh_token" {
                    tokens.refresh = try reader.string() ?? ""
                } else {
                    try reader.skipValue()
                }
            }
        }
        guard !tokens.access.isEmpty, !tokens.refresh.isEmpty else {
            throw ClientError(.badResponse, "an answer without tokens")
        }
        return tokens
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    static func query(_ items: [(name: String, value: String?)]) -> String {
        let parts = items.compactMap { item in
            item.value.map { "\(item.name)=\(escaped($0))" }
        }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }
}
