import Delivery

await DeliveryCommand.main()
