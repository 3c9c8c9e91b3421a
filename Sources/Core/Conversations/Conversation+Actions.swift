import Events

extension Conversation {
    /// Why an action is refused; `nil` if it is not, and then what it brings is in `outcome`.
    func refusal(
        of action: ConversationAction,
        _ submission: Submission,
        _ accepted: some AcceptedSubmissions,
        _ outcome: inout Outcome
    ) throws -> RejectionReason? {
        let sender = submission.sender
        if case .create(let profile, let change, let accounts) = action {
            return refusal(ofCreating: profile, change, accounts, submission, &outcome)
        }
        if submission.kind == .direct, case .setBlock(let other, let isBlocked) = action {
            return refusal(ofBlocking: other, isBlocked, by: sender)
        }
        guard kind != nil else { return .conversationNotFound }
        if case .join(let secret) = action {
            return refusal(ofJoining: secret, submission, &outcome)
        }
        guard let member = members.all[sender], let role = member.role else { return .notAMember }
        guard kind != .direct || action.isForTwo else { return .unsupported }
        // Whoever has blocked the other can take back what he said, but say nothing.
        if blockers.contains(sender) {
            guard case .deleteMessage = action else { return .blocked }
        }
        outcome.isWithheld = isWithheld(from: sender)
        if let id = action.message {
            let message = try accepted.message(id, in: self.id)
            return refusal(of: action, to: message, by: sender, member, role, submission, &outcome)
        }
        return refusal(of: action, by: sender, role, submission, &outcome)
    }

    // MARK: Groups and channels

    private func refusal(
        ofCreating profile: ProfileChange,
        _ change: ConversationSettings.Change,
        _ accounts: [AccountID],
        _ submission: Submission,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        guard let kind = submission.kind, kind != .direct else { return .unsupported }
        guard self.kind == nil else { return .alreadyExists }
        // Under the id of its submission, so that nobody can take a place that others know or will use.
        guard id.high == submission.id.high, id.low == submission.id.low else {
            return .invalidConversation
        }
        guard profile.name != nil, Self.isValid(profile) else { return .invalidProfile }
        if let reason = refusal(ofSettings: change, kind) { return reason }
        guard accounts.count <= Limits.membersPerRequestMax, Set(accounts).count == accounts.count,
            !accounts.contains(submission.sender), kind == .group || accounts.isEmpty
        else { return .invalidMembers }
        outcome.memberChanges =
            [TimelineEvent.MemberChange(submission.sender, .owner)]
            + accounts.map { TimelineEvent.MemberChange($0, .member) }
        return nil
    }

    private func refusal(
        of action: ConversationAction,
        by sender: AccountID,
        _ role: Role,
        _ submission: Submission,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        switch action {
        case .addMembers(let accounts):
            return refusal(ofAdding: accounts, role, &outcome)
        case .removeMember(let account):
            return refusal(ofRemoving: account, role, &outcome)
        case .leave:
            leave(sender, role, &outcome)
            return nil
        case .setRole(let account, let new):
            return refusal(ofSetting: account, new, by: sender, role, &outcome)
        case .transferOwnership(let account):
            return refusal(ofTransferring: account, from: sender, role, &outcome)
        case .setProfile(let change):
            guard isAllowed(.editProfile, role) else { return .notAllowed }
            if change.isEmpty { return .noChange }
            return Self.isValid(change) ? nil : .invalidProfile
        case .setSettings(let change):
            guard isAllowed(.changeSettings, role) else { return .notAllowed }
            return refusal(ofSettings: change, kind ?? .group)
        case .setBan(let account, let isBanned):
            return refusal(ofBanning: account, isBanned, by: sender, role, &outcome)
        case .createInvite(let secret, let invite):
            return refusal(ofInviting: secret, invite, role, submission)
        case .revokeInvite(let secret):
            guard isAllowed(.invite, role) else { return .notAllowed }
            return invites[secret] == nil ? .invalidInvite : nil
        case .decideJoin(let account, let isApproved):
            guard isAllowed(.decideJoins, role) else { return .notAllowed }
            guard waiting.contains(account) else { return .noChange }
            guard isApproved else { return nil }
            return admit([account], &outcome)
        case .setBlock: return .unsupported
        case .create, .join, .editMessage, .deleteMessage, .react, .pin, .vote, .moveLiveLocation:
            return .unsupported
        }
    }

    private func admit(_ accounts: [AccountID], _ outcome: inout Outcome) -> RejectionReason? {
        let most = kind == .channel ? Limits.channelMembersMax : Limits.groupMembersMax
        let new = accounts.count { members.all[$0] == nil }
        guard members.count + accounts.count <= most,
            new == 0 || members.all.count + new <= most * ConversationMembers.formerMembersFactor
        else { return .full }
        outcome.memberChanges = accounts.map { TimelineEvent.MemberChange($0, .member) }
        return nil
    }

    private func refusal(
        ofAdding accounts: [AccountID],
        _ role: Role,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        guard isAllowed(.add, role) else { return .notAllowed }
        // Who follows a channel is not for the others to see, so one at a time.
        guard !accounts.isEmpty, accounts.count <= Limits.membersPerRequestMax,
            Set(accounts).count == accounts.count, kind != .channel || accounts.count == 1
        else { return .invalidMembers }
        guard !accounts.contains(where: banned.contains) else { return .banned }
        let new = accounts.filter { members.role(of: $0) == nil }
        return new.isEmpty ? .noChange : admit(new, &outcome)
    }

