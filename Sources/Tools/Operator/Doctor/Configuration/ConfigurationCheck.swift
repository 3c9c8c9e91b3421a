import Foundation
import ServiceKit
import Web

/// Looks at the configuration file, the environment, and who may read the data folder and the keys.
struct ConfigurationCheck: DoctorCheck {
    /// Who may do what with a file or a folder.
    struct Access: Sendable, Equatable {
        /// The nine bits of its mode.
        var mode: Int
    }

    /// What was gathered.
    struct Facts: Sendable {
        var file: ConfigurationFile
        var environment: [String: String]
        var blobsURL: String
        var data: String
        /// `nil`: there is no such folder.
        var dataAccess: Access?
        /// `nil`: there is no such file.
        var keysAccess: Access?
        /// Why the keys can't be used.
        var keysFault: String?
    }

    let name = "configuration"

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let data = context.settings.data
        let keys = data + "/keys/installation.json"
        var facts = Facts(
            file: context.settings.file,
            environment: context.settings.environment,
            blobsURL: context.settings.blobsURL,
            data: data,
            dataAccess: Self.access(data),
            keysAccess: Self.access(keys)
        )
        // Only if they are there: it would make them.
        if facts.keysAccess != nil {
            do {
                _ = try InstallationKeys.load(dataDirectory: data)
            } catch {
                facts.keysFault = "\(error)"
            }
        }
        return Self.judge(facts)
    }

    private static func access(_ path: String) -> Access? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Access(mode: Int(status.st_mode) & 0o777)
    }

    static func judge(_ facts: Facts) -> [DoctorFinding] {
        let findings =
            judge(facts.file) + judge(environment: facts.environment, blobsURL: facts.blobsURL)
            + judgeFolder(facts)
        guard findings.isEmpty else { return findings }
        let source = facts.file.exists ? facts.file.path : "no file, all as it is by default"
        return [.ok("\(source); data in \(facts.data)")]
    }

    private static func judge(_ file: ConfigurationFile) -> [DoctorFinding] {
        if let fault = file.fault {
            return [
                .fail(
                    .configurationUnreadable,
                    "\(file.path): \(fault)",
                    do: "correct it, or name another with --config: no service starts with it"
                )
            ]
        }
        let lines = Dictionary(file.entries.map { ($0.key, $0.line) }) { first, _ in first }
        var findings = SettingCatalogue.unknownKeys(file.entries.map(\.key)).map { unknown in
            DoctorFinding.warn(
                .settingUnknown,
                "\(file.path), line \(lines[unknown.key] ?? 0): there is no setting \(unknown.key)",
                do: unknown.nearest.map { "it may be that \($0) is meant" }
                    ?? "remove it: nothing reads it"
            )
        }
        for entry in file.entries {
            guard let setting = SettingCatalogue.byKey[entry.key],
                let complaint = complaint(setting, entry.value)
            else { continue }
            findings.append(
                .fail(
                    .settingInvalid,
                    "\(file.path), line \(entry.line): \(entry.key) \(complaint)",
                    do: "correct it: a service that reads it does not start, or not as you want it"
                )
            )
        }
        return findings
    }

    private static func complaint(_ setting: Setting, _ value: String?) -> String? {
        guard let value else { return "must be one value" }
        // As if it were not there.
        return value.isEmpty ? nil : setting.complaint(about: value)
    }

    private static func judge(
        environment: [String: String],
        blobsURL: String
    ) -> [DoctorFinding] {
        var findings = SettingCatalogue.unknownVariables(environment.keys).map { unknown in
            DoctorFinding.warn(
                .variableUnknown,
                "the environment has \(unknown.key), which nothing reads",
                do: unknown.nearest.map { "it may be that \($0) is meant" } ?? "unset it"
            )
        }
        for (variable, key) in SettingCatalogue.byVariable.sorted(by: { $0.key < $1.key }) {
            guard let value = environment[variable], !value.isEmpty,
                let complaint = SettingCatalogue.byKey[key]?.complaint(about: value)
            else { continue }
            findings.append(
                .fail(.settingInvalid, "\(variable) \(complaint)", do: "correct it, or unset it")
            )
        }
        let credentials = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        let missing = credentials.filter { (environment[$0] ?? "").isEmpty }
        if blobsURL.hasPrefix("s3:"), !missing.isEmpty {
            findings.append(
                .warn(
                    .credentialsMissing,
                    "blobs.url names S3, and here \(missing.joined(separator: " and ")) is not set",
                    do: "set it for the services, and where this command runs"
                )
            )
        }
        return findings
    }

    private static func judgeFolder(_ facts: Facts) -> [DoctorFinding] {
        guard let access = facts.dataAccess else {
            return [
                .fail(
                    .dataFolderMissing,
                    "there is no data folder \(facts.data)",
                    do: "name the installation's with --data; `martlet up` makes a new one"
                )
            ]
        }
        var findings: [DoctorFinding] = []
        if access.mode & 0o077 != 0 {
            findings.append(
                .warn(
                    .dataFolderOpen,
                    "others than its owner may look into \(facts.data) (mode \(octal(access)))",
                    do: "chmod 700 \(facts.data)"
                )
            )
        }
        let keys = facts.data + "/keys/installation.json"
        guard let keysAccess = facts.keysAccess else {
            findings.append(
                .warn(
                    .keysMissing,
                    "there are no keys yet (\(keys))",
                    do: "none are needed before the first start; of an installation with accounts, "
                        + "bring them back from a copy before anything starts"
                )
            )
            return findings
        }
        if keysAccess.mode & 0o077 != 0 {
            findings.append(
                .fail(
                    .keysOpen,
                    "others than its owner may read \(keys) (mode \(octal(keysAccess)))",
                    do: "chmod 600 \(keys); who has read it can make tokens for any account"
                )
            )
        }
        if let fault = facts.keysFault {
            findings.append(
                .fail(
                    .keysUnusable,
                    fault,
                    do: "bring the file back from a copy; without it every account is another one"
                )
            )
        }
        return findings
    }

    private static func octal(_ access: Access) -> String { String(access.mode, radix: 8) }
}
