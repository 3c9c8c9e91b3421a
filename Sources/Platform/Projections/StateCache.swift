/// A piece of a projection's state that lives in the database and, while in use, in memory.
public protocol CachedState: AnyObject {
    /// Names it.
    associatedtype ID: Hashable
    /// Its name.
    var id: ID { get }
    /// Whether the database has an older state. Belongs to the cache.
    var isDirty: Bool { get set }
}

/// Keeps the states in use in memory, bounded, and never forgets what is not saved yet.
///
/// Two generations stand in for an exact least-recently-used order: what is used moves to the young one; when that is
/// full it becomes the old one, and what was left of the old one is forgotten, except for what is dirty. So
/// at most `statesMax` and what changed since the last checkpoint is in memory.
public struct StateCache<State: CachedState> {
    @usableFromInline let generationMax: Int
    @usableFromInline var young: [State.ID: State] = [:]
    @usableFromInline var old: [State.ID: State] = [:]
    /// What has changed since the last `saved`, in the order of the first change.
    public private(set) var dirty: [State] = []

    /// An empty cache.
    public init(statesMax: Int = 65_536) {
        generationMax = max(1, statesMax / 2)
    }

    /// The state if it is in memory; it is young again then.
    @inlinable
    public mutating func find(_ id: State.ID) -> State? {
        if let state = young[id] { return state }
        guard let state = old[id] else { return nil }
        insert(state)
        return state
    }

    /// Adds a state that was loaded or made.
    @inlinable
    public mutating func insert(_ state: State) {
        if young.count >= generationMax { turnOver() }
        young[state.id] = state
    }

    /// Notes that a state has changed.
    public mutating func touch(_ state: State) {
        guard !state.isDirty else { return }
        state.isDirty = true
        dirty.append(state)
    }

    /// Everything dirty is on disk now.
    public mutating func saved() {
        for state in dirty { state.isDirty = false }
        dirty.removeAll(keepingCapacity: true)
    }

    /// How many states are in memory.
    public var count: Int { young.count + old.keys.count { young[$0] == nil } }

    @usableFromInline
    mutating func turnOver() {
        let left = old
        old = young
        young = [:]
        for (id, state) in left where state.isDirty && old[id] == nil { old[id] = state }
    }
}
