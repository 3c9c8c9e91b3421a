import Configuration
import Events
import ServiceKit
import Web

/// What `GET /.well-known/martlet` says: where the services are, and the limits.
///
/// Addresses come from `gateway.advertise` and `history.advertise`; without them they follow from the host and the ports. An
/// installation that listens on all addresses names the host that it was asked at.
struct ServiceDirectory: Sendable {
    private let gateway: Endpoint
    private let history: Endpoint

    private enum Endpoint {
        case named(String)
        case derived(host: String?, port: Int)
    }

    /// The directory of a gateway with this configuration.
    init(_ context: ServiceContext) {
        let base = context.config.int(forKey: "portBase")
        let historyPort =
            context.config.int(forKey: "history.port")
            ?? ServiceName.history.port(base: base) ?? 0
        let isEverywhere = ["0.0.0.0", "::", ""].contains(context.host)
        let host = isEverywhere ? nil : context.host
        func endpoint(_ key: String, _ port: Int) -> Endpoint {
            switch context.config.string(forKey: ConfigKey([key, "advertise"])) {
            case let url? where !url.isEmpty: .named(url)
            default: .derived(host: host, port: port)
            }
        }
        gateway = endpoint("gateway", context.port)
        history = endpoint("history", historyPort)
    }

    /// The document; `authority` is the `Host` that the client used.
    func json(askedAt authority: String?) -> String {
        let asked = Self.host(of: authority) ?? "127.0.0.1"
        func url(_ endpoint: Endpoint) -> String {
            switch endpoint {
            case .named(let url): JSONText.quoted(url)
            case .derived(let host, let port):
                JSONText.quoted("http://\(Self.bracketed(host ?? asked)):\(port)")
            }
        }
        return "{\"endpoints\":{\"gateway\":\(url(gateway)),\"history\":\(url(history))},"
            + "\"limits\":\(Self.limits)}"
    }

    private static let limits: String = {
        let limits: [(String, Int64)] = [
            ("message_characters_max", Int64(Limits.messageCharactersMax)),
            ("message_bytes_max", Int64(Limits.messageBytesMax)),
            ("name_characters_max", Int64(Limits.nameCharactersMax)),
            ("title_characters_max", Int64(Limits.titleCharactersMax)),
            ("description_characters_max", Int64(Limits.descriptionCharactersMax)),
            ("caption_characters_max", Int64(Limits.captionCharactersMax)),
            ("poll_question_characters_max", Int64(Limits.pollQuestionCharactersMax)),
            ("poll_options_max", Int64(Limits.pollOptionsMax)),
            ("reaction_bytes_max", Int64(Limits.reactionBytesMax)),
            ("mentions_max", Int64(Limits.mentionsMax)),
            ("members_per_request_max", Int64(Limits.membersPerRequestMax)),
            ("group_members_max", Int64(Limits.groupMembersMax)),
            ("channel_members_max", Int64(Limits.channelMembersMax)),
            ("invites_max", Int64(Limits.invitesMax)),
            ("pins_max", Int64(Limits.pinsMax)),
            ("body_bytes_max", Int64(Limits.bodyBytesMax)),
            ("frame_bytes_max", Int64(Limits.frameBytesMax)),
            ("devices_per_account_max", Int64(Limits.devicesPerAccountMax)),
            ("sockets_per_account_max", Int64(Limits.socketsPerAccountMax)),
            ("in_flight_events_max", Int64(Limits.inFlightEventsMax)),
            ("history_page_events", Int64(Limits.historyPageEvents)),
            ("history_page_events_max", Int64(Limits.historyPageEventsMax)),
            ("submission_age_max_seconds", Limits.submissionAgeMax.components.seconds),
            ("submission_age_ahead_max_seconds", Limits.submissionAgeAheadMax.components.seconds),
            ("edit_age_max_seconds", Limits.editAgeMax.components.seconds),
            ("deletion_age_max_seconds", Limits.deletionAgeMax.components.seconds),
            ("live_location_max_seconds", Limits.liveLocationMax.components.seconds),
            ("disappear_after_max_seconds", Limits.disappearAfterMax.components.seconds),
        ]
        return "{" + limits.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }()

    /// The host of `HOST:PORT`, if it is made of nothing but what hosts are made of.
    private static func host(of authority: String?) -> String? {
        guard let authority, authority.utf8.count <= 255 else { return nil }
        let host: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
        } else {
            host = authority.prefix { $0 != ":" }
        }
        let isHost = host.allSatisfy { character in
            character.isASCII
                && (character.isLetter || character.isNumber || ".:-_".contains(character))
        }
        return isHost && !host.isEmpty ? String(host) : nil
    }

    private static func bracketed(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : host
    }
}
