import Conversations
import Events
import Ingest
import TestKit
import Testing
import Web

/// What is wrong with a request, and what is not.
@Suite struct MessageCheckTests {
    private let world = IngestWorld()

    /// Whether a request is refused so, without a record.
    private func isRefused(_ request: MessageRequest, _ code: Problem.Code) -> Bool {
        let before = world.log.records(.submissions).count
        return world.refusal(request) == code && world.log.records(.submissions).count == before
    }

    private func isAccepted(_ request: MessageRequest) -> Bool {
        (try? world.accepted(request)) != nil
    }

    // MARK: The text

    @Test func aMessageHasAtMost4096Characters() {
        for scalar in ["x", "é", "鳥", "🪶"] {
            let longest = String(repeating: scalar, count: 4096)
            #expect(isAccepted(world.request(id: nil, message: longest)), "\(scalar)")
            #expect(isRefused(world.request(message: longest + "x"), .messageTooLong), "\(scalar)")
        }
    }

    @Test func aMessageHasAtMost16KiB() {
        // Four bytes is the longest a character gets: 4,096 of them are 16 KiB exactly.
        let longest = String(repeating: "🪶", count: Limits.messageBytesMax / 4)
        #expect(longest.utf8.count == Limits.messageBytesMax)
        #expect(isAccepted(world.request(id: nil, message: longest)))
        let megabyte = String(repeating: "y", count: 1 << 20)
        #expect(isRefused(world.request(message: megabyte), .messageTooLong))
    }

    @Test func charactersAreScalarsNotWhatLooksLikeOne() {
        // One family to the eye, seven scalars.
        let family = "👨‍👩‍👧‍👦"
        #expect(family.count == 1)
        let fits = String(repeating: family, count: 4096 / 7)
        #expect(isAccepted(world.request(id: nil, message: fits)))
        #expect(isRefused(world.request(message: fits + family), .messageTooLong))
        // Combining marks without end are one character to the eye.
        let towering = "e" + String(repeating: "\u{301}", count: 4096)
        #expect(isRefused(world.request(message: towering), .messageTooLong))
    }

    @Test func aBlankMessageIsNone() {
        let blanks: [String?] = [
            nil, "", " ", "\n\r\t", "\u{A0}\u{2003}\u{3000}", "\u{200B}\u{200D}\u{FEFF}",
            "\u{0}", "\u{7F}\u{85}", "\u{202E}\u{2066}", "\u{E0001}", "\u{2028}\u{2029}",
            "\u{FE0F}", String(repeating: " ", count: 4096),
        ]
        for blank in blanks {
            #expect(isRefused(world.request(message: blank), .invalidMessage), "\(blank ?? "-")")
        }
        for text in [".", " x ", "\u{200B}鳥", "🪶", "\u{301}"] {
            #expect(isAccepted(world.request(id: nil, message: text)), "\(text)")
        }
    }

    @Test func aTextIsKeptByteForByte() throws {
        let texts = ["e\u{301}", "é", " x\n", "\u{0}x", "\u{202E}x", "\r\nx", "\u{FFFF}x"]
        for text in texts { _ = try world.accepted(world.request(id: nil, message: text)) }
        let kept = try world.log.submissions.map { Array($0.postMessage.content.text.text.utf8) }
        #expect(kept == texts.map { Array($0.utf8) })
    }

    // MARK: The recipient

    @Test func aRecipientIsAnAccountAPhoneOrAnAddress() throws {
        let account = Samples.bob.account.description
        let forms = [
            Samples.bobPhone, "+1 555 123-0002", "0015551230002", account, account.uppercased(),
        ]
        var conversations: Set<ConversationID> = []
        for form in forms {
            let accepted = try world.accepted(world.request(id: nil, recipient: form))
            conversations.insert(accepted.conversationID)
        }
        #expect(conversations.count == 1)
        #expect(isAccepted(world.request(id: nil, recipient: "Ada@Example.org")))
    }

