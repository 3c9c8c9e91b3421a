import Receipts

await ReceiptsCommand.main()
