import Conversations
import Events
import Hummingbird
import Ingest
import Web

/// A call that puts something to the router: what it brings, and the reading of it.
///
/// What is read is checked for shape and limits alone; whether it may be done is for the router to say.
struct ActionCall: DeviceCall {
    let identity: Identity
    let head: SubmissionHead
    let body: JSONObject
    let parameters: Parameters
    let query: Parameters
    let names: DirectoryNames
    let now: Timestamp

    /// The invite `{token}`.
    func token() throws(Problem) -> InviteToken {
        guard let token = InviteToken(parameter("token")) else { throw .notFound }
        return token
    }

    /// The account that the body names.
    func accountOfBody() throws(Problem) -> AccountID {
        try account(body.string("account", or: .invalidAccount))
    }

    /// The accounts that a member of the body names, each once; none if it is not there.
    func accounts(_ member: String) throws(Problem) -> [AccountID] {
        let texts = try body.strings(member, or: .invalidMembers) ?? []
        guard texts.count <= Limits.membersPerRequestMax else {
            throw Problem(.invalidMembers, "\(member) are at most 256 accounts")
        }
        var accounts: [AccountID] = []
        var seen: Set<AccountID> = []
        for text in texts {
            guard let account = names.account(text) else {
                throw Problem(.invalidMembers, "\(member) are \(DirectoryNames.forms)")
            }
            guard seen.insert(account).inserted else {
                throw Problem(.invalidMembers, "\(member) name an account twice")
            }
            accounts.append(account)
        }
        return accounts
    }
}
