import Crypto
import Events
import Foundation
import NIOHTTP1

/// Signs requests with AWS Signature Version 4, payload included.
///
/// Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", Amazon S3 API Reference.
struct SignatureV4: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"

    let credentials: S3Credentials
    let region: String

    /// Signs a request.
    ///
    /// - Parameters:
    ///   - request: what is signed; all of its headers are.
    ///   - host: the value of `host`.
    ///   - time: the server's time, within 15 minutes.
    /// - Returns: the headers to send: its own, those that signing needs, and `authorization`.
    func headers(
        for request: S3Request,
        host: String,
        at time: Timestamp
    ) -> [(name: String, value: String)] {
        let stamp = S3Dates.compact(time)
        let payload = Self.hexadecimal(SHA256.hash(data: request.body))
        var headers = request.headers
        headers.append(("host", host))
        headers.append(("x-amz-content-sha256", payload))
        headers.append(("x-amz-date", stamp))
        if let token = credentials.sessionToken {
            headers.append(("x-amz-security-token", token))
        }
        headers.sort { $0.name < $1.name }
        let names = headers.map(\.name).joined(separator: ";")
        let canonical = [
            request.method.rawValue,
            PercentEncoding.escape(request.path, isPath: true),
            request.canonicalQuery,
            headers.map { "\($0.name):\($0.value)\n" }.joined(),
            names,
            payload,
        ].joined(separator: "\n")
        let scope = "\(stamp.prefix(8))/\(region)/s3/aws4_request"
        let signature = sign(canonical, stamp: stamp, scope: scope)
        let credential = "\(credentials.accessKeyID)/\(scope)"
        headers.append(
            (
                "authorization",
                "\(Self.algorithm) Credential=\(credential),SignedHeaders=\(names),"
                    + "Signature=\(signature)"
            )
        )
        return headers
    }

    private func sign(_ canonical: String, stamp: String, scope: String) -> String {
        let digest = Self.hexadecimal(SHA256.hash(data: Array(canonical.utf8)))
        let text = [Self.algorithm, stamp, scope, digest].joined(separator: "\n")
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [String(stamp.prefix(8)), region, "s3", "aws4_request"] {
            key = SymmetricKey(data: Self.code(part, key))
        }
        return Self.hexadecimal(Self.code(text, key))
    }

    private static func code(
        _ text: String,
        _ key: SymmetricKey
    ) -> HashedAuthenticationCode<SHA256> {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
