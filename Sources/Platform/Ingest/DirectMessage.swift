import Crypto
import Events
import Foundation
import SwiftProtobuf
import Web

/// A request that has passed every check that can be made without the log.
struct DirectMessage: Sendable, Equatable {
    let id: SubmissionID
    let conversation: ConversationID
    let recipient: AccountID
    let text: String
    let clientTimestamp: Timestamp?

    /// Checks a request.
    ///
    /// - Throws: `Problem`, for the first thing that is wrong.
    init(
        _ request: MessageRequest,
        from sender: AccountID,
        at now: Timestamp,
        directoryKey: SymmetricKey,
        makeID: () -> SubmissionID
    ) throws(Problem) {
        text = try Self.text(request.message)
        recipient = try Self.recipient(request, directoryKey)
        guard recipient != sender else {
            throw Problem(.invalidRecipient, "a message to oneself is not possible")
        }
        conversation = ConversationID(directBetween: sender, and: recipient)
        id = try request.id.map { text throws(Problem) in try Self.id(text, at: now) } ?? makeID()
        clientTimestamp = try Self.moment(request.clientTimestamp)
    }

    private static func text(_ text: String?) throws(Problem) -> String {
        guard let text else { throw Problem(.invalidMessage, "message is missing") }
        let bytes = text.utf8.count
        guard bytes <= Limits.messageBytesMax,
            bytes <= Limits.messageCharactersMax
                || text.unicodeScalars.count <= Limits.messageCharactersMax
        else {
            throw Problem(
                .messageTooLong,
                "a message has at most 4,096 characters and 16 KiB of UTF-8"
            )
        }
        guard text.unicodeScalars.contains(where: isVisible) else {
            throw Problem(.invalidMessage, "message is blank")
        }
        return text
    }

    /// Whether a scalar makes a message more than blank.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value > 0x20 && scalar.value != 0x7F }
        let properties = scalar.properties
        return !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint
            && properties.generalCategory != .control && properties.generalCategory != .format
    }

    private static func recipient(
        _ request: MessageRequest,
        _ directoryKey: SymmetricKey
    ) throws(Problem) -> AccountID {
        guard (request.recipient == nil) != (request.recipientGroup == nil) else {
            throw Problem(
                .invalidRecipient,
                "exactly one of recipient and recipient_group is needed"
            )
        }
        if let group = request.recipientGroup {
            guard ConversationID(group) != nil else {
                throw Problem(.invalidRecipient, "recipient_group is a conversation's id")
            }
            // Groups do not exist yet: whoever names one is in none.
            throw Problem(.notAMember, "there is no such conversation, or you are not in it")
        }
        let text = request.recipient ?? ""
        // Longer than any address, and not worth a look.
        guard text.utf8.count <= 320 else {
            throw Problem(.invalidRecipient, "recipient is too long")
        }
        if text.utf8.count == 26, let account = AccountID(text) { return account }
        guard let address = AccountAddress(parsing: text) else {
            throw Problem(
                .invalidRecipient,
                "recipient is an account's id, a phone number with its country code, or an e-mail address"
            )
        }
        return AccountID(address: address, directoryKey: directoryKey)
    }

    private static func id(_ text: String, at now: Timestamp) throws(Problem) -> SubmissionID {
        guard let id = SubmissionID(text), id.isUUIDv7 else {
            throw Problem(.invalidID, "id is a UUIDv7 in 26 characters of base32")
        }
        guard id.uuidTimestamp <= now + Limits.submissionAgeAheadMax else {
            throw Problem(.invalidID, "the time in id is more than 24 hours ahead")
        }
        guard id.uuidTimestamp >= now - Limits.submissionAgeMax else {
            throw Problem(.tooOld, "the time in id is more than 14 days ago")
        }
        return id
    }

    private static func moment(_ milliseconds: Int64?) throws(Problem) -> Timestamp? {
        guard let milliseconds else { return nil }
        // Until the end of the year 9999.
        guard (0...253_402_300_799_999).contains(milliseconds) else {
            throw Problem(
                .invalidClientTimestamp,
                "client_timestamp is in milliseconds since 1970"
            )
        }
        return Timestamp(milliseconds: milliseconds)
    }

    /// The value of its record in `submissions`.
    func record(from sender: Identity, at now: Timestamp) throws -> [UInt8] {
        try PBSubmission.with {
            $0.submissionID = Data(id.bytes)
            $0.conversationID = Data(conversation.bytes)
            $0.conversationKind = .direct
            $0.sender = Data(sender.account.bytes)
            $0.deviceID = Data(sender.device.bytes)
            $0.serverTimeMs = now.milliseconds
            $0.clientTimeMs = clientTimestamp?.milliseconds ?? 0
            $0.postMessage.recipient = Data(recipient.bytes)
            $0.postMessage.content.text.text = text
        }.serializedBytes()
    }
}
