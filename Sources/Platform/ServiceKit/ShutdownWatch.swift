import Foundation
import Logging
import ServiceLifecycle

/// Ends the process when a shutdown takes too long.
///
/// Listed last among the services, so that it is the first to hear of the shutdown.
struct ShutdownWatch: Service {
    let timeout: Duration
    let logger: Logger

    func run() async throws {
        // Cancellation, after a service failed, is the beginning of a shutdown too.
        try? await gracefulShutdown()
        let thread = Thread { [timeout, logger] in
            var left = timespec(
                tv_sec: Int(timeout.components.seconds),
                tv_nsec: Int(timeout.components.attoseconds / 1_000_000_000)
            )
            withUnsafeMutablePointer(to: &left) {
                while nanosleep($0, $0) != 0, errno == EINTR {}
            }
            logger.error("still not stopped, giving up", metadata: ["after": "\(timeout)"])
            _exit(EXIT_FAILURE)
        }
        thread.name = "shutdown-watch"
        thread.stackSize = 256 * 1024
        thread.start()
    }
}
