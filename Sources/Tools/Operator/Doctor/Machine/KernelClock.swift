import Foundation

/// Asks the kernel whether a time service keeps the clock.
enum KernelClock {
    #if os(Linux)
    /// `adjtimex(2)` that changes nothing: a structure of zeros.
    ///
    /// The header that declares it is in no module; the structure is 208 bytes on 64 bit machines, and only what the call returns is looked at.
    private typealias Adjust = @convention(c) (UnsafeMutableRawPointer) -> Int32
    private static let structureBytes = 1024
    /// What it returns if nobody keeps the clock.
    private static let timeError: Int32 = 5

    static func synchronisation() -> ClockCheck.Synchronisation {
        guard let symbol = dlsym(nil, "adjtimex") else { return .unknown }
        let adjust = unsafeBitCast(symbol, to: Adjust.self)
        var structure = [UInt64](repeating: 0, count: structureBytes / 8)
        let state = structure.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map(adjust) ?? -1
        }
        guard state >= 0 else { return .unknown }
        return state == timeError ? .unsynchronised : .synchronised
    }
    #else
    static func synchronisation() -> ClockCheck.Synchronisation { .unknown }
    #endif
}
