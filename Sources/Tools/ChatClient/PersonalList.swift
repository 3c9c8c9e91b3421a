/// What is fetched to be looked at.
enum PersonalList: Equatable {
    case starred
    case privacy
    case contacts
    case devices
}
