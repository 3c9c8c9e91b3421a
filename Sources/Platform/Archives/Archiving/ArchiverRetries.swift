/// How long an archiver waits after failures: twice as long with each.
struct ArchiverRetries {
    private let longest: Duration
    private let shortest: Duration
    private var wait: Duration
    private var code: String?

    init(_ settings: ArchiverSettings) {
        shortest = min(settings.retryWait, settings.interval)
        longest = settings.interval
        wait = shortest
    }

    /// A run failed; says how long to wait, and whether it is another failure than the last.
    mutating func failed(_ code: String) -> (wait: Duration, isNew: Bool) {
        defer {
            wait = min(wait * 2, longest)
            self.code = code
        }
        return (wait, self.code != code)
    }

    /// A run went through; says whether the one before had failed.
    mutating func succeeded() -> Bool {
        defer {
            wait = shortest
            code = nil
        }
        return code != nil
    }
}
