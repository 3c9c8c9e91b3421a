import Push

await PushCommand.main()
