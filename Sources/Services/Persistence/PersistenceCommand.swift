public import ArgumentParser
public import ServiceKit
import Web

/// `martlet-persistence`: builds the hot store from the log.
public struct PersistenceCommand: AsyncParsableCommand {
    /// Its name and what it is for.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-persistence",
        abstract:
            "Folds timeline, accounts and receipts into the hot store, indexes and archives it.",
        discussion: """
            The store is DATA/history.sqlite, or what the setting store.url names. One process writes a \
            store. It can be deleted at any time while the process is stopped: it is built again from the log.
            """
    )

    /// The flags of every service.
    @OptionGroup public var options: ServiceOptions

    /// The defaults.
    public init() {}

    /// Runs until it is told to stop.
    public func run() async throws {
        try await ServiceProcess.run(.persistence, options: options) { context in
            [AdminServer(context), PersistenceService(context)]
        }
    }
}
