import HTTPTypes
import Hummingbird
import NIOCore
import Stores
import Web

extension HistoryRoutes {
    /// All of an account's data: made first, so that whatever goes wrong can still be said, and given up when the client is gone.
    ///
    /// Whether it is still there is read off the connection, which takes no other request after that.
    func export(
        _ request: Request,
        _ context: BasicRequestContext,
        _ viewer: Viewer
    ) async throws -> Response {
        let exports = exports
        var response: Response
        do {
            let made = try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await exports.make(for: viewer)
            }
            response = Self.response(made.export, made.turn, exports)
        } catch let error as StoreError {
            response = Self.problem(error, context.logger).response
        } catch let problem as Problem {
            response = problem.response
        }
        response.headers[.connection] = "close"
        return response
    }

    private static func response(
        _ export: ExportReader,
        _ turn: Exports.Turn,
        _ exports: Exports
    ) -> Response {
        let size = export.size
        let body = ResponseBody(contentLength: size) { writer in
            var sent = 0
            while sent < size {
                let bytes = try await exports.next(of: export)
                guard !bytes.isEmpty else { throw ExportReader.CutShort() }
                sent += bytes.count
                // Who has all of it may ask for another at once.
                if sent == size { turn.end() }
                try await writer.write(ByteBuffer(bytes: bytes))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/zip",
                .contentDisposition: "attachment; filename=\"martlet-export.zip\"",
            ],
            body: body
        )
    }
}
