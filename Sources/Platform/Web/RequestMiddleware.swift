import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Turns errors into problems, counts requests, and adds the headers that every answer has.
///
/// Logs and metrics name the route, never the path, the query or anything of the content.
struct RequestMiddleware<Context: RequestContext>: RouterMiddleware {
    private let metrics = RequestMetrics()

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch let problem as Problem {
            response = problem.response
        } catch let error as HTTPError {
            response = Self.problem(error.status).response
        } catch is NIOTooManyBytesError {
            response = Problem.bodyTooLarge.response
        } catch let error as any HTTPResponseError {
            response = Self.problem(error.status).response
        } catch is CancellationError {
            response = Problem(.internalError, "the server is shutting down").response
        } catch let error where Self.isOfConnection(error) {
            // The connection is of no use any more; the server answers 400 and closes it.
            throw error
        } catch {
            context.logger.error(
                "a request failed",
                metadata: ["route": "\(context.endpointPath ?? "-")", "kind": "\(type(of: error))"]
            )
            response = Problem(.internalError, "the server made a mistake").response
        }
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = "no-store"
        metrics.count(
            route: context.endpointPath ?? "none",
            method: request.method,
            status: response.status.code,
            duration: start.duration(to: .now)
        )
        return response
    }

    private static func isOfConnection(_ error: any Error) -> Bool {
        error is ChannelError || "\(type(of: error))" == "HTTPParserError"
    }

    private static func problem(_ status: HTTPResponse.Status) -> Problem {
        switch status.code {
        case 404: Problem(.notFound, "there is nothing at this path")
        case 405: Problem(.methodNotAllowed, "this path does not take this method")
        case 413: .bodyTooLarge
        case 415: Problem(.unsupportedMediaType, "the body must be application/json")
        case 400..<500: Problem(.invalidParameter, "the request can't be understood")
        default: Problem(.internalError, "the server made a mistake")
        }
    }
}

extension Problem {
    static let bodyTooLarge = Problem(.bodyTooLarge, "the body is larger than 256 KiB")
}
