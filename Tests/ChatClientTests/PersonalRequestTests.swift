import ClientTestSupport
import Events
import Foundation
import Testing

@testable import MartletClient

private let group = ConversationID(high: 7, low: 9)
private let message = SubmissionID(high: 1 << 20 | 0x7000, low: 1 << 63)
private let phone = DeviceID(high: 3, low: 4)

@Suite(.timeLimit(.minutes(2))) struct PersonalRequestTests {
    static let calls: [(PersonalRequest, String, String?)] = [
        (
            .setPreferences(
                group,
                ConversationPreferences(mutedUntil: Timestamp(milliseconds: 0))
            ),
            "PUT /v1/conversations/\(group)/preferences", #"{"muted_until":0}"#
        ),
        (
            .setPreferences(
                group,
                ConversationPreferences(
                    mutedUntil: Timestamp(milliseconds: 5),
                    isArchived: false
                )
            ),
            "PUT /v1/conversations/\(group)/preferences",
            #"{"muted_until":5,"archived":false}"#
        ),
        (
            .star(group, message), "PUT /v1/messages/\(message)/star",
            #"{"conversation_id":"\#(group)"}"#
        ),
        (
            .unstar(group, message),
            "DELETE /v1/messages/\(message)/star?conversation_id=\(group)", nil
        ),
        (
            .hide(group, message),
            "DELETE /v1/messages/\(message)?conversation_id=\(group)&for=me", nil
        ),
        (
            .setPrivacy(PrivacySettings(readReceipts: false, presence: .contacts)),
            "PATCH /v1/privacy", #"{"read_receipts":false,"presence":"contacts"}"#
        ),
        (
            .setPrivacy(PrivacySettings(presence: .nobody)), "PATCH /v1/privacy",
            #"{"presence":"nobody"}"#
        ), (.addContact("a@b.c"), "PUT /v1/contacts/a%40b%2Ec", nil),
        (.removeContact("+1555"), "DELETE /v1/contacts/%2B1555", nil),
        (.removeDevice(phone), "DELETE /v1/devices/\(phone)", nil),
    ]

    @Test(arguments: calls)
    func everyRequestIsTheCallThatItShouldBe(
        request: PersonalRequest,
        call: String,
        body: String?
    ) {
        #expect("\(request.method) \(request.path)" == call)
        #expect(request.body?.text == body)
    }

    @Test func whatWasSetIsThereToBeAskedFor() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let (_, bob) = try await signIn(server, "+15551230002")
            let token = ada.accessToken
            let posted = try await http.post(
                OutgoingMessage(id: ids.next(), to: .account(bob.accountID), text: "a"),
                token: token
            )
            let second = try await http.post(
                OutgoingMessage(id: ids.next(), to: .account(bob.accountID), text: "b"),
                token: token
            )
            let there = posted.conversationID
            let requests: [PersonalRequest] = [
                .star(there, posted.messageID), .hide(there, second.messageID),
                .setPreferences(
                    there,
                    ConversationPreferences(
                        mutedUntil: Timestamp(milliseconds: 7),
                        isArchived: true
                    )
                ), .setPrivacy(PrivacySettings(presence: .nobody)),
                .addContact("+15551230002"),
            ]
            for request in requests + requests {
                #expect(
                    try await http.set(request, token: token)
                        == Timestamp(milliseconds: 1_700_000_000_000)
                )
            }
            let history = http.server
            let page = try await http.events(of: there, history: history, token: token)
            #expect(page.messages.map(\.content) == [.hidden, .text("a")])
            #expect(page.messages.map(\.updates.isStarred) == [false, true])
            let starred = try await http.starred(history: history, token: token)
            #expect(starred.messages.map(\.messageID) == [posted.messageID])
            let list = try await http.conversations(history: history, token: token)
            #expect(
                list.conversations.first?.preferences
                    == ConversationPreferences(
                        mutedUntil: Timestamp(milliseconds: 7),
                        isArchived: true
                    )
            )
            #expect(
                try await http.privacy(history: history, token: token)
                    == PrivacySettings(readReceipts: true, presence: .nobody)
            )
            let contacts = try await http.contacts(history: history, token: token)
            #expect(contacts.entries.map(\.account) == [bob.accountID])
            try await server.on { $0.waiting = [bob.accountID] }
            let waiting = try await http.requests(to: there, history: history, token: token)
            #expect(waiting.entries.map(\.account) == [bob.accountID])
            #expect(
                try await http.bans(in: there, history: history, token: token).entries.isEmpty
            )
            try await http.set(.unstar(there, posted.messageID), token: token)
            #expect(
                try await http.starred(history: history, token: token).messages.isEmpty
            )
        }
    }

    @Test func aLinkMakesOneDeviceAndARemovedOneIsRefusedEverywhere() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let link = try await http.createLink(token: ada.accessToken)
            #expect(link.expiresAt == Timestamp(milliseconds: Int64(FakeMartlet.linkEnd)))
            let second = try await http.acceptLink(link.token, deviceName: "tablet")
            #expect(second.accountID == ada.accountID)
            #expect(second.deviceID != ada.deviceID)
            await #expect(throws: ClientError(.init("link_not_found"))) {
                try await http.acceptLink(link.token)
            }
            let devices = try await http.devices(
                history: http.server,
                token: second.accessToken
            )
            #expect(devices.map(\.deviceID) == [ada.deviceID, second.deviceID])
            #expect(devices.map(\.isCurrent) == [false, true])
            #expect(devices.map(\.name) == ["terminal", "tablet"])
            try await http.set(.removeDevice(second.deviceID), token: ada.accessToken)
            await #expect(throws: ClientError(.deviceRemoved)) {
                try await http.connect(token: second.accessToken)
            }
            await #expect(throws: ClientError(.deviceRemoved)) {
                try await http.refresh(second)
            }
            await #expect(throws: ClientError(.init("not_found"))) {
                try await http.set(.removeDevice(second.deviceID), token: ada.accessToken)
            }
        }
    }

    @Test func aSessionHearsOfChangesAndIsOverWhenItsDeviceIsRemoved() async throws {
        try await withServer { server in
            let (http, ada) = try await signIn(server, "+15551230001")
            let link = try await http.createLink(token: ada.accessToken)
            let second = try await http.acceptLink(link.token)
            let changes = Collector<DeviceSession.Change>()
            var configuration = DeviceSession.Configuration(credentials: second)
            configuration.onChange = { changes.add($0) }
            configuration.backOffMin = .milliseconds(10)
            let session = DeviceSession(http: http, configuration: configuration)
            session.start()
            session.watch([ada.accountID])
            try await eventually("watched") {
                try await server.on { $0.watches } == [[ada.accountID]]
            }
            try await server.on { $0.closeSockets(code: 4001) }
            try await eventually("watched again") {
                try await server.on { $0.watches.count } == 2
            }
            try await eventually("there") {
                changes.all.contains(.signal(.presence(ada.accountID, .online)))
            }
            try await http.set(.addContact("+15551230002"), token: ada.accessToken)
            try await http.set(.removeDevice(second.deviceID), token: ada.accessToken)
            try await eventually("over") {
                changes.all.last == .stopped(ClientError(.deviceRemoved))
            }
            let kinds = changes.all.compactMap { change -> String? in
                guard case .event(.personal(let event), _) = change else { return nil }
                return event.change.kind
            }
            #expect(kinds == ["contact_added", "device_removed"])
            let connections = await session.statistics().connections
            #expect(connections == 2)
            #expect(try await server.on { $0.socketCount } == 0)
        }
    }
}
