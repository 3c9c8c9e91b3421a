public import ArgumentParser
public import ServiceKit
import Web

/// `martlet-push`: notifies recipients who are away.
public struct PushCommand: AsyncParsableCommand {
    /// Its name and what it is for.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-push",
        abstract: "Notifies recipients whose devices have not acknowledged a message in time.",
        discussion: """
            Notifications go to DATA/push.jsonl, one JSON line each, without the message's text.
            """
    )

    /// The flags of every service.
    @OptionGroup public var options: ServiceOptions

    /// The defaults.
    public init() {}

    /// Runs until it is told to stop.
    public func run() async throws {
        try await ServiceProcess.run(.push, options: options) { context in
            [AdminServer(context), PushService(context)]
        }
    }
}
