import Persistence

await PersistenceCommand.main()
