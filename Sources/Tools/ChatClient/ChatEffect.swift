import Events
import MartletClient

/// What the shell of a chat is to do.
enum ChatEffect: Equatable {
    /// Say that this was read.
    case read(ConversationID, UInt64)
    /// The address leads to this direct conversation.
    case learned(ConversationID, address: String)
    /// Fetch a page of the conversation on show.
    case load(HistoryRequest)
    /// Show what comes before what is on the screen.
    case scrollUp
    /// Show the end of the conversation.
    case showEnd
    /// Show a message that is here.
    case show(SubmissionID)
    /// Fetch a page of hits.
    case search(MessageSearch.Request)
    /// Write all of one's data to a file.
    case export(String)
    /// Send a message over the socket.
    case submit(OutgoingMessage)
    /// Send a message with a call of its own: what the socket does not take.
    case post(OutgoingMessage)
    /// Ask for something.
    case call(ConversationRequest, SubmissionID)
    /// Ask for something to be different for oneself.
    case set(PersonalRequest, SubmissionID)
    /// Fetch something of one's own and show it.
    case look(PersonalList)
    /// Make a token for a new device and show it.
    case makeLink
    /// Another conversation is on show: fetch its last page and its members.
    case turned
    /// Another conversation is on show, but not its end: fetch its members.
    case jumped
    /// Say something for a moment.
    case notice(String)
    /// Show something for a moment.
    case panel(ChatPanel)
    /// Fetch the conversations and show them.
    case showList
    /// Fetch the members and show them.
    case showMembers(ConversationID)
    /// Fetch who waits to be let in and show them.
    case showRequests(ConversationID)
    /// End.
    case quit
}
