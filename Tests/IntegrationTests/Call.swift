import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestKit

/// An HTTP call as a test writes it, with nothing added but what is said.
struct Call: Sendable {
    var method = "POST"
    var path: String
    var headers: [(String, String)] = [("Content-Type", "application/json")]
    var body: [UInt8] = []

    init(_ method: String, _ path: String, _ body: String = "", token: String? = nil) {
        self.method = method
        self.path = path
        self.body = [UInt8](body.utf8)
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
    }

    struct Answer: Sendable {
        let status: Int
        let contentType: String
        let retryAfter: String?
        let body: Data

        /// The stable word of a problem document.
        var problem: String? {
            guard contentType.hasPrefix("application/problem+json") else { return nil }
            let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
            return object?["code"] as? String
        }

        var json: Any? { try? JSONSerialization.jsonObject(with: body) }
    }

    func send(to server: String, timeout: TimeAmount = .seconds(30)) async throws -> Answer {
        var request = HTTPClientRequest(url: server + path)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !body.isEmpty { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        let bytes = try await response.body.collect(upTo: 1 << 22)
        return Answer(
            status: Int(response.status.code),
            contentType: response.headers.first(name: "Content-Type") ?? "",
            retryAfter: response.headers.first(name: "Retry-After"),
            body: Data(bytes.readableBytesView)
        )
    }
}
