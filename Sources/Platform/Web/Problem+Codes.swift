import Events

/// The registry of codes; they are part of the API, and one that was used is never used for anything else.
///
/// Clients go by the code, people by the detail. The status is the class of reaction: 401 authenticate again, 429 and 503 try
/// again after `Retry-After`, other 4xx don't repeat the same.
extension Problem.Code {
    /// No token, or one that is not good (any more).
    public static let unauthenticated = Self("unauthenticated", status: 401)
    /// The token is that of a device that was removed from its account; register anew.
    public static let deviceRemoved = Self("device_removed", status: 401)
    /// The code of a registration was guessed wrongly too often; begin a new one.
    public static let tooManyAttempts = Self("too_many_attempts", status: 403)
    /// The account is not in the conversation.
    public static let notAMember = Self("not_a_member", status: 403)
    /// The account may not do that.
    public static let notAllowed = Self("not_allowed", status: 403)
    /// There is no such thing.
    public static let notFound = Self("not_found", status: 404)
    /// There is no registration of this id, or not any more.
    public static let registrationNotFound = Self("registration_not_found", status: 404)
    /// There is no link of this token, or not any more.
    public static let linkNotFound = Self("link_not_found", status: 404)
    /// The path exists, for other methods.
    public static let methodNotAllowed = Self("method_not_allowed", status: 405)
    /// The account has as many devices as it may have; one has to be removed first.
    public static let tooManyDevices = Self("too_many_devices", status: 409)
    /// A message of more than 4,096 characters or 16 KiB.
    public static let messageTooLong = Self("message_too_long", status: 413)
    /// A request's body beyond the limit.
    public static let bodyTooLarge = Self("body_too_large", status: 413)
    /// A body that does not say it is JSON.
    public static let unsupportedMediaType = Self("unsupported_media_type", status: 415)
    /// A body that is no JSON object.
    public static let invalidJSON = Self("invalid_json", status: 422)
    /// No text, a blank one, a content of a type that is not known or beyond the limits, or what goes with a message and is none.
    public static let invalidMessage = Self("invalid_message", status: 422)
    /// No recipient, two, oneself, or none that can be understood.
    public static let invalidRecipient = Self("invalid_recipient", status: 422)
    /// A submission id that is no UUIDv7 of the present.
    public static let invalidID = Self("invalid_id", status: 422)
    /// A submission id older than the log of submissions: it can't be told from a repetition.
    public static let tooOld = Self("too_old", status: 422)
    /// A device's time that is no moment of the years 1970 to 9999.
    public static let invalidClientTimestamp = Self("invalid_client_timestamp", status: 422)
    /// No phone number or e-mail address, both, or one that is none.
    public static let invalidAddress = Self("invalid_address", status: 422)
    /// A name of more than 64 characters or with control characters.
    public static let invalidName = Self("invalid_name", status: 422)
    /// An account that can't be understood or can't be meant.
    public static let invalidAccount = Self("invalid_account", status: 422)
    /// Accounts that can't be understood, too many, or one twice.
    public static let invalidMembers = Self("invalid_members", status: 422)
    /// A name, description or picture of a conversation beyond the limits.
    public static let invalidProfile = Self("invalid_profile", status: 422)
    /// Settings that no conversation can have.
    public static let invalidSettings = Self("invalid_settings", status: 422)
    /// A role that there is not, or that can't be given.
    public static let invalidRole = Self("invalid_role", status: 422)
    /// Terms that no invite can have.
    public static let invalidInvite = Self("invalid_invite", status: 422)
    /// A reaction that is no emoji, or a vote that no poll takes.
    public static let invalidReaction = Self("invalid_reaction", status: 422)
    /// A field that is missing, or of another type than it should be.
    public static let invalidField = Self("invalid_field", status: 422)
    /// A query's parameter that can't be understood.
    public static let invalidParameter = Self("invalid_parameter", status: 422)
    /// Not the code that was sent.
    public static let wrongDigits = Self("wrong_code", status: 422)
    /// Too often; after `Retry-After` it may work.
    public static let tooManyRequests = Self("too_many_requests", status: 429)
    /// Our mistake.
    public static let internalError = Self("internal", status: 500)
    /// The log can't be reached or does not answer in time; the outcome may be unknown, the same id again settles it.
    public static let logUnavailable = Self("log_unavailable", status: 503)
    /// Nobody serves this account at the moment.
    public static let noRoute = Self("no_route", status: 503)
    /// The code can't be sent at the moment.
    public static let verificationUnavailable = Self("verification_unavailable", status: 503)
    /// A store can't be read at the moment.
    public static let storeUnavailable = Self("store_unavailable", status: 503)

    /// Every code.
    public static let all: [Self] = [
        .unauthenticated, .deviceRemoved, .tooManyAttempts, .notAMember, .notAllowed, .notFound,
        .registrationNotFound, .linkNotFound, .methodNotAllowed, .tooManyDevices,
        .messageTooLong, .bodyTooLarge,
        .unsupportedMediaType, .invalidJSON, .invalidMessage, .invalidRecipient, .invalidID,
        .tooOld, .invalidClientTimestamp, .invalidAddress, .invalidName, .invalidAccount,
        .invalidMembers, .invalidProfile, .invalidSettings, .invalidRole, .invalidInvite,
        .invalidReaction, .invalidField, .invalidParameter, .wrongDigits, .tooManyRequests,
        .internalError, .logUnavailable, .noRoute, .verificationUnavailable, .storeUnavailable,
    ]

    /// The summary that all problems of this code share.
    public var title: String {
        switch status {
        case 401: "Not authenticated"
        case 403: "Not allowed"
        case 404: "Not found"
        case 405: "Method not allowed"
        case 409: "In conflict with what there is"
        case 413: "Too large"
        case 415: "Unsupported media type"
        case 422: "Not understood"
        case 429: "Too many requests"
        case 503: "Unavailable"
        default: "Internal error"
        }
    }
}

extension Problem {
    /// The same words for whatever is wrong with a token, so that nothing can be learned from them.
    public static let unauthenticated = Problem(
        .unauthenticated,
        "a valid access token is needed"
    )

    /// The problem document: `type`, `title`, `status`, `detail`, `code` (RFC 9457).
    public var json: String {
        let title = JSONText.quoted(code.title)
        return
            "{\"type\":\"about:blank\",\"title\":\(title),\"status\":\(code.status),"
            + "\"detail\":\(JSONText.quoted(detail)),\"code\":\(JSONText.quoted(code.name))}"
    }

    /// The seconds for `Retry-After`, rounded up, at least 1.
    public var retryAfterSeconds: Int64? {
        retryAfter.map { max(1, ($0.milliseconds + 999) / 1000) }
    }
}
