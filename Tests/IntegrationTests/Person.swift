import Events
import Foundation
import MartletClient
import ServiceKit
import Synchronization
import TestKit

/// Somebody with a device that runs the real client (`DeviceSession`), and everything that came in.
final class Person: Sendable {
    private struct State {
        var changes: [DeviceSession.Change] = []
        var position: InboxPosition?
    }

    let phone: String
    let credentials: Credentials
    let session: DeviceSession
    let harness: PipelineHarness
    private let ids = UUIDv7Generator(clock: SystemClock())
    private let state: Storage

    private final class Storage: Sendable {
        let value = Mutex(State())
    }

    /// Signs in on a new device, or with what an earlier device had.
    init(
        _ harness: PipelineHarness,
        phone: String,
        as credentials: Credentials? = nil,
        from position: InboxPosition? = nil
    ) async throws {
        self.harness = harness
        self.phone = phone
        let known: Credentials
        if let credentials {
            known = credentials
        } else {
            known = try await harness.register(phone: phone)
        }
        self.credentials = known
        let storage = Storage()
        state = storage
        var configuration = DeviceSession.Configuration(credentials: known, position: position)
        configuration.onChange = { change in
            storage.value.withLock { $0.changes.append(change) }
        }
        configuration.savePosition = { position in
            storage.value.withLock { $0.position = position }
        }
        session = DeviceSession(http: harness.http, configuration: configuration)
    }

    var account: AccountID { credentials.accountID }

    /// Connects.
    func connect() async throws {
        session.start()
        try await wait(for: "\(phone.suffix(2)) to be connected") {
            self.changes.contains { if case .connected = $0 { true } else { false } }
        }
    }

    /// Where the device is, as it was last saved; what it connected with if nothing came since.
    var position: InboxPosition? {
        state.value.withLock { state in
            if let position = state.position { return position }
            for change in state.changes {
                if case .connected(let position) = change { return position }
            }
            return nil
        }
    }

    var changes: [DeviceSession.Change] { state.value.withLock { $0.changes } }

    var messages: [MessageEvent] {
        changes.compactMap {
            if case .event(.message(let message), _) = $0 { message } else { nil }
        }
    }

    func ticks(in conversation: ConversationID) -> TicksEvent? {
        for change in changes.reversed() {
            if case .event(.ticks(let ticks), _) = change, ticks.conversationID == conversation {
                return ticks
            }
        }
        return nil
    }

    var gaps: Int {
        changes.count { if case .gap = $0 { true } else { false } }
    }

    /// Says that everything received in a conversation has been seen.
    func readAll(in conversation: ConversationID) {
        guard let last = messages.last(where: { $0.conversationID == conversation }) else { return }
        session.read(conversation, upTo: last.seq)
    }

    func newID() -> SubmissionID { ids.next() }

    /// Posts over HTTP and returns when the log has it.
    @discardableResult
    func post(
        _ text: String,
        to other: Person,
        form: MartletHTTP.PostForm = .header
    ) async throws
        -> AcceptedMessage
    {
        try await harness.http.post(
            OutgoingMessage(id: newID(), to: .account(other.account), text: mark(text)),
            token: credentials.accessToken,
            form: form
        )
    }

    /// Submits over the socket; the answer comes as a change.
    @discardableResult
    func submit(_ text: String, to other: Person) -> SubmissionID {
        let id = newID()
        session.submit(OutgoingMessage(id: id, to: .account(other.account), text: mark(text)))
        return id
    }

    /// A text that can be found if it gets where it must not.
    func mark(_ text: String) -> String { "\(harness.needle) \(text)" }

    func waitForMessages(_ count: Int, within limit: Duration = .seconds(60)) async throws {
        try await wait(for: "\(count) messages (\(phone.suffix(2)))", within: limit) {
            self.messages.count >= count
        }
    }

    func conversation(with other: Person) -> ConversationID {
        ConversationID(directBetween: account, and: other.account)
    }
}
