import Foundation

/// Ends a service when the process that started it is gone.
///
/// Whoever starts services (`martlet up`, the test harness) gives each a pipe as its standard input and sets
/// `MARTLET_PARENT_PIPE=1`. The kernel closes the pipe's other end however the parent dies, `kill -9` included, so no service
/// outlives it unnoticed.
public enum ParentWatch {
    /// The environment variable that says that standard input is such a pipe.
    public static let variable = "MARTLET_PARENT_PIPE"

    /// Starts watching if the environment asks for it; at the end of the pipe the process gets SIGTERM, as from an operator.
    public static func startIfAsked() {
        guard ProcessInfo.processInfo.environment[variable] == "1" else { return }
        let thread = Thread {
            waitForEnd(of: STDIN_FILENO)
            kill(getpid(), SIGTERM)
        }
        thread.name = "parent-watch"
        thread.stackSize = 256 * 1024
        thread.start()
    }

    /// Reads until the other end is closed; what is read means nothing.
    static func waitForEnd(of descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 || (count < 0 && errno == EINTR) { continue }
            return
        }
    }
}
