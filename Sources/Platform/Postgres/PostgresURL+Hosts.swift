import CPostgres

extension PostgresURL {
    /// The parameters to connect with, one host after the other.
    ///
    /// libpq would ask several hosts by itself, but its own blocking call is the only one that turns to the next when one does not answer.
    var attempts: [[String: String]] {
        let all = withDefaults
        let hosts = Self.list(all["host"])
        let addresses = Self.list(all["hostaddr"])
        let ports = Self.list(all["port"])
        let count = max(hosts.count, addresses.count)
        // What does not go together, and the hosts of a service's file, are left to libpq.
        guard count > 1, parameters["service"] == nil,
            [0, count].contains(hosts.count), [0, count].contains(addresses.count),
            [0, 1, count].contains(ports.count)
        else { return [parameters] }
        var attempts = (0..<count).map { place in
            var attempt = parameters
            if hosts.count == count { attempt["host"] = hosts[place] }
            if addresses.count == count { attempt["hostaddr"] = addresses[place] }
            if ports.count == count { attempt["port"] = ports[place] }
            return attempt
        }
        if all["load_balance_hosts"] == "random" { attempts.shuffle() }
        guard all["target_session_attrs"] == "prefer-standby" else { return attempts }
        // Alone, each host would be what is preferred.
        return ["standby", "any"].flatMap { kind in
            attempts.map { $0.merging(["target_session_attrs": kind]) { $1 } }
        }
    }

    /// Whether both lead to the same database, as far as can be told without asking anybody: to the same hosts, as they are written, ports and database.
    ///
    /// Who logs in, and how, makes no difference.
    public func isSameDatabase(as other: PostgresURL) -> Bool { identity == other.identity }

    private var identity: [String] {
        let all = withDefaults
        let addresses = Self.list(all["hostaddr"])
        let hosts = addresses.isEmpty ? Self.list(all["host"]) : addresses
        let ports = Self.list(all["port"])
        let places = hosts.enumerated().map { place, host in
            let port = ports.count == hosts.count ? ports[place] : ports.first ?? ""
            return "\(host.lowercased()):\(port.isEmpty ? "5432" : port)"
        }
        let local = hosts.isEmpty ? [ports.first ?? ""] : []
        return places + local + [all["service"] ?? "", all["dbname"] ?? all["user"] ?? ""]
    }

    /// The parameters as libpq will complete them from its environment variables and defaults.
    private var withDefaults: [String: String] {
        guard let options = PQconndefaults() else { return parameters }
        defer { PQconninfoFree(options) }
        return Self.values(of: options).merging(parameters) { $1 }
    }

    /// The elements of a list with commas, empty ones included.
    private static func list(_ text: String?) -> [String] {
        guard let text, !text.isEmpty else { return [] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}
