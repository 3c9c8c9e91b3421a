import Conversations
import Events
import Foundation
import SwiftProtobuf
import Testing

/// The hand-written encoder of submissions against the generated one.
@Suite struct SubmissionEncodingTests {
    private func submission(
        _ request: Submission.Request,
        kind: ConversationKind? = .direct,
        clientTime: Int64 = 1_767_225_599_000
    ) -> Submission {
        Submission(
            id: SubmissionID(high: 1, low: 2),
            conversation: ConversationID(high: 3, low: 4),
            kind: kind,
            sender: AccountID(high: 5, low: 6),
            device: DeviceID(high: 7, low: 8),
            serverTime: Timestamp(milliseconds: 1_767_225_600_000),
            clientTime: Timestamp(milliseconds: clientTime),
            request: request
        )
    }

    private func expectSame(_ submission: Submission) throws {
        let bytes = submission.encoded()
        let generated = try PBSubmission(serializedBytes: bytes)
        #expect(try generated.serializedBytes() == bytes)
        #expect(Array(generated.submissionID) == submission.id.bytes)
        #expect(Array(generated.conversationID) == submission.conversation.bytes)
        #expect(generated.conversationKind.rawValue == submission.kind?.rawValue ?? 0)
        #expect(Array(generated.sender) == submission.sender.bytes)
        #expect(Array(generated.deviceID) == submission.device.bytes)
        #expect(generated.serverTimeMs == submission.serverTime.milliseconds)
        #expect(generated.clientTimeMs == submission.clientTime.milliseconds)
        let decoded = try Submission(decoding: bytes[...])
        #expect(decoded.key == submission.key)
        #expect(decoded.kind == submission.kind)
        #expect(decoded.device == submission.device)
        switch (submission.request, decoded.request) {
        case (.postMessage(let left), .postMessage(let right)): #expect(left == right)
        case (.act(let left), .act(let right)): #expect(left == right)
        case (.unknown, .unknown): break
        default: Issue.record("\(decoded.request)")
        }
    }

    @Test func messagesAreEncodedAsTheGeneratedCodeDoes() throws {
        for count in [1, 100, 127, 128, 4096, 16_384] {
            var post = MessagePost(
                recipient: AccountID(high: 9, low: 1),
                text: [UInt8](repeating: UInt8(ascii: "x"), count: count)
            )
            try expectSame(submission(.postMessage(post)))
            post.recipient = nil
            post.replyTo = SubmissionID(high: 9, low: 2)
            post.mentions = (0..<64).map { AccountID(high: 9, low: $0) }
            post.isForwarded = true
            try expectSame(submission(.postMessage(post), kind: nil, clientTime: 0))
        }
    }

    @Test func actionsAreEncodedAsTheGeneratedCodeDoes() throws {
        let account = AccountID(high: 9, low: 1)
        for kind in [nil, .direct, .group, .channel] as [ConversationKind?] {
            try expectSame(submission(.act(.leave), kind: kind))
            try expectSame(submission(.act(.addMembers([account])), kind: kind))
            try expectSame(submission(.unknown, kind: kind))
        }
    }
}
