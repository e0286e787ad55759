// What pages can fetch, asserted: the browser's half of the engine judges.
import * as http from "node:http";
import * as https from "node:https";
import * as explaining from "#explain-engine";

/** Whose URL a path is taken for: an application in memory answers for any. */
const IN_MEMORY = "https://api.example";

/** Asserts that a page gets a response it may read; resolves with its status and headers, as the page sees them. */
export async function assertPageCan(app, request, options) {
  const { page, fetch, results } = await judged(app, request, options);
  for (const { browser, failure } of results) {
    if (failure !== undefined) throw failed(`${page} cannot ${fetch}${as(browser, results)}\n\n${failure}`, assertPageCan);
  }
  return seen(results[0]);
}

/** Asserts that browsers keep the response from a page; resolves with the code of what blocks. */
export async function assertPageCannot(app, request, options) {
  const { page, fetch, results } = await judged(app, request, options);
  for (const { browser, failure, judged, status } of results) {
    if (failure === undefined) {
      throw failed(`${page} can ${fetch}: as ${browser} judges, it reads a response of status ${status}`, assertPageCannot);
    }
    if (!judged) throw failed(`whether ${page} can ${fetch} was not judged\n\n${failure}`, assertPageCannot);
  }
  return results[0].code;
}

/** Matchers for `expect.extend`, in vitest and jest. */
export const matchers = {
  async toBeReadableBy(app, origin, request = "/", options = {}) {
    const { page, fetch, results } = await judged(app, request, { ...options, origin });
    const wrong = this.isNot
      ? results.find(({ failure, judged }) => failure === undefined || !judged)
      : results.find(({ failure }) => failure !== undefined);
    const message = () => {
      if (wrong === undefined) return `${page} ${this.isNot ? "cannot" : "can"} ${fetch}`;
      const { browser, failure, status } = wrong;
      if (failure === undefined) return `${page} can ${fetch}: as ${browser} judges, it reads a response of status ${status}`;
      if (this.isNot) return `whether ${page} can ${fetch} was not judged\n\n${failure}`;
      return `${page} cannot ${fetch}${as(browser, results)}\n\n${failure}`;
    };
    // Whatever was not judged fails, with and without `not`.
    return { pass: this.isNot ? wrong !== undefined : wrong === undefined, message };
  },
};

const as = (browser, results) => (results.length > 1 ? `, as ${browser} judges` : "");
const seen = ({ status, headers }) => ({ status, headers: new Headers(headers) });

function failed(message, from) {
  const error = new Error(message);
  error.name = "AssertionError";
  Error.captureStackTrace?.(error, from);
  return error;
}

async function judged(app, request, options = {}) {
  const asked = await describe(request, options);
  const { answer, close, base } = await serverOf(app);
  asked.url = new URL(asked.url, base).href;
  try {
    const engine = explaining.engine();
    const told = await engine.page_fetch(JSON.stringify(asked), {
      answer: async (message) => JSON.stringify(await answer(JSON.parse(message))),
    });
    return JSON.parse(told);
  } catch (problem) {
    throw typeof problem === "string" ? new TypeError(problem) : problem;
  } finally {
    await close?.();
  }
}

/** A request as strings; a `Request` of the Fetch standard is read too. */
async function describe(request, { origin = "https://page.example", ...options }) {
  if (request instanceof Request) {
    const body = request.body === null ? undefined : Buffer.from(await request.clone().arrayBuffer()).toString("latin1");
    const { url, method, credentials, redirect, mode } = request;
    request = { url, method, headers: [...request.headers], body, credentials, redirect, mode };
  } else if (typeof request === "string" || request instanceof URL) {
    request = { url: String(request) };
  }
  const { headers = [], body, browsers = ["standard"], ...rest } = { ...options, ...request };
  const pairs = headers instanceof Headers || Array.isArray(headers) ? [...headers] : Object.entries(headers);
  const text = (value) => Buffer.from(String(value), "utf8").toString("latin1");
  return {
    ...rest,
    url: String(rest.url ?? "/"),
    origin,
    browsers: browsers === "all" ? ["standard", "chromium", "firefox", "webkit"] : browsers,
    headers: pairs.map(([name, value]) => [String(name), text(value)]),
    ...(body !== undefined && { body: request.body === body && typeof body === "string" ? body : text(body) }),
  };
}

/** Whoever answers for an application. */
async function serverOf(app) {
  if (typeof app === "string" || app instanceof URL) return { answer: overSocket, base: String(app) };
  if (typeof app?.inject === "function") return { answer: (message) => injected(app, message), base: IN_MEMORY };
  if (typeof app?.fetch === "function") return { answer: (message) => fetched(app.fetch.bind(app), message), base: IN_MEMORY };
  if (typeof app?.callback === "function") return listening(http.createServer(app.callback()));
  if (typeof app?.getHttpAdapter === "function") {
    await app.init();
    return listening(http.createServer(app.getHttpAdapter().getInstance()));
  }
  if (app instanceof http.Server) return app.listening ? atPort(app) : listening(app);
  if (typeof app !== "function") throw new TypeError("an application is wanted: a URL, a handler, or what a framework makes");
  // Handlers of the Fetch standard take a request; listeners of Node take a response too.
  return app.length < 2 ? { answer: (message) => fetched(app, message), base: IN_MEMORY } : listening(http.createServer(app));
}

async function listening(server) {
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { ...atPort(server), close };
}

const atPort = (server) => ({ answer: overSocket, base: `http://127.0.0.1:${server.address().port}` });

async function fetched(handler, { method, url, headers, body }) {
  const init = { method, headers };
  if (body !== "" && method !== "GET" && method !== "HEAD") init.body = Buffer.from(body, "latin1");
  const response = await handler(new Request(url, init));
  const pairs = [...response.headers];
  response.body?.cancel().catch(() => {});
  return { status: response.status, headers: pairs };
}

async function injected(app, { method, url, headers, body }) {
  const { pathname, search } = new URL(url);
  const response = await app.inject({
    method,
    url: pathname + search,
    headers: Object.fromEntries(headers),
    ...(body !== "" && { payload: Buffer.from(body, "latin1") }),
  });
  const pairs = Object.entries(response.headers).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, String(value)]));
  return { status: response.statusCode, headers: pairs };
}

function overSocket({ method, url, headers, body }) {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http;
    const sent = request(url, { method, headers: headers.flat(), agent: false });
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      const pairs = [];
      for (let at = 0; at < response.rawHeaders.length; at += 2) {
        pairs.push([response.rawHeaders[at], response.rawHeaders[at + 1]]);
      }
      resolve({ status: response.statusCode, headers: pairs });
    });
    sent.end(Buffer.from(body, "latin1"));
  });
}
