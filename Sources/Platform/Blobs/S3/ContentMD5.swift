import Crypto
import Foundation

/// The value of a `Content-MD5` header (RFC 1864), by which a server finds out that a body was damaged on its way.
enum ContentMD5 {
    static func value(of bytes: [UInt8]) -> String {
        Data(Insecure.MD5.hash(data: bytes)).base64EncodedString()
    }
}
