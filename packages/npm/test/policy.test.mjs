import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as http from "node:http";
import { Policy, PolicyError, withCors } from "corsage";
import { cors } from "corsage/express";
import { withCors as nodeWithCors } from "corsage/node";
import { fromCors } from "corsage/from-cors";

const request = (method, headers) => new Request("https://api.example/", { method, headers });
const preflight = (origin, headers) => request("OPTIONS", { origin, "access-control-request-method": "PUT", ...headers });

test("a policy tells everything that is wrong with it at once, in JavaScript's words", () => {
  assert.throws(() => new Policy({ allowOrigins: ["https://app.example/", "app.example", "*"], allowCredentials: true }), (error) => {
    assert.ok(error instanceof PolicyError);
    const codes = error.problems.map(({ code }) => code);
    for (const code of ["trailing-slash", "no-scheme", "wildcard-with-credentials"]) assert.ok(codes.includes(code), codes.join());
    assert.equal(error.problems[0].field, "allowOrigins");
    assert.match(error.message, /trailing-slash/);
    return true;
  });
  assert.throws(() => new Policy({ allowOrigin: ["https://app.example"] }), /unknown field `allowOrigin`/);
  assert.throws(() => new Policy({ allowOrigins: ["https://app.example"], maxAge: 1.5 }), /whole number/);
  assert.throws(() => cors("https://app.example"), /a policy is wanted/);
});

test("decisions are told with their reason", () => {
  const policy = new Policy({ allowOrigins: ["https://app.example"] });
  const decided = policy.decide({ headers: { origin: "https://evil.example" } });
  assert.equal(decided.outcome, "withhold");
  assert.equal(decided.reason, "origin-not-allowed");
});

test("what a handler throws is answered with the headers, and told", async () => {
  const told = [];
  const handler = withCors(async () => { throw new Error("on purpose"); }, { allowOrigins: ["https://app.example"] }, { onError: (error) => told.push(error.message) });
  const response = await handler(request("GET", { origin: "https://app.example" }));
  assert.equal(response.status, 500);
  assert.equal(response.headers.get("access-control-allow-origin"), "https://app.example");
  assert.deepEqual(told, ["on purpose"]);
});

test("origins are looked up, and whatever goes wrong there admits nobody", async () => {
  const answers = { "https://yes.example": true, "https://no.example": false };
  const policy = new Policy({
    lookupLimit: 50,
    allowOriginsWhere(origin) {
      if (origin === "https://late.example") return new Promise(() => {});
      if (origin === "https://broken.example") throw new Error("no database");
      return Promise.resolve(answers[origin]);
    },
  });
  const handler = withCors(() => new Response("ok"), policy);
  for (const [origin, admitted] of [["https://yes.example", true], ["https://no.example", false], ["https://late.example", false], ["https://broken.example", false], ["no origin", false]]) {
    const response = await handler(request("GET", { origin }));
    assert.equal(response.headers.get("access-control-allow-origin"), admitted ? origin : null, origin);
    assert.match(response.headers.get("vary"), /Origin/);
    const answer = await handler(preflight(origin));
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get("access-control-allow-origin"), admitted ? origin : null, origin);
  }
});

test("more origins than are remembered are answered rightly all the same", () => {
  const handler = withCors(() => new Response("ok"), { allowOrigins: ["https://*.app.example"] });
  for (let at = 0; at < 3000; at++) {
    const origin = at % 3 === 0 ? `https://evil${at}.example` : `https://x${at}.app.example`;
    const response = handler(request("GET", { origin }));
    assert.equal(response.headers.get("access-control-allow-origin"), at % 3 === 0 ? null : origin);
  }
});

test("writes of strangers are refused where the policy says so, whoever asks through which door", async () => {
  const policy = new Policy({ allowOrigins: ["https://app.example"], disallowedWrites: "refuse" });
  let ran = 0;
  const handler = withCors(() => { ran++; return new Response("ok"); }, policy);
  assert.equal((await handler(request("POST", { origin: "https://evil.example" }))).status, 403);
  assert.equal((await handler(request("POST", { origin: "https://app.example" }))).status, 200);
  assert.equal((await handler(request("POST", { origin: "https://api.example", "sec-fetch-site": "same-origin" }))).status, 200);
  assert.equal(ran, 2);
});

