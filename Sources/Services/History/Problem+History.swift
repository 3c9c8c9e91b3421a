import Stores
import Web

extension Problem {
    /// There is none such, or it is not for this account.
    static var notFound: Self {
        Problem(.notFound, "there is no such thing, or it is not yours")
    }

    /// A parameter of the query can't be used.
    static func invalidParameter(_ name: String) -> Self {
        Problem(.invalidParameter, "\(name) can't be used as it is")
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
