import Events
import Foundation
import MartletClient

/// The accounts of a load: registered when they are missing, kept on disk for the next run.
struct BenchAccounts: Sendable {
    private static let concurrency = 16

    let http: MartletHTTP
    /// Where the accounts are kept; `nil`: nowhere.
    let path: String?
    /// Where the codes are to be read.
    let codes: VerificationFile?

    /// One account of the load.
    struct Account: Sendable {
        let credentials: Credentials
        /// The socket of the instance that serves it.
        let socketURL: String
    }

    /// The phone number of an account of the load.
    static func phone(_ number: Int) -> String {
        let digits = String(number)
        return "+1556" + String(repeating: "0", count: max(0, 7 - digits.count)) + digits
    }

    /// Signs in so many accounts; `progress` is told how many are.
    func signIn(
        count: Int,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> [Account] {
        let kept = read()
        let accounts = try await withThrowingTaskGroup(of: (Int, Account).self) { group in
            var accounts = [Account?](repeating: nil, count: count)
            var next = 0
            var done = 0
            while next < min(Self.concurrency, count) {
                let number = next
                group.addTask { (number, try await self.signIn(number, kept)) }
                next += 1
            }
            while let (number, account) = try await group.next() {
                accounts[number] = account
                done += 1
                progress(done)
                if next < count {
                    let number = next
                    group.addTask { (number, try await self.signIn(number, kept)) }
                    next += 1
                }
            }
            return accounts.compactMap { $0 }
        }
        var all = kept
        for (number, account) in accounts.enumerated() {
            all[Self.phone(number)] = account.credentials
        }
        try write(all)
        return accounts
    }

    private func signIn(_ number: Int, _ kept: [String: Credentials]) async throws -> Account {
        let phone = Self.phone(number)
        var credentials: Credentials?
        if let old = kept[phone], old.server == http.server {
            do {
                credentials = try await http.refresh(old)
            } catch {
                // Otherwise it is another installation by now: registering again is all that helps.
                guard !error.isRetriable else { throw error }
            }
        }
        if credentials == nil {
            guard let codes else {
                throw ClientError(
                    .init("no_codes"),
                    "--data or --code-file must say where codes are to be read"
                )
            }
            let registration = try await http.register(
                address: phone,
                name: "Load \(number)",
                deviceName: "bench"
            )
            credentials = try await http.confirm(
                registration,
                code: try await codes.code(for: registration)
            )
        }
        guard let credentials else { throw ClientError(.badResponse) }
        return Account(
            credentials: credentials,
            socketURL: try await connect(token: credentials.accessToken)
        )
    }

    /// A new account's instance may need a moment to be known.
    private func connect(token: String) async throws -> String {
        var attempts = 0
        while true {
            do {
                return try await http.connect(token: token)
            } catch {
                guard error.isRetriable, attempts < 20 else { throw error }
                attempts += 1
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func read() -> [String: Credentials] {
        guard let path, let data = FileManager.default.contents(atPath: path) else { return [:] }
        return (try? JSONDecoder().decode([String: Credentials].self, from: data)) ?? [:]
    }

    private func write(_ accounts: [String: Credentials]) throws {
        guard let path else { return }
        try PrivateFile.makeDirectory((path as NSString).deletingLastPathComponent)
        try PrivateFile.write(try JSONEncoder().encode(accounts), to: path)
    }
}