test("responses that cannot be changed are copied; what handlers say of CORS is replaced; Vary is kept", async () => {
  const server = http.createServer((_, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Vary", ["Accept-Encoding", "origin"]);
    response.end("far");
  }).listen(0);
  const { port } = server.address();
  const handler = withCors(() => fetch(`http://127.0.0.1:${port}`), { allowOrigins: ["https://a.example", "https://b.example"] });
  const response = await handler(request("GET", { origin: "https://a.example" }));
  assert.equal(response.headers.get("access-control-allow-origin"), "https://a.example");
  assert.equal(response.headers.get("vary").toLowerCase(), "accept-encoding, origin");
  assert.equal(await response.text(), "far");
  server.close();
});

test("every way to write a head on node:http is the same", async () => {
  const ways = [
    (response) => response.writeHead(201, { "Access-Control-Allow-Origin": "*", Vary: "Accept", "X-Own": "1" }),
    (response) => response.writeHead(201, "Made", { "access-control-allow-origin": "*", vary: "Accept", "x-own": "1" }),
    (response) => response.writeHead(201, ["Access-Control-Allow-Origin", "*", "Vary", "Accept", "X-Own", "1"]),
    (response) => { response.statusCode = 201; response.setHeader("vary", "Accept"); response.setHeader("x-own", "1"); response.setHeader("access-control-allow-origin", "*"); },
    (response) => { response.setHeader("vary", "Accept"); response.writeHead(201, { "x-own": "1" }); },
    (response) => { response.statusCode = 201; response.setHeader("vary", "Accept"); response.setHeader("x-own", "1"); response.flushHeaders(); },
  ];
  for (const way of ways) {
    const server = http.createServer(nodeWithCors((_, response) => { way(response); response.end(); }, { allowOrigins: ["https://a.example", "https://b.example"] })).listen(0);
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { origin: "https://b.example" } });
    assert.deepEqual([response.status, response.headers.get("access-control-allow-origin"), response.headers.get("vary"), response.headers.get("x-own")],
      [201, "https://b.example", "Accept, Origin", "1"], String(way));
    server.close();
  }
});

test("CommonJS has the same, and policies go from one to the other", async () => {
  const require = createRequire(import.meta.url);
  const { Policy: Other } = require("corsage");
  const { withCors: otherWithCors } = require("corsage/fetch");
  for (const [wrap, policy] of [[otherWithCors, new Policy({ allowOrigins: ["https://a.example"] })], [withCors, new Other({ allowOrigins: ["https://a.example"] })]]) {
    const response = await wrap(() => new Response("ok"), policy)(request("GET", { origin: "https://a.example" }));
    assert.equal(response.headers.get("access-control-allow-origin"), "https://a.example");
  }
  for (const name of ["express", "fastify", "hono", "koa", "nestjs", "next", "node", "test", "run", "from-cors"]) {
    assert.ok(Object.keys(require(`corsage/${name}`)).length > 0, name);
  }
});

test("options of cors do what they did, and what they let pages do is told", async () => {
  const told = [];
  const policy = fromCors({ origin: [/example\.com$/, "https://app.example"], credentials: true, maxAge: 600, methods: ["GET", "PUT"] }, {}, { warn: (text) => told.push(text) });
  const handler = withCors(() => new Response("ok"), policy);
  for (const [origin, admitted] of [["https://app.example", true], ["https://www.example.com", true], ["https://example.org", false]]) {
    const response = await handler(request("GET", { origin }));
    assert.equal(response.headers.get("access-control-allow-origin"), admitted ? origin : null, origin);
  }
  const answer = await handler(preflight("https://app.example", { "access-control-request-headers": "x-any" }));
  assert.equal(answer.headers.get("access-control-allow-methods"), "PUT");
  assert.equal(answer.headers.get("access-control-allow-headers"), "x-any");
  assert.equal(answer.headers.get("access-control-max-age"), "600");
  // The unanchored expression, found by the model of `cors`.
  assert.ok(told.some((text) => /evil|unanchored|anchor|suffix|strangers/i.test(text)), told.join("\n"));
  assert.throws(() => fromCors({ origin: true, credentials: true }, {}, { warn() {} }), PolicyError);
  fromCors({ origin: true, credentials: true }, { tolerate: { "any-origin-with-credentials": "a test" } }, { warn() {} });
});
