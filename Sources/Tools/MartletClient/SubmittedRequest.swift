public import Events

/// The log has a request; what comes of it is told by an event or a rejection.
public struct SubmittedRequest: Sendable, Equatable {
    /// The id that it was asked under.
    public var submissionID: SubmissionID
    /// The conversation that it is about.
    public var conversationID: ConversationID
    /// When the server took it.
    public var serverTimestamp: Timestamp
    /// What is in the link, if one was asked for.
    public var token: String?

    /// An answer of its parts.
    public init(
        submissionID: SubmissionID,
        conversationID: ConversationID,
        serverTimestamp: Timestamp,
        token: String? = nil
    ) {
        self.submissionID = submissionID
        self.conversationID = conversationID
        self.serverTimestamp = serverTimestamp
        self.token = token
    }
}

extension SubmittedRequest {
    /// Reads the answer that comes next; `nil`: without what it must have.
    init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var submission: SubmissionID?
        var conversation: ConversationID?
        var time: Int64 = 0
        var token: String?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "submission_id" {
                submission = try reader.identifier()
            } else if key == "conversation_id" {
                conversation = try reader.identifier()
            } else if key == "server_timestamp" {
                time = try reader.integer() ?? 0
            } else if key == "token" {
                token = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
        guard let submission, let conversation else { return nil }
        self.init(
            submissionID: submission,
            conversationID: conversation,
            serverTimestamp: Timestamp(milliseconds: time),
            token: token
        )
    }
}
