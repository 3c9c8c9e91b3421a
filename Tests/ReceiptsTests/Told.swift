/// Ticks, as an account was told them.
struct Told: Equatable {
    var delivered: UInt64 = 0
    var read: UInt64 = 0
}
