import Synchronization

/// Makes UUIDv7 identifiers that never go back within this generator (RFC 9562, sections 5.7 and 6.2).
///
/// 48 bits of milliseconds, then a 12-bit counter that starts low and grows within a millisecond, then 62
/// random bits. When the counter is exhausted or the clock steps back, the generator borrows from the
/// next millisecond. Safe to call from any thread.
public final class UUIDv7Generator: Sendable {
    private struct State {
        var milliseconds: Int64 = 0
        var counter: UInt64 = 0
        var random: any RandomNumberGenerator & Sendable
    }

    private let clock: any WallClock
    private let state: Mutex<State>

    /// Makes a generator over a clock and a source of randomness.
    public init(
        clock: any WallClock,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.clock = clock
        self.state = Mutex(State(random: random))
    }

    /// The next identifier, higher than every one before.
    public func next<Kind>(
        _ kind: Identifier<Kind>.Type = Identifier<Kind>.self
    )
        -> Identifier<Kind>
    {
        let now = clock.now().milliseconds
        return state.withLock { state in
            if now > state.milliseconds {
                state.milliseconds = now
                state.counter = state.random.next() & 0xFF
            } else if state.counter < 0xFFF {
                state.counter += 1
            } else {
                state.milliseconds += 1
                state.counter = 0
            }
            let time = UInt64(bitPattern: state.milliseconds) << 16
            let low = state.random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
            return Identifier(high: time | 0x7000 | state.counter, low: low)
        }
    }
}
