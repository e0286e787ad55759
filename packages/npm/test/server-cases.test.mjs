// The cases of the server's half, through every middleware on real sockets: what conformance/src/server_cases does with
// the adapters of Rust.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http2 from "node:http2";
import { METHODS } from "node:http";
import * as net from "node:net";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Policy } from "corsage";
import { applications } from "./applications.mjs";

const data = new URL("../../../conformance/data/", import.meta.url);
const read = (name) => fs.readFileSync(new URL(name, data));
const cases = [gunzipSync(read("server-cases.jsonl.gz")), read("server-cases-crafted.jsonl")]
  .concat(process.env.CORSAGE_SERVER_CASES ? fs.readFileSync(process.env.CORSAGE_SERVER_CASES) : [])
  .flatMap((text) => String(text).trim().split("\n").map((line) => JSON.parse(line)));
const ANSWER = Symbol.for("corsage.answer/1");

/** What is left out on purpose: for what a case asks, never for its id. */
const SKIPPED = [
  ["regular expressions", ({ policy }) => (policy.origin_regex ?? []).length > 0],
  ["private network access", ({ expect }) => (expect.headers?.["access-control-allow-private-network"] ?? null) !== null],
  ["methods that Node's parser refuses", ({ request }) => !METHODS.includes(request.method)],
];
/** What one application cannot be asked. */
const NOT_ASKED = {
  "node:http2": ({ request }) => request.headers.some(([name, value], at, all) =>
    name === "connection" || /[^\x20-\x7e]/.test(value) || (name === "host" && all.length > 0)),
  "next.js route handlers": ({ request }) => !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].includes(request.method),
};

function compile({ policy }) {
  const { origins, vary_also: varyAlso = [], tolerate = [], require_request_header: required } = policy;
  const written = {
    allowMethods: policy.methods,
    allowHeaders: policy.request_headers,
    exposeHeaders: policy.expose_headers,
    allowCredentials: policy.credentials,
    varyAlso,
    tolerate: Object.fromEntries(tolerate.map((name) => [name, "the case says so"])),
    ...(policy.max_age !== null && policy.max_age !== undefined && { maxAge: policy.max_age }),
  };
  if (required === undefined && !policy.dynamic_origin) return new Policy({ ...written, allowOrigins: origins });
  const header = (request, name) => (request.headers.get ? request.headers.get(name) : request.headers[name]);
  return new Policy({
    ...written,
    allowOriginsWhere: (origin, request) =>
      (required === undefined || header(request, required[0]) === required[1]) && origins.includes(origin),
  });
}

for (const [name, start] of Object.entries(applications)) {
  test(`server cases: ${name}`, async (t) => {
    const stage = {};
    let current;
    const policy = { [ANSWER]: (...asked) => current[ANSWER](...asked) };
    const { port, close, protocol } = await start(policy, stage);
    const faults = [];
    const counts = { asked: 0, skipped: 0 };
    for (const one of cases) {
      if (SKIPPED.some(([, applies]) => applies(one)) || NOT_ASKED[name]?.(one)) {
        counts.skipped++;
        continue;
      }
      counts.asked++;
      current = compile(one);
      const own = [...(one.policy.upstream_headers ?? []), ...(one.policy.upstream_vary ?? []).map((value) => ["vary", value])];
      Object.assign(stage, { reached: false, status: one.request.upstream_status ?? 200, headers: own });
      const answer = await (protocol === "h2c" ? overHttp2 : overHttp1)(port, one.request);
      answer.reached = stage.reached;
      faults.push(...judge(one, answer).map((fault) => `${one.id}: ${fault}`));
    }
    await close();
    t.diagnostic(`${counts.asked} asked, ${counts.skipped} left out`);
    assert.ok(counts.asked > 380, `only ${counts.asked} cases were asked`);
    assert.deepEqual(faults, []);
  });
}

for (const [name, start] of Object.entries(applications)) {
  test(`errors carry the headers: ${name}`, async () => {
    const { port, close, protocol } = await start(new Policy({ allowOrigins: ["https://app.example", "https://b.example"] }), {});
    const ask = protocol === "h2c" ? overHttp2 : overHttp1;
    for (const [target, status] of [["/throw", 500], ["/nowhere", 404]]) {
      const answer = await ask(port, { method: "GET", headers: [["origin", "https://app.example"]] }, target);
      assert.equal(answer.status, status, `${target} on ${name}`);
      assert.equal(answer.headers.get("access-control-allow-origin")?.[0], "https://app.example", `${target} on ${name}`);
      assert.match(String(answer.headers.get("vary")), /\bOrigin\b/);
    }
    await close();
  });
}

