import type { IncomingMessage, ServerResponse } from "node:http";
import type { OnError } from "./fetch.js";
import type { Policy, PolicyOptions } from "./index.js";

/**
 * Middleware for Express, connect, and every other `(request, response, next)`. Put it first: then errors carry the
 * headers too, whoever answers them.
 */
export declare function cors<Request extends IncomingMessage = IncomingMessage>(
  policy: Policy<Request> | PolicyOptions<Request>,
): (request: Request, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * A listener for `http.createServer` around a listener. What it throws, or rejects with, is answered with 500, and with
 * the headers.
 */
export declare function withCors(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  policy: Policy<IncomingMessage> | PolicyOptions<IncomingMessage>,
  options?: OnError<IncomingMessage>,
): (request: IncomingMessage, response: ServerResponse) => void;
