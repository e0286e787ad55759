// The thread that has the sockets: one message at a time, the head of its answer, and how an error's body begins.
import * as http from "node:http";
import * as https from "node:https";
import * as dns from "node:dns/promises";
import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import * as tls from "node:tls";
import { workerData } from "node:worker_threads";

/** How much of an error's body is read, and how long is waited for it. */
const BEGINNING_BYTES = 1024;
const BEGINNING_MILLISECONDS = 1000;

const { port, signal } = workerData;
port.on("message", async (message) => {
  let reply;
  try {
    reply = { answer: JSON.stringify(await send(JSON.parse(message))) };
  } catch (error) {
    reply = { failure: { code: kindOf(error), message: error.message } };
  }
  port.postMessage(reply);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});

async function send({ url, method, headers, body, address, cacert, timeoutMilliseconds, publicOnly }) {
  const { protocol, hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (publicOnly) await refusePrivate(address ?? host);
  const secure = protocol === "https:";
  const options = {
    method,
    headers: (named(headers, "host") ? headers : [["Host", new URL(url).host], ...headers]).flat(),
    agent: false,
    ...(address !== undefined && { lookup: fixed(address) }),
    ...(secure && cacert && { ca: [...tls.rootCertificates, readFileSync(cacert, "utf8")] }),
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(url, options);
    const timer = setTimeout(() => {
      const error = new Error(`no answer within ${timeoutMilliseconds / 1000} s`);
      request.destroy(Object.assign(error, { code: "TIMED_OUT" }));
    }, timeoutMilliseconds);
    request.on("error", reject);
    request.on("close", () => clearTimeout(timer));
    request.on("response", async (response) => {
      clearTimeout(timer);
      const pairs = [];
      for (let at = 0; at < response.rawHeaders.length; at += 2) {
        pairs.push([response.rawHeaders[at], response.rawHeaders[at + 1]]);
      }
      const beginning = await beginningOf(response);
      resolve({ status: response.statusCode, headers: pairs, beginning });
      request.destroy();
    });
    if (body !== undefined && body !== null) request.write(Buffer.from(body, "latin1"));
    request.end();
  });
}

const named = (headers, wanted) => headers.some(([name]) => name.toLowerCase() === wanted);

function beginningOf(response) {
  return new Promise((resolve) => {
    let text = "";
    const done = () => resolve(text.slice(0, BEGINNING_BYTES));
    const timer = setTimeout(done, BEGINNING_MILLISECONDS);
    response.setEncoding("latin1");
    response.on("data", (piece) => {
      text += piece;
      if (text.length >= BEGINNING_BYTES) done();
    });
    response.on("close", () => {
      clearTimeout(timer);
      done();
    });
    response.on("error", done);
  });
}

function fixed(address) {
  const family = isIP(address);
  return (_, { all }, found) => (all ? found(null, [{ address, family }]) : found(null, address, family));
}

const NOT_PUBLIC = new BlockList();
for (const [net, bits] of [["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.168.0.0", 16]]) {
  NOT_PUBLIC.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [["::", 127], ["fc00::", 7], ["fe80::", 10]]) NOT_PUBLIC.addSubnet(net, bits, "ipv6");

async function refusePrivate(host) {
  const address = isIP(host) ? host : (await dns.lookup(host)).address;
  if (NOT_PUBLIC.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")) {
    throw Object.assign(new Error(`not sent: ${address} is not public`), { code: "NOT_PUBLIC" });
  }
}

function kindOf({ code = "" }) {
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "dns-failed";
  if (code.startsWith("HPE_")) return "http-malformed";
  if (code === "TIMED_OUT") return "timed-out";
  if (/TLS|SSL|CERT|SIGNED|UNABLE_TO_/.test(code)) return "tls-failed";
  return "connection-failed";
}
