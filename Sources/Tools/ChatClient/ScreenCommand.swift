/// A command that changes what is on the screen.
enum ScreenCommand: Equatable {
    /// The commands, from a page on.
    case help(page: Int)
    case quit
    case older
    case newest
    /// Find messages; without words: older hits of the same search.
    case search(String?, isHere: Bool)
    /// Go to a hit.
    case open(Int)
    /// Write one's data to a file.
    case export(String)
    case retry
    case who
    case numbers
    case list
    case members
    case requests
    /// Fetch something of one's own and show it.
    case look(PersonalList)
    /// Make a token for a new device.
    case link
    /// Write to somebody or somewhere else.
    case turn(String)
}
