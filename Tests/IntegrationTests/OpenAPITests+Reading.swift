import TestKit

/// One message, search, catching up, and an account's data as a whole.
extension OpenAPITests {
    func readingExamples(
        _ token: String,
        _ conversation: String,
        _ message: String,
        _ history: String
    ) -> [Example] {
        let nobody = "00000000000000000000000001"
        let one = "/v1/messages/{id}"
        let search = "/v1/search"
        let sync = "/v1/sync"
        let export = "/v1/export"
        let here = "?conversation_id=\(conversation)"
        func get(
            _ path: String,
            _ status: Int,
            _ actual: String? = nil,
            token: String?
        ) -> Example {
            Example("GET", path, status, token: token, at: actual, server: history)
        }
        return [
            get(one, 200, "/v1/messages/\(message)\(here)", token: token),
            get(one, 401, "/v1/messages/\(message)\(here)", token: nil),
            get(one, 404, "/v1/messages/\(nobody)\(here)", token: token),
            get(one, 422, "/v1/messages/\(message)", token: token),
            get(search, 200, "\(search)?q=documented", token: token),
            get(search, 200, "\(search)\(here)&q=documented", token: token),
            get(search, 401, "\(search)?q=documented", token: nil),
            get(search, 404, "\(search)?q=x&conversation_id=\(nobody)", token: token),
            get(search, 422, "\(search)?q=%22open", token: token),
            get(sync, 200, token: token),
            get(sync, 401, token: nil),
            get(sync, 422, "\(sync)?since=x", token: token),
            get(export, 200, token: token),
            get(export, 401, token: nil),
        ]
    }
}
