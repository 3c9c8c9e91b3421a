/// A step of putting a blob into a folder at which the file system can fail or the process can die.
enum FolderStep: Hashable, Sendable, CaseIterable {
    case makeFolder, create, write, syncFile, rename, syncFolder
}

/// Says before each step what it fails with, for tests: an error number, 0 for none.
typealias FolderProbe = @Sendable (FolderStep) -> Int32