function overHttp1(port, { method, headers }, target = "/stage") {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1").on("data", (piece) => (text += piece)).on("error", reject);
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${method} ${JSON.stringify(headers)}`)));
    socket.on("end", () => {
      const [status, ...lines] = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
      const all = new Map();
      for (const line of lines) {
        const colon = line.indexOf(":");
        const key = line.slice(0, colon).toLowerCase();
        all.set(key, [...(all.get(key) ?? []), line.slice(colon + 1).trim()]);
      }
      resolve({ status: Number(status.split(" ")[1]), headers: all });
    });
    const host = headers.some(([name]) => name === "host") ? "" : "Host: api.example\r\n";
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    socket.write(`${method} ${target} HTTP/1.1\r\n${host}${lines}Content-Length: 0\r\nConnection: close\r\n\r\n`, "latin1");
  });
}

let session;
function overHttp2(port, { method, headers }, target = "/stage") {
  return new Promise((resolve, reject) => {
    session = http2.connect(`http://127.0.0.1:${port}`);
    const sent = { ":method": method, ":path": target };
    for (const [name, value] of headers) sent[name.toLowerCase()] = [sent[name.toLowerCase()] ?? [], value].flat();
    const stream = session.request(sent);
    stream.on("error", reject);
    stream.on("response", (received) => {
      const all = new Map(Object.entries(received).map(([name, value]) => [name, [value].flat()]));
      stream.on("end", () => session.close(() => resolve({ status: received[":status"], headers: all })));
      stream.resume();
    });
    stream.end();
  });
}

function judge({ policy, request, expect }, { status, headers, reached }) {
  const faults = [];
  const lines = (name) => headers.get(name) ?? [];
  const tokens = (name) => lines(name).flatMap((line) => line.split(",")).map((item) => item.trim().toLowerCase()).filter(Boolean);
  const isOneExactOrigin = policy.origins.length === 1 && !policy.origins[0].includes("*") && !policy.dynamic_origin;
  for (const [name, wanted] of Object.entries(expect.headers ?? {})) {
    const found = lines(name);
    const right = found.length === 0 ? wanted === null
      : found.length === 1 && (wanted === null
        // The one allowed origin may be named to everybody: the browser's verdict stays.
        ? expect.browser?.verdict === "fail" && isOneExactOrigin
        : found[0] === wanted || found[0] === expect.also_ok?.[name]);
    if (!right) faults.push(`${name}: ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`);
  }
  if (lines("access-control-allow-origin").length > 1) faults.push("several lines of Access-Control-Allow-Origin");
  const exposed = tokens("access-control-expose-headers");
  for (const name of expect.exposes ?? []) {
    if (!(exposed.includes(name.toLowerCase()) || (exposed.includes("*") && !policy.credentials))) faults.push(`${name} is not exposed`);
  }
  const vary = tokens("vary");
  const named = vary.includes("origin") || vary.includes("*");
  const isConstant = headers.has("access-control-allow-origin");
  if ((expect.vary_origin === "required" && !named) || (expect.vary_origin === "unless-static" && !named && !isConstant)) {
    faults.push("Vary does not name Origin");
  }
  for (const name of expect.vary_keeps ?? []) if (!vary.includes(name.toLowerCase())) faults.push(`Vary has lost ${name}`);
  if (expect.handler !== undefined && (expect.handler === "reached") !== reached) faults.push(`the handler was ${reached ? "" : "not "}reached, ${status}`);
  if (reached && request.upstream_status !== undefined && request.upstream_status !== status) faults.push(`the handler's status became ${status}`);
  if (expect.browser !== undefined) {
    const problem = blocked(expect.browser, request.headers.find(([name]) => name === "origin")?.[1] ?? "null", status, lines, tokens);
    if ((problem === undefined) !== (expect.browser.verdict === "pass")) faults.push(`a browser: ${problem ?? "passes"}, expected ${expect.browser.verdict}`);
  }
  return faults;
}

/** The CORS check and the CORS-preflight fetch in few lines, so that the engine and this can disagree. */
function blocked(browser, origin, status, lines, tokens) {
  const includes = browser.credentials_mode === "include";
  if (lines("access-control-allow-origin").length === 0) return "no Access-Control-Allow-Origin";
  const allowed = lines("access-control-allow-origin").join(", ");
  if (!(allowed === "*" && !includes)) {
    if (allowed !== origin) return "another origin";
    if (includes && lines("access-control-allow-credentials").join(", ") !== "true") return "no credentials";
  }
  if (browser.algorithm === "cors check") return undefined;
  if (status < 200 || status > 299) return `status ${status}`;
  const methods = lines("access-control-allow-methods").join(",").split(",").map((item) => item.trim());
  const names = tokens("access-control-allow-headers");
  const method = browser.method ?? "GET";
  if (!methods.includes(method) && !["GET", "HEAD", "POST"].includes(method) && !(methods.includes("*") && !includes)) return `method ${method}`;
  const missing = (browser.unsafe_headers ?? []).find((name) =>
    !names.includes(name.toLowerCase()) && !(names.includes("*") && !includes && name.toLowerCase() !== "authorization"));
  return missing === undefined ? undefined : `header ${missing}`;
}
