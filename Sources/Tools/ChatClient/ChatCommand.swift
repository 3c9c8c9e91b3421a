public import ArgumentParser
import Events
import Foundation
import MartletClient
import ServiceKit

/// `martlet chat`: a conversation in a terminal, or between pipes.
public struct ChatCommand: AsyncParsableCommand {
    /// How far messages must come before a run between pipes ends.
    enum Goal: String, ExpressibleByArgument, CaseIterable {
        case accepted
        case sequenced
        case delivered
        case read

        var state: MessageState {
            switch self {
            case .accepted: .accepted
            case .sequenced: .sequenced
            case .delivered: .delivered
            case .read: .read
            }
        }
    }

    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chat in the terminal, or send lines and receive JSON between pipes.",
        discussion: """
            In a terminal: type and press Enter. PageUp scrolls back, /help lists the commands, Tab completes them and names, \
            /group and /channel make conversations, Ctrl-C or /quit ends. /link shows a token with which a new device of yours signs in: \
            martlet chat --link TOKEN. /search finds messages, /export writes all of your data to a file.

            When standard input is not a terminal, or with --listen, each line of it is sent as a message, and every state \
            change is printed as one line of JSON: sending, accepted, sequenced, delivered, read, failed; and with \
            --listen: received, event for what else happens, and signal for who types, with the fields of the protocol. The exit code is 1 if \
            a message failed.

            --search prints what it finds, the newest first: found, a line for each message, and at last searched. --export writes a zip: exported.
            """
    )

    @Option(
        name: .customLong("as"),
        help: "Your phone number or e-mail address; where a link signed in, also your account's id."
    )
    var account: String?

    @Option(
        help: ArgumentHelp(
            "Signs this device in by what /link showed on another of yours.",
            valueName: "token"
        )
    )
    var link: String?

    @Option(
        help: "Whom you write to: phone number, e-mail address, account id, or a conversation's id."
    )
    var to: String?

    @Option(help: "The gateway's address.")
    var server = MartletHTTP.serverDefault

    @Option(help: "Your name, for a new account.")
    var name: String?

    @Option(help: "The code of the registration.")
    var code: String?

    @Option(
        help: ArgumentHelp(
            "Reads the code from this file: DATA/verification.jsonl of an installation of your own.",
            valueName: "path"
        )
    )
    var codeFile: String?

    @Option(
        help: ArgumentHelp(
            "Where tokens and position are kept. Default: ~/.local/share/martlet/…",
            valueName: "directory"
        )
    )
    var profile: String?

    @Flag(help: "Receive, and print what comes, one line of JSON each.")
    var listen = false

    @Option(
        help: ArgumentHelp(
            "Prints the messages with these words, one line of JSON each; with --to: of that conversation.",
            valueName: "words"
        )
    )
    var search: String?

    @Option(
        help: ArgumentHelp(
            "Writes all of your data to this file, as a zip, and ends.",
            valueName: "file"
        )
    )
    var export: String?

    @Option(help: "With --listen or --search: end after so many messages.")
    var count: Int?

    @Flag(help: "With --listen: do not say that what was printed was read.")
    var noRead = false

    @Option(
        help: "Between pipes: how far messages must come (accepted, sequenced, delivered, read)."
    )
    var wait: Goal = .sequenced

    @Option(help: "Between pipes: how many messages may be on their way at once.")
    var inFlight = 1

    @Option(help: "Between pipes: give up after so many seconds, with exit code 1.")
    var timeout: Double?

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard account != nil || link != nil else { throw ValidationError("--as is missing") }
        if let account, identity(account) == nil {
            throw ValidationError("--as needs a phone number such as +15551230001, or an address")
        }
        if let to, ChatTarget(parsing: to) == nil {
            throw ValidationError(
                "--to needs a phone number, an e-mail address, or an account's or a conversation's id"
            )
        }
        guard search == nil && export == nil || !listen, search == nil || export == nil else {
            throw ValidationError("--listen, --search and --export exclude one another")
        }
        guard to != nil || listen || link != nil || search != nil || export != nil else {
            throw ValidationError("--to is missing")
        }
        guard inFlight >= 1, count ?? 1 >= 1 else {
            throw ValidationError("--in-flight and --count are at least 1")
        }
    }

    /// Runs the conversation.
    public func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            let code = try await converse()
            guard code == 0 else { throw ExitCode(code) }
        } catch let error as ClientError {
            throw complaint(words(error))
        } catch let error as ChatProfile.Failure {
            throw complaint(error.description)
        }
    }

    private func complaint(_ text: String) -> ExitCode {
        note(text)
        return .failure
    }

    /// What `--as` names: the profile, and the address if it is one.
    private func identity(_ account: String) -> (profile: String, address: String?)? {
        if let id = AccountID(account) {
            return (id.description, nil)
        }
        return AccountAddress(parsing: account).map { address in
            (
                address.description,
                String(address.description.drop { $0 != ":" }.dropFirst())
            )
        }
    }

    private func words(_ error: ClientError) -> String {
        switch error.code {
        case .deviceRemoved:
            "this device was removed from the account and is signed out; start again to sign in anew"
        case .init("link_not_found"), .init("too_many_devices"):
            RejectionText.words(error.code.name)
        case .init("invalid_parameter"), .fileExists, .fileUnwritable:
            RejectionText.words(error.code.name, detail: error.detail)
        default: "\(server): \(error)"
        }
    }

    private func converse() async throws -> Int32 {
        let http = MartletHTTP(server: server)
        let (profile, credentials) = try await signIn(http)
        if search != nil || export != nil {
            try await ask(http, profile, credentials)
            return 0
        }
        guard to != nil || listen else {
            // Only to sign in.
            let name = account ?? credentials.accountID.description
            note("signed in; from now on: martlet chat --as \(name)")
            return 0
        }
        var configuration = DeviceSession.Configuration(
            credentials: credentials,
            position: profile.position
        )
        configuration.savePosition = { profile.save($0) }
        configuration.saveCredentials = { try? profile.save($0) }
        let isPiped = listen || !Terminal.isInteractive
        if isPiped {
            configuration.submissionsInFlightMax = inFlight
        }
        let session = DeviceSession(http: http, configuration: configuration)
        if isPiped {
            return await runPiped(session, credentials, profile)
        }
        return try await runInteractive(session, credentials, profile, http)
    }

    private func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("martlet chat: \(text)\n".utf8))
    }

    /// What the session ended with; a device that was removed forgets what it kept.
    private func ended(_ error: ClientError?, _ profile: ChatProfile) {
        guard let error else { return }
        if error.code == .deviceRemoved {
            profile.signOut()
        }
        note(words(error))
    }

    // MARK: Signing in

    private func signIn(_ http: MartletHTTP) async throws -> (ChatProfile, Credentials) {
        let identity = account.flatMap { self.identity($0) }
        let named = identity.map {
            ChatProfile.directoryDefault(for: $0.profile, server: http.server)
        }
        guard let directory = profile ?? named else { return try await signInByLink(http) }
        let profile = try ChatProfile(directory: directory)
        let signIn = SignIn(
            http: http,
            profile: profile,
            address: identity?.address,
            name: name,
            code: codeSource
        )
        return (profile, try await signIn.credentials())
    }

    /// Whose device this becomes, and so where its profile is, is known only from the link.
    private func signInByLink(_ http: MartletHTTP) async throws -> (ChatProfile, Credentials) {
        let credentials = try await http.acceptLink(
            linkToken ?? "",
            deviceName: SignIn.deviceName
        )
        let account = credentials.accountID.description
        let profile: ChatProfile
        do {
            profile = try ChatProfile(
                directory: ChatProfile.directoryDefault(for: account, server: http.server)
            )
            profile.signOut()
            try profile.save(credentials)
        } catch {
            // A device that nobody can use must not stay in the account.
            let device = credentials.deviceID
            _ = try? await http.set(.removeDevice(device), token: credentials.accessToken)
            throw error
        }
        if to != nil || listen {
            note("signed in; from now on: martlet chat --as \(account)")
        }
        return (profile, credentials)
    }

    /// Without the spaces and line ends that a token has when it was copied from a screen.
    private var linkToken: String? {
        link.map { $0.filter { !$0.isWhitespace } }
    }

    private var codeSource: SignIn.CodeSource {
        if let linkToken {
            return .link(linkToken)
        }
        if let code {
            return .given(code)
        }
        if let codeFile {
            return .file(VerificationFile(path: codeFile))
        }
        guard Terminal.isInteractive else {
            return .prompt { nil }
        }
        return .prompt {
            StandardOutput.write("The code that was sent to you: ")
            return readLine()
        }
    }

    // MARK: Between pipes

    private func ask(
        _ http: MartletHTTP,
        _ profile: ChatProfile,
        _ credentials: Credentials
    ) async throws {
        var configuration = DeviceSession.Configuration(credentials: credentials)
        configuration.saveCredentials = { try? profile.save($0) }
        let session = DeviceSession(http: http, configuration: configuration)
        let questions = PipeQuestions(
            services: ChatServices(http: http, session: session),
            write: { StandardOutput.write($0 + "\n") }
        )
        if let export { try await questions.export(to: export) }
        guard let search else { return }
        var place: ConversationID?
        if let target = to.flatMap({ ChatTarget(parsing: $0) }) {
            place = conversation(of: target, profile, credentials.accountID)
            guard place != nil else {
                throw ChatProfile.Failure(
                    description: "no conversation with \(target.text) is known here"
                )
            }
        }
        try await questions.search(search, in: place, countMax: count)
    }

    /// The conversation of a target, as far as this profile knows it.
    private func conversation(
        of target: ChatTarget,
        _ profile: ChatProfile,
        _ me: AccountID
    ) -> ConversationID? {
        target.conversation ?? target.account.map { ConversationID(directBetween: me, and: $0) }
            ?? profile.conversations[target.text]
    }

    private func runPiped(
        _ session: DeviceSession,
        _ credentials: Credentials,
        _ profile: ChatProfile
    ) async -> Int32 {
        let target = to.flatMap { ChatTarget(parsing: $0) }
        var options = PipeChat.Options()
        options.recipient = target?.recipient
        options.goal = wait.state
        options.inFlightMax = inFlight
        options.listens = listen
        options.receiveMax = count
        options.marksRead = !noRead
        options.timeout = timeout.map { .seconds($0) }
        let chat = PipeChat(
            session: session,
            me: credentials.accountID,
            options: options,
            clock: SystemClock(),
            write: { StandardOutput.write($0 + "\n") },
            learned: { conversation in
                if let target, target.conversation == nil {
                    profile.remember(conversation, of: target.text)
                }
            }
        )
        let interrupted = Terminal()
        interrupted.onSignals([SIGINT, SIGTERM]) { _ in
            Task { await session.stop() }
        }
        // A terminal is not for lines when it only listens.
        let isForLines = target != nil && isatty(STDIN_FILENO) == 0
        let result = await chat.run(lines: isForLines ? LineSource() : nil)
        ended(await chat.error, profile)
        return result
    }

    // MARK: In a terminal

    private func runInteractive(
        _ session: DeviceSession,
        _ credentials: Credentials,
        _ profile: ChatProfile,
        _ http: MartletHTTP
    ) async throws -> Int32 {
        guard let target = to.flatMap({ ChatTarget(parsing: $0) }) else { return 1 }
        let terminal = Terminal()
        let services = ChatServices(http: http, session: session)
        let surroundings = TerminalChat.Surroundings(
            history: { try await services.events(of: $0, $1) },
            search: { try await services.search($0) },
            export: { try await services.export(to: $0, progress: $1) },
            conversations: { try await services.conversations() },
            members: { try await services.members(of: $0) },
            requests: { try await services.requests(to: $0) },
            act: { try await services.act($0, $1, $2) },
            set: { try await services.set($0) },
            starred: { try await services.starred() },
            privacy: { try await services.privacy() },
            contacts: { try await services.contacts() },
            devices: { try await services.devices() },
            link: { try await services.link() },
            post: { try await services.post($0) },
            learned: { profile.remember($0, of: $1) },
            suspend: { terminal.suspend() }
        )
        let chat = TerminalChat(
            session: session,
            me: credentials.accountID,
            device: credentials.deviceID,
            target: target,
            addresses: profile.conversations,
            terminal: terminal,
            surroundings: surroundings,
            clock: SystemClock(),
            timeZone: .current
        )
        terminal.begin()
        defer { Terminal.restore() }
        terminal.onSignals([SIGWINCH]) { _ in
            Task { await chat.redraw() }
        }
        terminal.onSignals([SIGTERM, SIGHUP, SIGINT]) { _ in
            Task { await session.stop() }
        }
        let error = await chat.run(input: Terminal.input())
        Terminal.restore()
        ended(error, profile)
        return error == nil ? 0 : 1
    }
}
