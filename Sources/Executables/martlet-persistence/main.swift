import ArgumentParser
import Persistence

/// In a function: at the top level the `main` that does not wait would be chosen.
@MainActor func start() async {
    await PersistenceCommand.main()
}

await start()
