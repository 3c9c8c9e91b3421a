public import ArgumentParser
public import ServiceKit
import Web

/// `martlet-history`: serves the hot store to clients.
public struct HistoryCommand: AsyncParsableCommand {
    /// Its name and what it is for.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-history",
        abstract: "Serves conversations and their events from the hot store and from archives."
    )

    /// The flags of every service.
    @OptionGroup public var options: ServiceOptions

    /// The defaults.
    public init() {}

    /// Runs until it is told to stop.
    public func run() async throws {
        try await ServiceProcess.run(.history, options: options) { context in
            [AdminServer(context), HistoryService(context, cold: try ArchiveShelf(of: context))]
        }
    }
}
