import Events
import Foundation
import MartletClient
import TestKit
import Testing

/// One person with several devices, through the whole pipeline.
@Suite(.serialized) struct SeveralDevicesTests {
    /// A further device of somebody's account, linked and connected.
    private func link(_ person: Person, _ harness: PipelineHarness) async throws -> Person {
        let link = try await harness.http.createLink(token: person.credentials.accessToken)
        let linked = try await harness.http.acceptLink(link.token, deviceName: "tablet")
        let other = try await Person(harness, phone: person.phone, as: linked)
        try await other.connect()
        return other
    }

    private func pair(_ harness: PipelineHarness) async throws -> (Person, Person) {
        let ada = try await Person(harness, phone: "+15551230001")
        let bob = try await Person(harness, phone: "+15551230002")
        try await ada.connect()
        try await bob.connect()
        return (ada, bob)
    }

    @Test func whatOneDeviceSetsReachesTheOthersAndHistory() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            let tablet = try await link(ada, harness)
            let kept = try await bob.post("kept", to: ada)
            let gone = try await bob.post("gone", to: ada)
            try await tablet.waitForMessages(2)
            let conversation = kept.conversationID
            let muted = ConversationPreferences(
                mutedUntil: Timestamp(milliseconds: 4_000_000_000_000)
            )
            let requests: [PersonalRequest] = [
                .setPreferences(conversation, muted),
                .setPreferences(conversation, ConversationPreferences(isArchived: true)),
                .star(conversation, kept.messageID),
                .hide(conversation, gone.messageID),
                .addContact("\(bob.account)"),
                .setPrivacy(PrivacySettings(presence: .contacts)),
            ]
            for request in requests {
                try await harness.http.set(request, token: ada.credentials.accessToken)
            }
            let expected: [PersonalChange] = [
                .preferences(conversation, muted),
                .preferences(conversation, ConversationPreferences(isArchived: true)),
                .starred(conversation, kept.messageID),
                .hidden(conversation, gone.messageID),
                .contactAdded(bob.account),
                .privacy(PrivacySettings(presence: .contacts)),
            ]
            for device in [ada, tablet] {
                try await wait(for: "what was set") { device.personal.count >= expected.count }
                #expect(device.personal.suffix(expected.count) == expected)
            }
            #expect(bob.personal.isEmpty)
            try await expectHistory(of: tablet, bob, kept, gone, harness)
            for person in [ada, tablet, bob] { await person.session.stop() }
        }
    }

    private func expectHistory(
        of device: Person,
        _ bob: Person,
        _ kept: AcceptedMessage,
        _ gone: AcceptedMessage,
        _ harness: PipelineHarness
    ) async throws {
        let history = try #require(try await harness.http.discover().history)
        let token = device.credentials.accessToken
        try await wait(for: "the store") {
            try await harness.http.privacy(history: history, token: token).presence == .contacts
        }
        let starred = try await harness.http.starred(history: history, token: token)
        #expect(starred.messages.map(\.messageID) == [kept.messageID])
        let contacts = try await harness.http.contacts(history: history, token: token)
        #expect(contacts.entries.map(\.account) == [bob.account])
        let events = try await Call(
            "GET",
            "/v1/conversations/\(kept.conversationID)/events",
            token: token
        ).send(to: history)
        let text = String(decoding: events.body, as: UTF8.self)
        #expect(text.contains("kept"))
        #expect(!text.contains("gone"))
        #expect(text.contains(#""content":{"type":"hidden"}"#))
    }

    @Test func whatIsReadReachesOnesOwnDevicesAndOthersOnlyIfOneWants() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            let tablet = try await link(bob, harness)
            let conversation = ada.conversation(with: bob)
            let off = PersonalRequest.setPrivacy(PrivacySettings(readReceipts: false))
            try await harness.http.set(off, token: bob.credentials.accessToken)
            try await wait(for: "the switch") { !bob.personal.isEmpty }
            try await ada.post("read in private", to: bob)
            try await bob.waitForMessages(1)
            bob.readAll(in: conversation)
            try await wait(for: "the mark on the other device") {
                tablet.reads.contains(ReadEvent(conversationID: conversation, seq: 1))
            }
            try await wait(for: "two ticks") {
                ada.ticks(in: conversation)?.deliveredSeq == 1
            }
            // What Ada reads goes the same way, behind: then what Bob had read would long be there.
            try await bob.post("and back", to: ada)
            try await ada.waitForMessages(2)
            ada.readAll(in: conversation)
            try await wait(for: "Ada's own mark") {
                ada.reads.contains(ReadEvent(conversationID: conversation, seq: 2))
            }
            try await wait(for: "Bob's ticks") { bob.ticks(in: conversation)?.deliveredSeq == 2 }
            #expect(ada.ticks(in: conversation)?.readSeq == 0)
            #expect(bob.ticks(in: conversation)?.readSeq == 0)
            for person in [ada, tablet, bob] { await person.session.stop() }
        }
    }

    @Test func aRemovedDeviceIsDisconnectedAndItsTokensAreWorthNothing() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            let tablet = try await link(ada, harness)
            let removal = PersonalRequest.removeDevice(tablet.credentials.deviceID)
            let began = ContinuousClock.now
            try await harness.http.set(removal, token: ada.credentials.accessToken)
            try await wait(for: "the end of the removed device") { tablet.end != nil }
            print("a removed device was disconnected after \(began.duration(to: .now))")
            #expect(tablet.end?.code == .deviceRemoved)
            try await expectRefusals(tablet.credentials, harness)
            // Whoever starts again has read who was removed before it takes anything.
            for name in ["gateway", "delivery"] {
                await harness.kill(name, restarts: false)
                try await harness.start(name)
            }
            try await expectRefusals(tablet.credentials, harness)
            let socket = try await RawSocket.connect(
                to: try await harness.http.connect(token: ada.credentials.accessToken)
            )
            socket.send(.hello(token: tablet.credentials.accessToken, position: nil))
            #expect(try await socket.closed() == 4502)
            try await bob.post("to who is left", to: ada)
            try await ada.waitForMessages(1)
            for person in [ada, bob] { await person.session.stop() }
        }
    }

    private func expectRefusals(
        _ removed: Credentials,
        _ harness: PipelineHarness
    ) async throws {
        let history = try #require(try await harness.http.discover().history)
        let message = #"{"recipient":"+15551230002","message":"x"}"#
        let refresh = #"{"refresh_token":"\#(removed.refreshToken)"}"#
        let calls = [
            Call("POST", "/v1/messages", message, token: removed.accessToken),
            Call("POST", "/v1/tokens", refresh),
            Call("GET", "/v1/connect", token: removed.accessToken),
        ]
        for call in calls {
            #expect(try await call.send(to: harness.server).problem == "device_removed", "\(call)")
        }
        let list = Call("GET", "/v1/conversations", token: removed.accessToken)
        try await wait(for: "the store to know") {
            try await list.send(to: history).problem == "device_removed"
        }
    }
}

extension Person {
    /// What was changed about the account, in order; without devices that came.
    fileprivate var personal: [PersonalChange] {
        changes.compactMap { change in
            guard case .event(.personal(let event), _) = change else { return nil }
            if case .deviceAdded = event.change { return nil }
            return event.change
        }
    }

    fileprivate var reads: [ReadEvent] {
        changes.compactMap { if case .event(.read(let read), _) = $0 { read } else { nil } }
    }

    /// Why the session is over.
    fileprivate var end: ClientError? {
        for case .stopped(let error?) in changes { return error }
        return nil
    }
}
