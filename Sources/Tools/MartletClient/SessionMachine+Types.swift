import Events

extension SessionMachine {
    /// What the shell is to do.
    enum Action: Equatable {
        /// Ask `/v1/connect`.
        case locate
        /// Connect to this address.
        case open(String)
        /// Get new tokens.
        case refresh(Credentials)
        /// Call `waitEnded` after this time.
        case wait(Duration)
        /// Call `holdEnded` after this time.
        case hold(Duration)
        /// Call `ackDue` after this time.
        case scheduleAck(Duration, isLate: Bool)
        /// Keep the position.
        case savePosition(InboxPosition)
        /// Keep the tokens.
        case saveCredentials(Credentials)
        /// Send these frames, in one write.
        case send([ClientFrame])
        /// Close the connection, if there is one.
        case close
        /// Break the connection.
        case abort
        /// Tell the owner; with a position: the owner has handled everything up to there when it is done with this.
        case emit(DeviceSession.Change, handling: InboxPosition?)
    }

    enum Phase: Equatable {
        case idle
        case locating
        case opening
        case greeting
        case open
        case refreshing
        case waiting(toRefresh: Bool)
        case stopped
    }
}
