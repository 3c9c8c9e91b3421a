import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

extension MartletHTTP {
    /// How long an export may take to begin: it is made whole before, out of archives as well.
    public static let exportTimeout: Duration = .seconds(3600)

    /// Writes all of the account's data to a file, as a zip; returns its size in bytes.
    ///
    /// The file is there when it is whole, and for its owner alone; it grows as `FILE.part`. A file of that name that is there
    /// already stays as it is. `progress` is told the bytes so far, now and then. Cancelling leaves no file.
    ///
    /// - Throws: `file_exists`, `file_unwritable`, or what calls throw.
    @discardableResult
    public func export(
        history: String,
        token: String,
        to path: String,
        progress: (@Sendable (Int64) -> Void)? = nil
    ) async throws(ClientError) -> Int64 {
        let file = try PartialFile(path)
        return try await exchange(
            .GET,
            "\(history)/v1/export",
            token: token,
            timeout: Self.exportTimeout
        ) { response in
            let type = response.headers.first(name: "Content-Type") ?? ""
            guard type.hasPrefix("application/zip") else {
                throw ClientError(.badResponse, "not a zip archive")
            }
            var told: Int64 = 0
            for try await chunk in response.body {
                try file.write(chunk.readableBytesView)
                if file.count - told >= 1 << 20 {
                    told = file.count
                    progress?(told)
                }
            }
            guard Self.isZipEnd(file.tail) else {
                throw ClientError(.badResponse, "the archive is not whole")
            }
            try file.finish()
            return file.count
        }
    }

    /// Whether a file's last bytes are the end record of a zip without a comment (APPNOTE 4.3.16).
    private static func isZipEnd(_ bytes: [UInt8]) -> Bool {
        bytes.count == PartialFile.tailBytes && bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
    }
}
