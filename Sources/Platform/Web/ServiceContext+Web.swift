public import Logging
public import ServiceKit

extension ServiceContext {
    /// The service's logger for libraries whose routine entries are of no interest.
    public var quietLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}
