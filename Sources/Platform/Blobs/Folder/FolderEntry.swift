import Foundation

/// A name in a folder and what it names.
struct FolderEntry: Sendable {
    /// What a name names.
    enum Kind: Sendable {
        case file, folder, other
    }

    let name: String
    let kind: Kind

    init(_ name: String, _ type: Int, in folder: FolderHandle) throws(BlobError) {
        self.name = name
        switch type {
        case Int(DT_REG): kind = .file
        case Int(DT_DIR): kind = .folder
        case Int(DT_UNKNOWN):
            // Some file systems don't tell.
            switch try folder.status(of: name).map({ $0.st_mode & S_IFMT }) {
            case S_IFREG: kind = .file
            case S_IFDIR: kind = .folder
            default: kind = .other
            }
        default: kind = .other
        }
    }
}
