import Dispatch
import Events
import Foundation
import ServiceKit
import Web

/// Prints codes on standard output and appends them to a file, a JSON object per line, for whoever runs the installation.
///
/// Only the owner may read the file: a code is as good as the account.
struct FileVerificationSender: VerificationSender {
    /// The file can't be written.
    struct Failure: Error {}

    let path: String
    var printer: @Sendable (String) -> Void = Self.printToStandardOutput

    private let queue = DispatchQueue(label: "verification")

    init(path: String) {
        self.path = path
    }

    func send(_ verification: Verification) async throws {
        let address = String(verification.address.description.drop { $0 != ":" }.dropFirst())
        let line =
            "{\"time\":\"\(verification.time.iso8601)\",\"address\":\(JSONText.quoted(address)),"
            + "\"code\":\"\(verification.code)\","
            + "\"registration_id\":\"\(verification.registrationID)\"}\n"
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            queue.async { done.resume(with: Result { try append(line) }) }
        }
        printer("The code for \(address) is \(verification.code)\n")
    }

    private func append(_ line: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        let bytes = Array(line.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure() }
    }

    /// In one write; whether somebody reads it does not matter.
    static func printToStandardOutput(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }
}
