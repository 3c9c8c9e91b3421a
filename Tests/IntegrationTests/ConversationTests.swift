import Events
import Foundation
import MartletClient
import TestKit
import Testing

/// Two people and the whole pipeline.
@Suite(.serialized) struct ConversationTests {
    private func pair(_ harness: PipelineHarness) async throws -> (Person, Person) {
        let ada = try await Person(harness, phone: "+15551230001")
        let bob = try await Person(harness, phone: "+15551230002")
        try await ada.connect()
        try await bob.connect()
        return (ada, bob)
    }

    @Test func twoPeopleChatAndTheirTicksTurnBlue() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            try await ada.post("one", to: bob)
            try await ada.post("two", to: bob, form: .body)
            ada.submit("three", to: bob)
            try await bob.waitForMessages(3)
            try await ada.waitForMessages(3)
            let conversation = ada.conversation(with: bob)
            for person in [ada, bob] {
                #expect(person.messages.map(\.seq) == [1, 2, 3])
                #expect(person.messages.map(\.messageCount) == [1, 2, 3])
                #expect(
                    person.messages.map(\.text) == ["one", "two", "three"].map { ada.mark($0) }
                )
                #expect(person.messages.allSatisfy { $0.sender == ada.account })
                #expect(person.messages.allSatisfy { $0.conversationID == conversation })
            }
            try await wait(for: "two ticks") {
                ada.ticks(in: conversation)?.deliveredSeq == 3
            }
            #expect(ada.ticks(in: conversation)?.readSeq == 0)
            bob.readAll(in: conversation)
            try await wait(for: "blue ticks") { ada.ticks(in: conversation)?.readSeq == 3 }
            bob.submit("and back", to: ada)
            try await ada.waitForMessages(4)
            #expect(ada.messages.last?.sender == bob.account)
            #expect(ada.messages.last?.seq == 4)
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    @Test func theSameIDTwiceIsOneMessage() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            let message = OutgoingMessage(
                id: ada.newID(),
                to: .account(bob.account),
                text: ada.mark("once")
            )
            let token = ada.credentials.accessToken
            let first = try await harness.http.post(message, token: token)
            let second = try await harness.http.post(message, token: token, form: .body)
            ada.session.submit(message)
            #expect(first.messageID == second.messageID)
            #expect(first.conversationID == second.conversationID)
            try await ada.post("after", to: bob)
            try await bob.waitForMessages(2)
            #expect(bob.messages.map(\.seq) == [1, 2])
            #expect(bob.messages.map(\.messageID).first == message.id)
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    @Test func aDeviceThatWasAwayGetsExactlyWhatItMissed() async throws {
        let count = Doses.offlineMessages
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            try await ada.post("before", to: bob)
            try await bob.waitForMessages(1)
            try await wait(for: "the acknowledgement") {
                ada.ticks(in: ada.conversation(with: bob))?.deliveredSeq == 1
            }
            await bob.session.stop()
            let position = try #require(bob.position)
            for number in 0..<count { ada.submit("missed \(number)", to: bob) }
            try await ada.waitForMessages(count + 1, within: .seconds(300))
            let back = try await Person(
                harness,
                phone: bob.phone,
                as: bob.credentials,
                from: position
            )
            try await back.connect()
            try await back.waitForMessages(count, within: .seconds(300))
            try await ada.post("after", to: bob)
            try await back.waitForMessages(count + 1)
            #expect(back.messages.map(\.seq) == Array(2...UInt64(count + 2)))
            #expect(Set(back.messages.map(\.messageID)).count == count + 1)
            #expect(
                back.messages.dropLast().map(\.text)
                    == (0..<count).map { ada.mark("missed \($0)") }
            )
            #expect(back.gaps == 0)
            await ada.session.stop()
            await back.session.stop()
        }
    }

    @Test func everyDeviceOfBothSeesEverything() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            let adasLaptop = try await Person(harness, phone: ada.phone)
            let bobsTablet = try await Person(harness, phone: bob.phone)
            try await adasLaptop.connect()
            try await bobsTablet.connect()
            #expect(adasLaptop.account == ada.account)
            #expect(adasLaptop.credentials.deviceID != ada.credentials.deviceID)
            ada.submit("from the phone", to: bob)
            try await adasLaptop.waitForMessages(1)
            adasLaptop.submit("from the laptop", to: bob)
            bobsTablet.submit("from the tablet", to: ada)
            for device in [ada, adasLaptop, bob, bobsTablet] {
                try await device.waitForMessages(3)
            }
            for device in [adasLaptop, bob, bobsTablet] {
                #expect(device.messages == ada.messages)
            }
            for device in [ada, adasLaptop, bob, bobsTablet] { await device.session.stop() }
        }
    }

    @Test func aBrokenConnectionIsResumedWithoutLossOrRepetition() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            for number in 0..<60 {
                ada.submit("\(number)", to: bob)
                if number % 15 == 7 { bob.session.breakConnection() }
                if number % 20 == 11 { ada.session.breakConnection() }
                try await Task.sleep(for: .milliseconds(10))
            }
            try await bob.waitForMessages(60)
            try await ada.waitForMessages(60)
            #expect(bob.messages.map(\.seq) == Array(1...60))
            #expect(ada.messages == bob.messages)
            #expect(await bob.session.statistics().connections > 1)
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    @Test func historyIsPagedAndUnreadIsDerived() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            for number in 0..<70 { ada.submit("\(number)", to: bob) }
            try await bob.waitForMessages(70)
            let conversation = ada.conversation(with: bob)
            bob.session.read(conversation, upTo: 50)
            let history = try #require(try await harness.http.discover().history)
            let token = bob.credentials.accessToken
            try await wait(for: "the store") {
                let page = try? await harness.http.conversations(history: history, token: token)
                return page?.conversations.first?.lastSeq == 70
                    && page?.conversations.first?.unread == 20
            }
            let newest = try await harness.http.events(
                of: conversation,
                history: history,
                token: token,
                beforeSeq: 71
            )
            #expect(newest.messages.map(\.seq) == Array((41...70).reversed()))
            let older = try await harness.http.events(
                of: conversation,
                history: history,
                token: token,
                beforeSeq: 41,
                limit: 10
            )
            #expect(older.messages.map(\.seq) == Array((31...40).reversed()))
            let all = try await harness.history(of: conversation, for: bob.credentials)
            #expect(all.map(\.seq) == Array(1...70))
            #expect(all.map(\.messageID) == bob.messages.map(\.messageID))
            #expect(all.map(\.text) == bob.messages.map(\.text))
            let stranger = try await harness.register(phone: "+15551230003")
            let error = await #expect(throws: ClientError.self) {
                try await harness.http.events(
                    of: conversation,
                    history: history,
                    token: stranger.accessToken
                )
            }
            #expect(error?.status == 404)
            await ada.session.stop()
            await bob.session.stop()
        }
    }

    @Test func whoIsAwayIsNotifiedAndWhoIsThereIsNot() async throws {
        try await PipelineHarness.run { harness in
            let (ada, bob) = try await pair(harness)
            let carol = try await Person(harness, phone: "+15551230003")
            let missed = try await ada.post("are you there", to: carol)
            try await ada.post("you are", to: bob)
            try await bob.waitForMessages(1)
            try await wait(for: "the notification") {
                harness.notifications().contains { $0.messageID == missed.messageID.description }
            }
            let lines = harness.notifications()
            #expect(lines.filter { $0.account == carol.account.description }.count == 1)
            #expect(!lines.contains { $0.account == bob.account.description })
            await ada.session.stop()
            await bob.session.stop()
        }
    }
}
