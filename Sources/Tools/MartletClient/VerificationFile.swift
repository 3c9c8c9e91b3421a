import Foundation

/// Reads registration codes from the gateway's `verification.jsonl`: for trials on one's own machine.
///
/// Follows the file, so that a thousand registrations read it once.
public actor VerificationFile {
    private static let chunkBytes = 1 << 16
    private static let codesMax = 100_000

    private let path: String
    private var offset: UInt64 = 0
    private var partial: [UInt8] = []
    private var codes: [String: String] = [:]

    private struct Line: Decodable {
        let registrationID: String
        let code: String

        enum CodingKeys: String, CodingKey {
            case registrationID = "registration_id"
            case code
        }
    }

    /// A file that may not exist yet.
    public init(path: String) {
        self.path = path
    }

    /// The newest code of a registration; waits for it until the time is up.
    public func code(
        for registration: Registration,
        timeout: Duration = .seconds(10)
    ) async throws(ClientError) -> String {
        let deadline = ContinuousClock.now + timeout
        while true {
            readOn()
            if let code = codes[registration.id] {
                return code
            }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                throw ClientError(.timeout, "no code for this registration in the file")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func readOn() {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        if let end = try? file.seekToEnd(), end < offset {
            // Another file than before.
            offset = 0
            partial = []
        }
        guard (try? file.seek(toOffset: offset)) != nil else { return }
        while let chunk = try? file.read(upToCount: Self.chunkBytes), !chunk.isEmpty {
            offset += UInt64(chunk.count)
            partial.append(contentsOf: chunk)
            takeLines()
        }
    }

    private func takeLines() {
        var lines = partial.split(separator: 0x0A, omittingEmptySubsequences: false)
        partial = Array(lines.popLast() ?? [])
        if partial.count > Self.chunkBytes {
            partial = []
        }
        for line in lines {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
                continue
            }
            if codes.count >= Self.codesMax {
                codes.removeAll()
            }
            codes[line.registrationID] = line.code
        }
    }
}
