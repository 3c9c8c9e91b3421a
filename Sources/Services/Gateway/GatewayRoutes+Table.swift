import Conversations
import HTTPTypes
import Hummingbird
import Web

extension GatewayRoutes {
    /// Every call there is.
    static let table: [GatewayRoute] =
        open + messages + groups + members + invites + messageActions + personal + devices

    private static let open = [
        GatewayRoute(.post, "/v1/registrations", .anyone) { routes, request, _ in
            try await routes.begin(request)
        },
        GatewayRoute(.post, "/v1/registrations/{id}/confirmation", .anyone) {
            routes,
            request,
            context in
            try await routes.confirm(context.parameters.get("id") ?? "", request)
        },
        GatewayRoute(.post, "/v1/tokens", .anyone) { routes, request, _ in
            try await routes.refresh(request)
        },
        GatewayRoute(.get, "/.well-known/martlet", .anyone) { routes, request, _ in
            .json(.ok, routes.directory.json(askedAt: request.head.authority))
        },
        GatewayRoute(.get, "/", .anyone) { _, request, context in
            "Martlet's gateway. GET /.well-known/martlet says where everything is.\n"
                .response(from: request, context: context)
        },
    ]

    private static let messages = [
        GatewayRoute(.post, "/v1/messages", .bearerOrBody) { routes, request, _ in
            try await routes.post(request)
        },
        GatewayRoute(.get, "/v1/connect", .bearer) { routes, request, _ in
            try await routes.connect(request)
        },
    ]

    private static let groups: [GatewayRoute] = [
        .action(.post, "/v1/groups") { call throws(Problem) in try call.create(.group) },
        .action(.post, "/v1/channels") { call throws(Problem) in try call.create(.channel) },
        .action(.patch, "/v1/conversations/{id}") { call throws(Problem) in try call.change() },
    ]

    private static let members: [GatewayRoute] = [
        .action(.post, "/v1/conversations/{id}/members") { call throws(Problem) in
            try call.addMembers()
        },
        .action(.delete, "/v1/conversations/{id}/members/{account}") { call throws(Problem) in
            try call.removeMember()
        },
        .action(.put, "/v1/conversations/{id}/members/{account}/role") { call throws(Problem) in
            try call.setRole()
        },
        .action(.post, "/v1/conversations/{id}/owner") { call throws(Problem) in
            try call.transferOwnership()
        },
        .action(.post, "/v1/conversations/{id}/leave") { call throws(Problem) in
            try call.leave()
        },
        .action(.put, "/v1/conversations/{id}/bans/{account}") { call throws(Problem) in
            try call.setBan(true)
        },
        .action(.delete, "/v1/conversations/{id}/bans/{account}") { call throws(Problem) in
            try call.setBan(false)
        },
        .action(.put, "/v1/blocks/{account}") { call throws(Problem) in try call.setBlock(true) },
        .action(.delete, "/v1/blocks/{account}") { call throws(Problem) in
            try call.setBlock(false)
        },
    ]

    private static let invites: [GatewayRoute] = [
        .action(.post, "/v1/conversations/{id}/invites") { call throws(Problem) in
            try call.createInvite()
        },
        .action(.delete, "/v1/conversations/{id}/invites/{token}") { call throws(Problem) in
            try call.revokeInvite()
        },
        .action(.post, "/v1/invites/{token}/acceptance") { call throws(Problem) in
            try call.join()
        },
        .action(.put, "/v1/conversations/{id}/requests/{account}") { call throws(Problem) in
            try call.decideJoin()
        },
    ]

    private static let messageActions: [GatewayRoute] = [
        .action(.patch, "/v1/messages/{id}") { call throws(Problem) in try call.edit() },
        GatewayRoute(.delete, "/v1/messages/{id}", .bearer, .action) { routes, request, context in
            try await routes.delete(request, context)
        },
        .action(.put, "/v1/messages/{id}/reaction") { call throws(Problem) in try call.react() },
        .action(.put, "/v1/messages/{id}/pin") { call throws(Problem) in try call.pin(true) },
        .action(.delete, "/v1/messages/{id}/pin") { call throws(Problem) in try call.pin(false) },
        .action(.put, "/v1/messages/{id}/vote") { call throws(Problem) in try call.vote() },
        .action(.put, "/v1/messages/{id}/location") { call throws(Problem) in try call.move() },
    ]

    private static let personal: [GatewayRoute] = [
        .personal(.put, "/v1/conversations/{id}/preferences") { call throws(Problem) in
            try call.setPreferences()
        },
        .personal(.put, "/v1/messages/{id}/star") { call throws(Problem) in try call.star() },
        .personal(.delete, "/v1/messages/{id}/star") { call throws(Problem) in try call.unstar() },
        .personal(.patch, "/v1/privacy") { call throws(Problem) in try call.setPrivacy() },
        .personal(.put, "/v1/contacts/{account}") { call throws(Problem) in
            try call.setContact(true)
        },
        .personal(.delete, "/v1/contacts/{account}") { call throws(Problem) in
            try call.setContact(false)
        },
        .personal(.delete, "/v1/devices/{device}") { call throws(Problem) in
            try call.removeDevice()
        },
    ]

    private static let devices = [
        GatewayRoute(.post, "/v1/devices/links", .bearer) { routes, request, _ in
            try await routes.beginLink(request)
        },
        GatewayRoute(.post, "/v1/devices/links/acceptance", .anyone) { routes, request, _ in
            try await routes.acceptLink(request)
        },
    ]
}
