// node:http and whatever is made of it. The headers go on when the head is written, so they are on everything: on what
// error handlers answer too, which take away what was set before.
import { ANSWER, isCorsHeader, mergedVary, policyOf } from "./policy.js";

const WORN = Symbol("corsage.worn");
const INNER = Symbol("corsage.writeHead");

/** Middleware for Express, connect, NestJS on Express, and every other `(request, response, next)`. */
export function cors(policy) {
  const compiled = policyOf(policy);
  return function corsage(request, response, next) {
    const answer = answerTo(compiled, request);
    if (answer instanceof Promise) answer.then((answer) => settle(answer, response, next), next);
    else settle(answer, response, next);
  };
}

function settle(answer, response, next) {
  if (answer.status === 0) {
    wear(response, answer);
    next();
  } else {
    finish(response, answer);
  }
}

/**
 * A listener for `http.createServer` around a listener. What it throws, or rejects with, is answered with 500, and with
 * the headers; `onError` hears of it.
 */
export function withCors(listener, policy, { onError = console.error } = {}) {
  const middleware = cors(policy);
  return function corsage(request, response) {
    const fail = (error) => {
      onError(error, request);
      if (response.headersSent) return response.destroy();
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      response.writeHead(500, { "content-length": "0" });
      response.end();
    };
    middleware(request, response, (error) => {
      if (error !== undefined) return fail(error);
      try {
        const result = listener.call(this, request, response);
        if (typeof result?.then === "function") result.then(undefined, fail);
      } catch (error) {
        fail(error);
      }
    });
  };
}

export function answerTo(policy, request) {
  const { headers } = request;
  return policy[ANSWER](request.method, headers.origin, headers["access-control-request-method"], request, head);
}

function head({ url, headers }) {
  return { target: url, get: (name) => headers[name] ?? (name === "host" ? headers[":authority"] : undefined) };
}

/** Has a response carry an answer's lines, whoever writes its head. */
export function wear(response, answer) {
  if (response[WORN] === undefined) {
    response[INNER] = response.writeHead;
    response.writeHead = writeHead;
  }
  response[WORN] = answer;
}

/** Answers in the handler's place. */
export function finish(response, answer) {
  if (response[WORN] !== undefined) response[WORN] = answer;
  put(response, answer);
  if (answer.status !== 204) response.setHeader("content-length", "0");
  response.writeHead(answer.status);
  response.end();
}

function writeHead(status, reason, headers) {
  if (typeof reason !== "string") {
    headers = reason ?? headers;
    reason = undefined;
  }
  if (!this.headersSent) {
    if (headers !== undefined && headers !== null) {
      if (!Array.isArray(headers) && this.getHeaderNames().length === 0) {
        headers = merged(headers, this[WORN]);
        return reason === undefined ? this[INNER](status, headers) : this[INNER](status, reason, headers);
      }
      setAll(this, headers);
    }
    put(this, this[WORN]);
  }
  return reason === undefined ? this[INNER](status) : this[INNER](status, reason);
}

/** The lines beside a plain object of headers: nothing else is set on the response. */
function merged(headers, { lines, vary }) {
  const all = {};
  for (const name in headers) {
    const lower = name.toLowerCase();
    if (lower === "vary") vary = vary === undefined ? String(headers[name]) : mergedVary(String(headers[name]), vary);
    else if (!isCorsHeader(lower)) all[name] = headers[name];
  }
  for (let at = 0; at < lines.length; at += 2) all[lines[at]] = lines[at + 1];
  if (vary !== undefined) all.vary = vary;
  return all;
}

function setAll(response, headers) {
  if (!Array.isArray(headers)) {
    for (const name in headers) response.setHeader(name, headers[name]);
    return;
  }
  const pairs = Array.isArray(headers[0]) ? headers.flat() : headers;
  for (let at = 0; at < pairs.length; at += 2) response.removeHeader(pairs[at]);
  for (let at = 0; at < pairs.length; at += 2) response.appendHeader(pairs[at], pairs[at + 1]);
}

function put(response, { lines, vary }) {
  for (const name of response.getHeaderNames()) if (isCorsHeader(name)) response.removeHeader(name);
  for (let at = 0; at < lines.length; at += 2) response.setHeader(lines[at], lines[at + 1]);
  if (vary === undefined) return;
  const present = response.getHeader("vary");
  response.setHeader("vary", present === undefined ? vary : mergedVary(String(present), vary));
}
