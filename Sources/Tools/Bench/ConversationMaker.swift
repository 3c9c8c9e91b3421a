import Events
import Foundation
import MartletClient
import NIOCore
import NIOPosix

/// Makes the group or the channel of a load through the gateway's calls, as its owner.
struct ConversationMaker: Sendable {
    private static let triesMax = 20

    let http: MartletHTTP
    let owner: Credentials
    let clock: any WallClock

    /// Ids of accounts that nobody has registered: the server takes a member by its id.
    static func inventedAccounts(_ count: Int) -> [AccountID] {
        (0..<max(0, count)).map { _ in
            AccountID(
                high: .random(in: .min ... .max),
                low: .random(in: .min ... .max)
            )
        }
    }

    /// Makes a group with these members besides the owner, as many of them as one request may add at a time.
    func makeGroup(members: [AccountID]) async throws -> ConversationID {
        let most = Limits.membersPerRequestMax
        let names = members.map(\.description)
        let group = try await ask(
            .createGroup(name: "bench", members: Array(names.prefix(most)))
        ).conversationID
        for first in stride(from: most, to: names.count, by: most) {
            let some = Array(names[first..<min(first + most, names.count)])
            _ = try await ask(.addMembers(group, some))
        }
        return group
    }

    /// Makes a channel with these followers besides the owner.
    ///
    /// A channel takes followers one a request: so many requests, on `connections` connections.
    func makeChannel(
        followers: [AccountID],
        connections: Int,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> ConversationID {
        let channel = try await ask(.createChannel(name: "bench")).conversationID
        guard !followers.isEmpty else { return channel }
        guard let url = URLComponents(string: http.server), let host = url.host else {
            throw ClientError(.invalidURL, "not an address of a server")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let feed = MemberFeed(
            target: (host, url.port ?? 80),
            token: owner.accessToken,
            channel: channel,
            accounts: followers,
            madeAt: clock.now(),
            loop: group.next(),
            progress: progress
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await feed.run(connections: min(connections, followers.count)))
        } catch {
            result = .failure(error)
        }
        try await group.shutdownGracefully()
        try result.get()
        return channel
    }

    /// Asks until the outcome is known: the same id is the same request.
    private func ask(_ request: ConversationRequest) async throws -> SubmittedRequest {
        let id = UUIDv7Generator(clock: clock).next(SubmissionID.self)
        var tries = 1
        while true {
            do {
                return try await http.act(request, id: id, token: owner.accessToken)
            } catch {
                guard error.isRetriable, tries < Self.triesMax else { throw error }
                tries += 1
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }
}
