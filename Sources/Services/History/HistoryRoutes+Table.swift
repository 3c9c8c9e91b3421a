extension HistoryRoutes {
    /// Every call there is; each takes the token of a registered device.
    public static let table: [HistoryRoute] = conversations + messages + account

    private static let conversations = [
        HistoryRoute(
            "/v1/conversations",
            .kept { api, _, parameter in try api.conversations(parameter) }
        ),
        HistoryRoute("/v1/conversations/{id}") { api, id, _ in try api.conversation(id) },
        HistoryRoute(
            "/v1/conversations/{id}/events",
            .kept { api, id, parameter in try api.events(in: id, parameter) }
        ),
        HistoryRoute("/v1/conversations/{id}/members") { api, id, parameter in
            try api.members(of: id, parameter)
        },
        HistoryRoute("/v1/conversations/{id}/invites") { api, id, _ in try api.invites(to: id) },
        HistoryRoute("/v1/conversations/{id}/requests") { api, id, parameter in
            try api.requests(to: id, parameter)
        },
        HistoryRoute("/v1/conversations/{id}/bans") { api, id, parameter in
            try api.bans(from: id, parameter)
        },
        HistoryRoute("/v1/invites/{id}") { api, token, _ in try api.preview(of: token) },
    ]

    private static let messages = [
        HistoryRoute("/v1/messages/{id}") { api, id, parameter in
            try api.message(id, parameter)
        },
        HistoryRoute("/v1/messages/{id}/receipts") { api, id, parameter in
            try api.receipts(of: id, parameter)
        },
        HistoryRoute("/v1/starred") { api, _, parameter in try api.starred(parameter) },
        HistoryRoute("/v1/search") { api, _, parameter in try api.search(parameter) },
        HistoryRoute("/v1/sync") { api, _, parameter in try api.sync(parameter) },
    ]

    private static let account = [
        HistoryRoute("/v1/privacy") { api, _, _ in try api.privacy() },
        HistoryRoute("/v1/contacts") { api, _, parameter in try api.contacts(parameter) },
        HistoryRoute("/v1/devices") { api, _, _ in try api.devices() },
        HistoryRoute("/v1/export", .export),
    ]
}
