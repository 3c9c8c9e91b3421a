import Configuration
import Logging
import ServiceKit

/// A gateway's configuration.
enum DirectorySample {
    static func context(
        host: String = "127.0.0.1",
        port: Int = 8080,
        settings: [String: ConfigValue] = [:]
    ) -> ServiceContext {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in settings {
            values[AbsoluteConfigKey(key.split(separator: ".").map(String.init))] = value
        }
        return ServiceContext(
            name: .gateway,
            instance: "gateway-1",
            dataDirectory: "/nowhere",
            brokers: "127.0.0.1:1",
            host: host,
            port: port,
            adminPort: 0,
            config: ConfigReader(provider: InMemoryProvider(values: values)),
            logger: LogCapture().logger
        )
    }
}
