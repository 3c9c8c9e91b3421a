import Events
import Foundation
import Web

/// Signs in the people of a fill: any process with the installation's keys can.
enum PeopleTokens {
    /// Their access tokens, in their order.
    ///
    /// - Throws: `BenchFailure` if there are no keys.
    static func issue(
        for summary: FillSummary,
        dataDirectory: String,
        clock: any WallClock
    ) async throws -> [String] {
        // Reading keys that are not there would make them.
        let path = "\(dataDirectory)/keys/installation.json"
        guard FileManager.default.fileExists(atPath: path) else {
            throw BenchFailure("there are no keys of an installation at \(path)")
        }
        let keys = try InstallationKeys.load(dataDirectory: dataDirectory)
        let authority = TokenAuthority(keys: keys, clock: clock)
        var tokens: [String] = []
        for person in summary.people {
            let identity = Identity(account: person.account, device: person.device)
            tokens.append(try await authority.issue(for: identity).accessToken)
        }
        return tokens
    }
}
