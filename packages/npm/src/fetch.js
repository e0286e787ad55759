// Handlers of the Fetch standard's Request and Response: Hono, Next.js, Cloudflare Workers, Deno, Bun, Remix.
import { ANSWER, mergedVary, policyOf } from "./policy.js";

/**
 * A handler around a handler. What it throws, or rejects with, is answered with 500, and with the headers; `onError`
 * hears of it.
 */
export function withCors(handler, policy, { onError = console.error } = {}) {
  const compiled = policyOf(policy);
  const run = typeof handler === "function" ? handler : handler.fetch.bind(handler);
  return function corsage(request, ...rest) {
    const fail = (error) => {
      onError(error, request);
      return new Response(null, { status: 500 });
    };
    const settle = (answer) => {
      if (answer.status !== 0) return answered(answer);
      let response;
      try {
        response = run.call(this, request, ...rest);
      } catch (error) {
        response = fail(error);
      }
      if (typeof response?.then !== "function") return dressed(response, answer);
      return response.then(undefined, fail).then((response) => dressed(response, answer));
    };
    const answer = answerTo(compiled, request);
    return answer instanceof Promise ? answer.then(settle) : settle(answer);
  };
}

export function answerTo(policy, request) {
  const { headers } = request;
  const origin = headers.get("origin") ?? undefined;
  const asked = request.method === "OPTIONS" ? headers.get("access-control-request-method") ?? undefined : undefined;
  return policy[ANSWER](request.method, origin, asked, request, head);
}

function head({ url, headers }) {
  return { target: url, get: (name) => headers.get(name) ?? undefined };
}

/** Headers of answers that are remembered: a response copies them sooner than it checks each again. */
const PREPARED = new WeakMap();

/** The answer in the handler's place. */
export function answered(answer) {
  let headers = PREPARED.get(answer);
  if (headers === undefined) {
    headers = new Headers();
    put(headers, answer);
    PREPARED.set(answer, headers);
  }
  return new Response(null, { status: answer.status, headers });
}

/** The handler's response with the policy's headers. Those that came from `fetch()` cannot be changed, so they are copied. */
export function dressed(response, answer) {
  // A WebSocket's: there is no page to read it.
  if (response.status === 101) return response;
  try {
    put(response.headers, answer);
    return response;
  } catch {
    const copy = new Response(response.body, response);
    put(copy.headers, answer);
    return copy;
  }
}

/** What a browser reads; to look through all that a handler has set costs more. */
const CORS_HEADERS = ["origin", "credentials", "methods", "headers", "private-network"]
  .map((name) => `access-control-allow-${name}`)
  .concat("access-control-expose-headers", "access-control-max-age");

export function put(headers, { lines, vary }) {
  for (const name of CORS_HEADERS) if (headers.has(name)) headers.delete(name);
  for (let at = 0; at < lines.length; at += 2) headers.set(lines[at], lines[at + 1]);
  if (vary === undefined) return;
  const present = headers.get("vary");
  headers.set("vary", present === null ? vary : mergedVary(present, vary));
}
