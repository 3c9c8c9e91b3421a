import ArgumentParser
import Router

/// In a function: at the top level the `main` that does not wait would be chosen.
@MainActor func start() async {
    await RouterCommand.main()
}

await start()
