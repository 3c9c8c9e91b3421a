/// What was typed after a slash.
enum SlashCommand: Equatable {
    case screen(ScreenCommand)
    case conversation(ConversationCommand)
    case message(MessageCommand)
    case personal(PersonalCommand)
}
