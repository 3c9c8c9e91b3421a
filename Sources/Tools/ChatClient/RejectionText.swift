/// Words for the codes of refusals, of the router's and of the gateway's.
enum RejectionText {
    private static let words = [
        "not_a_member": "only members may do that",
        "not_allowed": "your role here does not allow that",
        "blocked": "you have blocked this account; /unblock it first",
        "banned": "the account is banned here",
        "conversation_not_found": "there is no such conversation",
        "conversation_full": "the conversation has as many members as it can have",
        "already_exists": "there is such a conversation already",
        "message_not_found": "there is no such message here, or it is gone",
        "too_late": "too late: 15 minutes for edits, 2 days for deletions",
        "too_long": "that is too long",
        "message_too_long": "the message is too long",
        "invalid_message": "that is no message",
        "invalid_recipient": "nobody can be written to there",
        "invalid_conversation": "that does not belong into this conversation",
        "invalid_members": "these accounts cannot be meant",
        "invalid_account": "that is no account",
        "invalid_profile": "a name has 1 to 100 characters, a description at most 1,024",
        "invalid_settings": "the conversation cannot have these settings",
        "invalid_role": "a role is member, moderator or admin",
        "invalid_invite": "the invite is unknown, used up, revoked or has expired",
        "invalid_reaction": "a reaction is one emoji, a vote names options of the poll",
        "no_change": "it is so already",
        "too_many": "there are as many of these as there can be",
        "too_old": "it is too old now; write it anew",
        "clock_ahead": "this computer's clock is ahead",
        "not_found": "there is no such thing",
        "unsupported": "that cannot be done here",
        "outbox_full": "too much waits for an answer",
        "file_exists": "there is such a file already; choose another name",
        "file_unwritable": "the file cannot be written there",
        "stopped": "the session has ended",
        "transport": "the server cannot be reached",
        "timeout": "the server does not answer",
        "log_unavailable": "the server cannot take anything at the moment",
        "too_many_requests": "too much at once; wait a little",
        "unauthenticated": "you are not signed in any more",
        "device_removed": "this device was removed from the account",
        "link_not_found": "the link is unknown, used up or has expired",
        "too_many_devices": "the account has as many devices as it can have; /remove-device one",
    ]

    /// Why something was refused; a code without words of its own is told by the server's, or by itself.
    static func words(_ code: String, detail: String = "") -> String {
        words[code] ?? (detail.isEmpty ? code : detail)
    }
}
