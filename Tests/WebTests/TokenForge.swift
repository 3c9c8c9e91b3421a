import Crypto
import Foundation

/// Makes tokens by hand (RFC 7515, compact form), good ones and others: independent of the code that issues them.
enum TokenForge {
    static let header = #"{"alg":"EdDSA","typ":"JWT"}"#

    static func claims(
        account: String,
        device: String,
        kind: String = "access",
        issued: Int64 = 1_767_225_600,
        expires: Int64 = 1_767_226_500
    ) -> String {
        #"{"sub":"\#(account)","device":"\#(device)","typ":"\#(kind)","#
            + #""iat":\#(issued),"exp":\#(expires)}"#
    }

    static func token(
        header: String = header,
        claims: String,
        signedBy sign: ([UInt8]) throws -> [UInt8]
    ) rethrows -> String {
        let text = base64url(Array(header.utf8)) + "." + base64url(Array(claims.utf8))
        return try text + "." + base64url(sign(Array(text.utf8)))
    }

    static func token(
        header: String = header,
        claims: String,
        key: Curve25519.Signing.PrivateKey
    ) throws -> String {
        try token(header: header, claims: claims) { Array(try key.signature(for: $0)) }
    }

    static func base64url(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    static func decoded(_ part: some StringProtocol) -> [UInt8] {
        var text = part.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Array(Data(base64Encoded: text) ?? Data())
    }
}
