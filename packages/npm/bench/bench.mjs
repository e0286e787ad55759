// Corsage beside `cors`, `@fastify/cors`, `hono/cors` and `@koa/cors`, in one process and in turns: a GET from an allowed
// origin, and a preflight. Times are whole requests through the framework, without sockets; a ratio below 1 is faster.
// usage: npm run bench [-- ROUNDS]
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { cors as honoCors } from "hono/cors";
import Koa from "koa";
import inject from "light-my-request";
import peerCors from "cors";
import peerFastifyCors from "@fastify/cors";
import peerKoaCors from "@koa/cors";
import { withCors } from "corsage";
import { cors as expressCors } from "corsage/express";
import { cors as fastifyCors } from "corsage/fastify";
import { cors as corsageHono } from "corsage/hono";
import { cors as koaCors } from "corsage/koa";

const rounds = Number(process.argv[2] ?? 60);
const REQUESTS_A_ROUND = 400;
const origins = ["https://app.example", "https://b.example", "https://c.example"];
const policy = { allowOrigins: origins, allowMethods: ["PUT", "DELETE"], allowHeaders: ["content-type", "authorization"], maxAge: 600 };
const peer = { origin: origins, methods: ["PUT", "DELETE"], allowedHeaders: ["content-type", "authorization"], maxAge: 600 };
const get = { method: "GET", url: "/", headers: { host: "api.example", origin: origins[0], accept: "*/*" } };
const preflight = {
  method: "OPTIONS",
  url: "/",
  headers: { host: "api.example", origin: origins[0], "access-control-request-method": "PUT", "access-control-request-headers": "content-type" },
};

async function onExpress(middleware) {
  const app = express();
  if (middleware) app.use(middleware);
  app.get("/", (_, response) => response.send("hello"));
  return (request) => inject(app, request);
}

async function onFastify(plugin, options) {
  const app = Fastify();
  if (plugin) await app.register(plugin, options);
  app.get("/", async () => "hello");
  await app.ready();
  return (request) => app.inject(request);
}

async function onHono(middleware, around = (app) => app.fetch) {
  const app = new Hono();
  if (middleware) app.use(middleware);
  app.get("/", (context) => context.text("hello"));
  const fetch = around(app);
  return ({ method, url, headers }) => fetch(new Request(`https://api.example${url}`, { method, headers }));
}

async function onKoa(middleware) {
  const app = new Koa();
  if (middleware) app.use(middleware);
  app.use((context) => (context.body = "hello"));
  const listener = app.callback();
  return (request) => inject(listener, request);
}

const frameworks = {
  express: { plain: await onExpress(), corsage: await onExpress(expressCors(policy)), cors: await onExpress(peerCors(peer)) },
  fastify: { plain: await onFastify(), corsage: await onFastify(fastifyCors, { policy }), "@fastify/cors": await onFastify(peerFastifyCors, peer) },
  hono: {
    plain: await onHono(),
    corsage: await onHono(corsageHono(policy)),
    "corsage (withCors)": await onHono(undefined, (app) => withCors(app, policy)),
    "hono/cors": await onHono(honoCors({ origin: origins, allowMethods: peer.methods, allowHeaders: peer.allowedHeaders, maxAge: 600 })),
  },
  koa: { plain: await onKoa(), corsage: await onKoa(koaCors(policy)), "@koa/cors": await onKoa(peerKoaCors({ origin: (context) => (origins.includes(context.get("origin")) ? context.get("origin") : ""), allowMethods: peer.methods, allowHeaders: peer.allowedHeaders, maxAge: 600 })) },
};

const median = (numbers) => numbers.toSorted((one, two) => one - two)[Math.floor(numbers.length / 2)];

async function timed(handle, request) {
  const start = process.hrtime.bigint();
  for (let at = 0; at < REQUESTS_A_ROUND; at++) await handle(request);
  return Number(process.hrtime.bigint() - start) / REQUESTS_A_ROUND / 1000;
}

let isSlow = false;
console.log(`Node ${process.version}, ${rounds} rounds of ${REQUESTS_A_ROUND}; microseconds a request, and Corsage's time over the peer's\n`);
for (const [framework, handlers] of Object.entries(frameworks)) {
  for (const [what, request, most] of [["GET", get, 1], ["preflight", preflight, 1.5]]) {
    const names = Object.keys(handlers);
    const times = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = -10; round < rounds; round++) {
      // Each goes first as often as last.
      const order = round % 2 === 0 ? names : names.toReversed();
      for (const name of order) {
        const time = await timed(handlers[name], request);
        if (round >= 0) times[name].push(time);
      }
    }
    const peerName = names.at(-1);
    const ratio = median(times.corsage.map((time, round) => time / times[peerName][round]));
    // A twentieth is what two runs of the same code differ by.
    const verdict = ratio <= most * 1.05 ? "" : `   more than ${most}`;
    isSlow ||= verdict !== "";
    const shown = names.map((name) => `${name} ${median(times[name]).toFixed(1)}`).join(", ");
    console.log(`${framework.padEnd(8)} ${what.padEnd(10)} ${ratio.toFixed(2)}   ${shown}${verdict}`);
  }
}
process.exitCode = isSlow ? 1 : 0;
