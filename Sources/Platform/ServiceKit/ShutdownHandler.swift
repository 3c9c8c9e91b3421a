import ServiceLifecycle

/// Runs `body`, and `stop` once a graceful shutdown or a cancellation asks for its end, whichever comes first; perhaps for both.
public func withShutdownHandler(
    _ body: () async throws -> Void,
    stop: @escaping @Sendable () -> Void
) async rethrows {
    try await withTaskCancellationHandler {
        try await withGracefulShutdownHandler(operation: body, onGracefulShutdown: stop)
    } onCancel: {
        stop()
    }
}