    @Test func noRecipientIsRefused() {
        let group = ConversationID(high: 1, low: 1).description
        #expect(isRefused(world.request(recipient: nil), .invalidRecipient))
        #expect(isRefused(world.request(group: group), .invalidRecipient))
        let nobody = [
            "", "nobody", "5551230002", "+0", "@", "a@b", String(repeating: "0", count: 25),
            String(repeating: "8", count: 26), String(repeating: "+", count: 1 << 20),
            "+15551230002\u{0}", "ada@exam\nple.org",
        ]
        for text in nobody {
            #expect(
                isRefused(world.request(recipient: text), .invalidRecipient),
                "\(text.prefix(30))"
            )
        }
    }

    @Test func nobodyWritesToThemself() {
        for recipient in [Samples.adaPhone, Samples.ada.account.description] {
            #expect(isRefused(world.request(recipient: recipient), .invalidRecipient))
        }
    }

    @Test func aConversationIsTakenByItsIdAndItsKindLeftToTheRouter() throws {
        let direct = ConversationID(directBetween: Samples.ada.account, and: Samples.bob.account)
        for id in [ConversationID(high: 1, low: 1), direct] {
            let accepted = try world.accepted(
                world.request(id: nil, recipient: nil, group: id.description)
            )
            #expect(accepted.conversationID == id)
            let submission = try #require(try world.log.decodedSubmissions.last)
            #expect(submission.conversation == id)
            #expect(submission.kind == nil)
            guard case .postMessage(let post) = submission.request else {
                Issue.record("no message")
                continue
            }
            #expect(post == MessagePost(text: Array("hello".utf8)))
        }
        for text in ["", "x", Samples.bobPhone] {
            let request = world.request(recipient: nil, group: text)
            #expect(isRefused(request, .invalidRecipient), "\(text)")
        }
    }

    // MARK: The id

    @Test func anIdIsAUUIDv7() {
        let now = world.clock.now()
        let good = Samples.id(at: now)
        let version4 = SubmissionID(high: good.high & ~0xF000 | 0x4000, low: good.low)
        let variant = SubmissionID(high: good.high, low: good.low & 0x3FFF_FFFF_FFFF_FFFF)
        let texts = [
            "", "7", version4.description, variant.description,
            "018c8a2e-0000-7000-8000-000000000001", good.description + "0",
            String(good.description.dropLast()), String(repeating: "u", count: 26),
            String(repeating: "z", count: 1 << 20),
        ]
        for text in texts {
            #expect(isRefused(world.request(id: text), .invalidID), "\(text.prefix(40))")
        }
        #expect(isAccepted(world.request(id: good.description.uppercased())))
    }

    @Test func anIdIsTakenForFourteenDaysAndNotAMillisecondLonger() {
        let oldest = world.clock.now() - Limits.submissionAgeMax
        #expect(isAccepted(world.request(id: Samples.id(at: oldest).description)))
        let older = Samples.id(at: oldest - .milliseconds(1))
        #expect(isRefused(world.request(id: older.description), .tooOld))
        let first = Samples.id(at: Timestamp(milliseconds: 0))
        #expect(isRefused(world.request(id: first.description), .tooOld))
    }

    @Test func anIdIsAtMostADayAhead() {
        let latest = world.clock.now() + Limits.submissionAgeAheadMax
        #expect(isAccepted(world.request(id: Samples.id(at: latest).description)))
        let later = Samples.id(at: latest + .milliseconds(1))
        #expect(isRefused(world.request(id: later.description), .invalidID))
        let last = Samples.id(at: Timestamp(milliseconds: 1 << 48 - 1))
        #expect(isRefused(world.request(id: last.description), .invalidID))
    }

    @Test func anAcceptedIdThatHasBecomeTooOldIsRefusedAsTooOld() throws {
        _ = try world.accepted(world.request())
        world.clock.advance(by: Limits.submissionAgeMax + .milliseconds(1))
        #expect(isRefused(world.request(), .tooOld))
    }

    // MARK: The device's time

    @Test func theDevicesTimeIsAMomentOfTheYears1970To9999() {
        for moment in [0, 1, 253_402_300_799_999] as [Int64] {
            #expect(isAccepted(world.request(id: nil, clientTimestamp: moment)), "\(moment)")
        }
        for moment in [-1, 253_402_300_800_000, .min, .max] as [Int64] {
            let request = world.request(clientTimestamp: moment)
            #expect(isRefused(request, .invalidClientTimestamp), "\(moment)")
        }
    }
}
