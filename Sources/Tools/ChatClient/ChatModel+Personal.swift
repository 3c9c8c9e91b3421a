import Events
import MartletClient

/// What one sets for oneself alone, here or on another device.
extension ChatModel {
    // MARK: Asking

    /// Makes a call of what was typed.
    mutating func set(
        _ request: PersonalRequest,
        _ line: String,
        _ id: SubmissionID
    ) -> [ChatEffect] {
        if changes.count >= Self.pendingMax, let oldest = changes.keys.min() {
            changes[oldest] = nil
        }
        changes[id] = PendingChange(request: request, typed: line)
        if case .removeDevice(let device) = request { removals.insert(device) }
        unansweredIDs.insert(id)
        return [.set(request, id)]
    }

    /// The log has a change: from then on it holds.
    mutating func wasSet(_ id: SubmissionID) -> [ChatEffect] {
        unansweredIDs.remove(id)
        guard let change = changes.removeValue(forKey: id) else { return [] }
        return [.notice(PersonalText.done(change.request))]
    }

    // MARK: Events

    mutating func happened(_ event: PersonalEvent) -> [ChatEffect] {
        personal.apply(event.change)
        switch event.change {
        case .starred(_, let message), .unstarred(_, let message):
            guard let place = lines.lastIndex(where: { $0.id == message && $0.isMessage }) else {
                return []
            }
            lines[place].isStarred = personal.isStarred(message) ?? false
        case .hidden(_, let message):
            lines.removeAll { $0.id == message && $0.isMessage }
        case .deviceAdded(let added, let name):
            guard added != device else { return [] }
            devices.removeAll { $0.deviceID == added }
            devices.append(AccountDevice(added, name: name, addedAt: event.serverTimestamp))
            return [.notice("a device was added to your account: \(name); /devices lists them")]
        case .deviceRemoved(let removed):
            let name = devices.first { $0.deviceID == removed }?.name ?? ""
            devices.removeAll { $0.deviceID == removed }
            guard removed != device else {
                // The server closes the connection, and with it everything ends.
                status = Self.removedStatus
                return []
            }
            // Who has asked for it is told by the answer.
            guard removals.remove(removed) == nil else { return [] }
            return [.notice("a device was removed from your account\(Self.named(name))")]
        case .preferences, .privacy, .contactAdded, .contactRemoved:
            break
        }
        return []
    }

    private static func named(_ name: String) -> String { name.isEmpty ? "" : ": \(name)" }

    /// What was read on another device is not new any more.
    mutating func happened(_ mark: ReadEvent) {
        personal.read(mark.conversationID, upTo: mark.seq)
        if elsewhere[mark.conversationID]?.read(upTo: mark.seq) == true {
            elsewhere[mark.conversationID] = nil
        }
    }

    // MARK: Lists

    /// Messages that were marked, as rows of a panel.
    func rows(of page: StarredPage) -> [String] {
        guard !page.messages.isEmpty || page.missingCount > 0 else {
            return ["no message is marked: /star N marks one"]
        }
        var rows = page.messages.map { message in
            let name = place(message)
            let who = name == names.name(of: message.sender) ? "" : "\(name) · "
            return "\(who)\(names.name(of: message.sender)): \(ContentText.line(message.content))"
        }
        if page.missingCount > 0 {
            rows.append("\(page.missingCount) more marked that can't be read at the moment")
        }
        return page.next == nil ? rows : rows + ["… and older ones"]
    }

    /// Where a message was written.
    func place(_ message: MessageEvent) -> String {
        guard message.conversationKind == "direct" else {
            return book.name(of: message.conversationID)
        }
        let other =
            directs[message.conversationID]
            ?? (message.sender == me ? message.recipient : message.sender)
        return other.map { names.name(of: $0) } ?? "direct"
    }

    /// Contacts as rows of a panel; those that have a name can be called by it from now on.
    mutating func rows(of contacts: [AccountPage.Entry]) -> [String] {
        for contact in contacts { names.call(contact.account, contact.name) }
        guard !contacts.isEmpty else { return ["no contact: /contact WHO makes one"] }
        return contacts.map { contact in
            names.known(contact.account).map { "\($0)  \(contact.account)" }
                ?? contact.account.description
        }
    }

    /// Devices as rows of a panel.
    mutating func rows(of devices: [AccountDevice]) -> [String] {
        self.devices = devices
        return devices.map { entry in
            let name = entry.name.isEmpty ? "no name" : entry.name
            let isThis = entry.isCurrent || entry.deviceID == device
            return "\(name)  \(entry.deviceID)" + (isThis ? "  this one" : "")
        }
    }

    /// Those who wait to be let into a group, as far as the server knows them and as it was told since.
    mutating func take(waiting entries: [AccountPage.Entry], in id: ConversationID) {
        guard id == conversation else { return }
        for entry in entries {
            names.call(entry.account, entry.name)
            if !waiting.contains(entry.account) { waiting.append(entry.account) }
        }
    }
}
