public import Events
import NIOCore
import NIOHTTP1

extension MartletHTTP {
    // MARK: Changing

    /// Asks for something to be different for the account alone; returns when the log has it, with the server's time.
    ///
    /// After an error that `isRetriable`, the outcome may be unknown: the same request, made again, settles it.
    @discardableResult
    public func set(
        _ request: PersonalRequest,
        token: String
    ) async throws(ClientError) -> Timestamp {
        let answer = try await call(
            request.method,
            "\(server)\(request.path)",
            token: token,
            body: request.body?.finished
        )
        var time: Timestamp?
        try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try reader.object { (key, reader) throws(JSONReader.Malformed) in
                if key == "server_timestamp" {
                    time = try reader.timestamp()
                } else {
                    try reader.skipValue()
                }
            }
        }
        guard let time else { throw ClientError(.badResponse, "not an answer to a change") }
        return time
    }

    /// Makes a link by which another device becomes one of the account's.
    public func createLink(token: String) async throws(ClientError) -> DeviceLink {
        let answer = try await call(
            .POST,
            "\(server)/v1/devices/links",
            token: token,
            body: JSONObjectWriter().finished
        )
        let link = try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try DeviceLink(reading: &reader)
        }
        guard let link else { throw ClientError(.badResponse, "not a link") }
        return link
    }

    /// Makes this device one of the account that made the link; from then on it is signed in.
    public func acceptLink(
        _ linkToken: String,
        deviceName: String? = nil
    ) async throws(ClientError) -> Credentials {
        var body = JSONObjectWriter()
        body.add("link_token", linkToken)
        if let deviceName { body.add("device_name", deviceName) }
        let answer = try await call(
            .POST,
            "\(server)/v1/devices/links/acceptance",
            body: body.finished
        )
        return try signedIn(by: answer)
    }

    // MARK: Asking

    /// A page of the messages that the account has marked, the last marked first.
    ///
    /// The history service's address comes from `discover()`.
    public func starred(
        history: String,
        token: String,
        before: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> StarredPage {
        let query = Self.query([("before", before), ("limit", limit.map(String.init))])
        let answer = try await call(
            .GET,
            "\(history)/v1/starred\(query)",
            token: token,
            timeout: Self.pageTimeout
        )
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try StarredPage(reading: &reader)
        }
    }

    /// What others may know of the account.
    ///
    /// The history service's address comes from `discover()`.
    public func privacy(
        history: String,
        token: String
    ) async throws(ClientError) -> PrivacySettings {
        let answer = try await call(.GET, "\(history)/v1/privacy", token: token)
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try PrivacySettings(reading: &reader)
        }
    }

    /// The account's devices, this one too.
    ///
    /// The history service's address comes from `discover()`.
    public func devices(
        history: String,
        token: String
    ) async throws(ClientError) -> [AccountDevice] {
        let answer = try await call(.GET, "\(history)/v1/devices", token: token)
        var devices: [AccountDevice] = []
        try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try reader.object { (key, reader) throws(JSONReader.Malformed) in
                guard key == "devices" else { return try reader.skipValue() }
                devices = try reader.elements { (reader) throws(JSONReader.Malformed) in
                    try AccountDevice(reading: &reader)
                }
            }
        }
        return devices
    }

    /// A page of the account's contacts.
    ///
    /// The history service's address comes from `discover()`.
    public func contacts(
        history: String,
        token: String,
        cursor: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> AccountPage {
        try await page("\(history)/v1/contacts", "contacts", token, cursor, limit)
    }

    /// A page of those who wait to be let into a conversation; for who decides.
    ///
    /// The history service's address comes from `discover()`.
    public func requests(
        to conversation: ConversationID,
        history: String,
        token: String,
        cursor: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> AccountPage {
        let url = "\(history)/v1/conversations/\(conversation)/requests"
        return try await page(url, "requests", token, cursor, limit)
    }

    /// A page of those who may not be members of a conversation; for who runs it.
    ///
    /// The history service's address comes from `discover()`.
    public func bans(
        in conversation: ConversationID,
        history: String,
        token: String,
        cursor: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> AccountPage {
        let url = "\(history)/v1/conversations/\(conversation)/bans"
        return try await page(url, "bans", token, cursor, limit)
    }

    private func page(
        _ url: String,
        _ list: StaticString,
        _ token: String,
        _ cursor: String?,
        _ limit: Int?
    ) async throws(ClientError) -> AccountPage {
        let query = Self.query([("cursor", cursor), ("limit", limit.map(String.init))])
        let answer = try await call(.GET, "\(url)\(query)", token: token)
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try AccountPage(reading: &reader, list: list)
        }
    }
}