    private func refusal(
        ofRemoving account: AccountID,
        _ role: Role,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        guard isAllowed(.remove, role) else { return .notAllowed }
        guard let theirs = members.role(of: account) else { return .invalidMembers }
        guard theirs < role else { return .notAllowed }
        outcome.memberChanges = [TimelineEvent.MemberChange(account, nil)]
        return nil
    }

    private func leave(_ sender: AccountID, _ role: Role, _ outcome: inout Outcome) {
        outcome.memberChanges = [TimelineEvent.MemberChange(sender, nil)]
        guard role == .owner, let successor = members.successor(of: sender) else { return }
        outcome.memberChanges.append(TimelineEvent.MemberChange(successor, .owner))
    }

    private func refusal(
        ofSetting account: AccountID,
        _ new: Role,
        by sender: AccountID,
        _ role: Role,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        // Whoever is no owner may step down by himself; there has to be one.
        let stepsDown = account == sender && new < role && role != .owner
        // Asked first: who follows a channel is not for other followers to find out.
        guard stepsDown || isAllowed(.setRoles, role) else { return .notAllowed }
        guard let theirs = members.role(of: account) else { return .invalidMembers }
        if theirs == new { return .noChange }
        guard stepsDown || theirs < role && new < role else { return .notAllowed }
        outcome.memberChanges = [TimelineEvent.MemberChange(account, new)]
        return nil
    }

    private func refusal(
        ofTransferring account: AccountID,
        from sender: AccountID,
        _ role: Role,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        guard isAllowed(.transferOwnership, role) else { return .notAllowed }
        guard account != sender else { return .noChange }
        guard members.role(of: account) != nil else { return .invalidMembers }
        outcome.memberChanges = [
            TimelineEvent.MemberChange(sender, .admin), TimelineEvent.MemberChange(account, .owner),
        ]
        return nil
    }

    private func refusal(
        ofBanning account: AccountID,
        _ isBanned: Bool,
        by sender: AccountID,
        _ role: Role,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        guard isAllowed(.ban, role) else { return .notAllowed }
        if isBanned == banned.contains(account) { return .noChange }
        guard isBanned else { return nil }
        guard account != sender else { return .notAllowed }
        guard banned.count < Limits.groupMembersMax else { return .tooMany }
        guard let theirs = members.role(of: account) else { return nil }
        guard theirs < role else { return .notAllowed }
        outcome.memberChanges = [TimelineEvent.MemberChange(account, nil)]
        return nil
    }

    // MARK: Invites

    private func refusal(
        ofInviting secret: InviteSecret,
        _ invite: Invite,
        _ role: Role,
        _ submission: Submission
    ) -> RejectionReason? {
        guard isAllowed(.invite, role) else { return .notAllowed }
        guard invites[secret] == nil else { return .noChange }
        let now = now(submission)
        guard invite.isUsable(now) else { return .invalidInvite }
        return invites.values.count { $0.isUsable(now) } < Limits.invitesMax ? nil : .tooMany
    }

    private func refusal(
        ofJoining secret: InviteSecret,
        _ submission: Submission,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        guard kind != .direct else { return .unsupported }
        guard let invite = invites[secret], invite.isUsable(now(submission)) else {
            return .invalidInvite
        }
        let sender = submission.sender
        guard members.role(of: sender) == nil else { return .noChange }
        guard !banned.contains(sender) else { return .banned }
        guard invite.needsApproval else { return admit([sender], &outcome) }
        guard !waiting.contains(sender) else { return .noChange }
        return waiting.count < Limits.joinRequestsMax ? nil : .tooMany
    }

    // MARK: Profile, settings, blocks

    private static func isValid(_ change: ProfileChange) -> Bool {
        let name = change.name.map {
            (1...Limits.titleCharactersMax).contains($0.unicodeScalars.count)
        }
        let description = change.description.map {
            $0.unicodeScalars.count <= Limits.descriptionCharactersMax
        }
        let picture = change.picture.map { $0.utf8.count <= Limits.titleCharactersMax }
        return name ?? true && description ?? true && picture ?? true
    }

    private func refusal(
        ofSettings change: ConversationSettings.Change,
        _ kind: ConversationKind
    ) -> RejectionReason? {
        if self.kind != nil, settings.changed(by: change) == settings { return .noChange }
        let roles = [change.postFrom, change.editProfileFrom, change.addFrom].compactMap { $0 }
        if kind == .direct, !roles.isEmpty { return .invalidSettings }
        // Followers of a channel read.
        if kind == .channel, roles.contains(.member) { return .invalidSettings }
        let seconds = Int64(change.disappearAfterSeconds ?? 0)
        return .seconds(seconds) <= Limits.disappearAfterMax ? nil : .invalidSettings
    }

    private func refusal(
        ofBlocking other: AccountID,
        _ isBlocked: Bool,
        by sender: AccountID
    ) -> RejectionReason? {
        guard other != sender, isBetween(sender, other) else { return .invalidConversation }
        return isBlocked == blockers.contains(sender) ? .noChange : nil
    }
}
