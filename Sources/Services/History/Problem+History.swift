import Stores
import Web

extension Problem {
    /// The token was good until its device was removed.
    static var deviceRemoved: Self {
        Problem(.deviceRemoved, "the device was removed from its account")
    }

    /// There is none such, or it is not for this account.
    static var notFound: Self {
        Problem(.notFound, "there is no such thing, or it is not yours")
    }

    /// The link leads nowhere, or not any more.
    static var noInvite: Self {
        Problem(.notFound, "the link leads nowhere, or not any more")
    }

    /// The account has left.
    static var notAMember: Self {
        Problem(.notAMember, "that is for members alone")
    }

    /// It is for others in the conversation.
    static var notAllowed: Self {
        Problem(.notAllowed, "that is not for you to see")
    }

    /// A parameter of the query can't be used.
    static func invalidParameter(_ name: String) -> Self {
        Problem(.invalidParameter, "\(name) can't be used as it is")
    }

    /// A search that can't be understood, and why.
    static func invalidSearch(_ fault: SearchQuery.Fault) -> Self {
        let reason =
            switch fault {
            case .empty: "there is no word in it"
            case .tooLong: "it has more than \(SearchQuery.charactersMax) characters"
            case .tooManyTerms: "it has more than \(SearchQuery.termsMax) words and phrases"
            case .openPhrase: "a quotation mark is not closed"
            case .shortPrefix: "at least two characters come before a *"
            }
        return Problem(.invalidParameter, "q can't be used as it is: \(reason)")
    }

    /// What is asked for may be in an archive that can't be read.
    static var archiveUnreadable: Self {
        Problem(
            .storeUnavailable,
            "it may be in an archive that can't be read at the moment",
            retryAfter: .seconds(60)
        )
    }

    /// Exports are under way already.
    static func tooManyExports(_ detail: String) -> Self {
        Problem(.tooManyRequests, detail, retryAfter: .seconds(60))
    }

    /// There is no room to make an export.
    static var noRoom: Self {
        Problem(
            .storeUnavailable,
            "there is no room to make an export at the moment",
            retryAfter: .seconds(600)
        )
    }

    /// The store is not there yet, or too many ask.
    static var storeUnavailable: Self {
        Problem(
            .storeUnavailable,
            "history can't be read at the moment",
            retryAfter: .seconds(1)
        )
    }
}
