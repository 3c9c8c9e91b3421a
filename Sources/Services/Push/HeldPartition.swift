import EventLog
import Events
import GRDB

/// A partition's state, and what changed of it since the last checkpoint.
final class HeldPartition {
    /// What the next checkpoint writes.
    struct Changes {
        var presences: Set<AccountID> = []
        /// Posts that the database has not got.
        var entered: Set<Offset> = []
        /// Posts that it has otherwise.
        var changed: Set<Offset> = []
        /// Posts that it still has.
        var left: Set<Offset> = []
        var members: [GroupMembers.Change] = []
        var hasMoved = false
        var isFresh = false
        var forgetsAcknowledged = false
    }

    let number: Partition
    var state: PushPartition
    var changes = Changes()

    init(_ number: Partition, _ state: PushPartition, isFresh: Bool) {
        self.number = number
        self.state = state
        changes.isFresh = isFresh
    }

    /// Somebody comes to a group, or goes.
    func fold(_ change: GroupMembers.Change) {
        state.members.apply(change)
        changes.members.append(change)
    }

    /// Notes what left the waiting room and what changed in it; returns how many left.
    @discardableResult
    func move(_ moves: WaitingRoom.Moves) -> Int {
        for offset in moves.left {
            changes.changed.remove(offset)
            if changes.entered.remove(offset) == nil { changes.left.insert(offset) }
        }
        for offset in moves.changed where !changes.entered.contains(offset) {
            changes.changed.insert(offset)
        }
        return moves.left.count
    }

    /// Writes what changed; stays that ended before `keptSince` are forgotten.
    func save(_ database: Database, keptSince: Timestamp) throws {
        if changes.isFresh { try PushTables.removeAll(of: number, from: database) }
        if changes.forgetsAcknowledged {
            try PushTables.forgetAcknowledged(in: number, database)
        }
        for account in changes.presences {
            guard let presence = state.presence(of: account) else { continue }
            try PushTables.save(presence, of: account, in: number, to: database)
        }
        for offset in changes.left {
            try PushTables.removeWaiting(at: offset, in: number, from: database)
        }
        for offset in changes.entered.union(changes.changed) {
            guard let post = state.waiting.post(at: offset) else { continue }
            try PushTables.save(post, in: number, to: database)
        }
        if !changes.members.isEmpty {
            try PushTables.save(changes.members, in: number, to: database)
            try PushTables.pruneMembers(before: keptSince, in: number, database)
        }
        guard changes.hasMoved || changes.isFresh || !changes.members.isEmpty else { return }
        try PushTables.save(state.progress, of: number, to: database)
    }
}
