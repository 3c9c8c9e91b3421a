import Events
import Web

/// The body of `POST /v1/registrations`.
struct RegistrationRequest: Sendable, Equatable {
    let address: AccountAddress
    let name: String
    let deviceName: String

    /// A request of its parts.
    init(address: AccountAddress, name: String = "", deviceName: String = "") {
        self.address = address
        self.name = name
        self.deviceName = deviceName
    }

    /// Reads the body.
    ///
    /// - Throws: `Problem`, for the first thing that is wrong.
    init(_ body: JSONObject) throws(Problem) {
        let phone = try body.string("phone", or: .invalidAddress)
        let email = try body.string("email", or: .invalidAddress)
        switch (phone, email) {
        case (let phone?, nil):
            guard phone.utf8.count <= 64, let address = AccountAddress(phone: phone) else {
                throw Problem(
                    .invalidAddress,
                    "phone is a number with its country code, such as +15551230001"
                )
            }
            self.address = address
        case (nil, let email?):
            guard email.utf8.count <= 320, let address = AccountAddress(email: email) else {
                throw Problem(.invalidAddress, "email is not an e-mail address")
            }
            self.address = address
        default:
            throw Problem(.invalidAddress, "exactly one of phone and email is needed")
        }
        name = try body.name("name")
        deviceName = try body.name("device_name")
    }
}

extension JSONObject {
    /// A person's or a device's name; empty if there is none, or nothing to be seen of it.
    ///
    /// - Throws: `Problem` with code `invalid_name`.
    func name(_ member: String) throws(Problem) -> String {
        guard let text = try string(member, or: .invalidName) else { return "" }
        guard text.unicodeScalars.count <= Limits.nameCharactersMax else {
            throw Problem(.invalidName, "\(member) has at most 64 characters")
        }
        guard !text.hasControls else {
            throw Problem(.invalidName, "\(member) has control characters")
        }
        let isBlank = text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
        return isBlank ? "" : text
    }
}
