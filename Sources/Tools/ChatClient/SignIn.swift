import Events
import Foundation
import MartletClient

/// Makes a profile's device signed in: with the tokens that it has, by a link of another device, or by a code.
struct SignIn {
    /// How to come by the code.
    enum CodeSource {
        /// None is needed: another of the account's devices has made a link.
        case link(String)
        case given(String)
        case file(VerificationFile)
        case prompt(@Sendable () async -> String?)

        var isLink: Bool {
            if case .link = self { true } else { false }
        }
    }

    /// What the account's list of devices calls this one.
    static let deviceName = "terminal"

    let http: MartletHTTP
    let profile: ChatProfile
    /// `nil`: not known, so that only tokens and links help.
    let address: String?
    let name: String?
    let code: CodeSource

    /// The tokens, checked if they were kept.
    ///
    /// A device that was removed is told once, before it can sign in anew: its person did not expect to be asked for a code.
    func credentials() async throws -> Credentials {
        if let kept = profile.credentials, kept.server == http.server {
            do {
                let renewed = try await http.refresh(kept)
                try profile.save(renewed)
                return renewed
            } catch let error as ClientError where error.isRetriable {
                // Out of reach for now: the session will go on trying.
                return kept
            } catch let error as ClientError {
                // Another installation answers at this address by now, or the device was removed.
                profile.signOut()
                if error.code == .deviceRemoved, !code.isLink { throw error }
            }
        }
        if case .link(let token) = code {
            let credentials = try await http.acceptLink(token, deviceName: Self.deviceName)
            try profile.save(credentials)
            return credentials
        }
        guard let address else {
            throw ChatProfile.Failure(
                description: "this device is not signed in: that needs --link, "
                    + "or --as with a phone number or an e-mail address"
            )
        }
        let registration = try await http.register(
            address: address,
            name: name,
            deviceName: Self.deviceName
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
        case .given(let code), .link(let code):
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
