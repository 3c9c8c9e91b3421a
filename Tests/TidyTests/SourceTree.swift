import Foundation

/// A Swift file of this package, with its comments and string literals blanked out.
struct SourceFile {
    /// Relative to the repository: `Sources/Core/Events/Topic.swift`.
    let path: String
    /// The text as it stands.
    let lines: [Substring]
    /// The same lines with spaces in the place of comments and of what stands between quotation marks.
    let code: [String]

    /// The target it belongs to: `Events`.
    var target: String {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case "Tests": return parts[1]
        case "Sources" where parts[1] == "TestKit": return "TestKit"
        default: return parts[2]
        }
    }
}

/// What is checked: everything that was written by hand.
enum SourceTree {
    static let root: String = {
        let here = URL(fileURLWithPath: #filePath)
        return here.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }()

    static let sources = files(below: "Sources")
    static let tests = files(below: "Tests")

    /// The folders of library targets: `Sources/Core/Events`.
    static let libraries: [String] = {
        var folders = ["Sources/TestKit"]
        for layer in ["Core", "Platform", "Services", "Tools"] {
            let names = try? FileManager.default.contentsOfDirectory(
                atPath: "\(root)/Sources/\(layer)"
            )
            folders += (names ?? []).sorted().map { "Sources/\(layer)/\($0)" }
        }
        return folders.filter { folder in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(
                atPath: "\(root)/\(folder)",
                isDirectory: &isFolder
            ) && isFolder.boolValue
        }
    }()

    static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: "\(root)/\(path)").map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private static func files(below folder: String) -> [SourceFile] {
        guard let walk = FileManager.default.enumerator(atPath: "\(root)/\(folder)") else {
            return []
        }
        let paths = walk.compactMap { $0 as? String }.filter {
            $0.hasSuffix(".swift") && !$0.contains("/Generated/")
        }
        return paths.sorted().compactMap { name in
            let path = "\(folder)/\(name)"
            guard let text = read(path) else { return nil }
            let code = SwiftText.withoutCommentsAndLiterals(text)
            return SourceFile(
                path: path,
                lines: text.split(separator: "\n", omittingEmptySubsequences: false),
                code: code.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            )
        }
    }
}
