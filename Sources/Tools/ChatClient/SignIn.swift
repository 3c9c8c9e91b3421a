import Events
import Foundation
import MartletClient

/// Makes a profile's device signed in: with the tokens that it has, or by a code.
struct SignIn {
    /// How to come by the code.
    enum CodeSource {
        case given(String)
        case file(VerificationFile)
        case prompt(@Sendable () async -> String?)
    }

    let http: MartletHTTP
    let profile: ChatProfile
    let address: String
    let name: String?
    let code: CodeSource

    /// The tokens, checked if they were kept.
    func credentials() async throws -> Credentials {
        if let kept = profile.credentials, kept.server == http.server {
            do {
                let renewed = try await http.refresh(kept)
                try profile.save(renewed)
                return renewed
            } catch let error as ClientError where error.isRetriable {
                // Out of reach for now: the session will go on trying.
                return kept
            } catch is ClientError {
                // Another installation answers at this address by now, or the device was removed.
                profile.signOut()
            }
        }
        let registration = try await http.register(
            address: address,
            name: name,
            deviceName: "terminal"
        )
        let credentials = try await http.confirm(
            registration,
            code: try await enteredCode(for: registration)
        )
        try profile.save(credentials)
        return credentials
    }

    private func enteredCode(for registration: Registration) async throws -> String {
        switch code {
        case .given(let code):
            return code
        case .file(let file):
            return try await file.code(for: registration)
        case .prompt(let ask):
            guard let code = await ask() else {
                throw ChatProfile.Failure(description: "no code was entered")
            }
            return code.trimmingCharacters(in: .whitespaces)
        }
    }
}
