import ArgumentParser
import Delivery

await DeliveryCommand.main()
