import assert from "node:assert/strict";
import * as http from "node:http";
import { test } from "node:test";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { cors as expressCors } from "corsage/express";
import { cors as fastifyCors } from "corsage/fastify";
import { cors as honoCors } from "corsage/hono";
import { cors as koaCors } from "corsage/koa";
import { assertPageCan, assertPageCannot, matchers } from "corsage/test";

const policy = { allowOrigins: ["https://app.example"], allowMethods: ["PUT"], exposeHeaders: ["etag"] };
const put = { url: "/orders", method: "PUT" };

function apps() {
  const onExpress = express();
  onExpress.use(expressCors(policy));
  onExpress.all("/orders", (_, response) => response.set("etag", "1").set("x-hidden", "1").send("stored"));
  const onFastify = Fastify();
  onFastify.register(fastifyCors, { policy }).after(() => onFastify.all("/orders", async () => "stored"));
  const onHono = new Hono();
  onHono.use(honoCors(policy));
  onHono.all("/orders", (context) => context.text("stored"));
  const onKoa = new Koa();
  onKoa.use(koaCors(policy));
  onKoa.use((context) => (context.body = "stored"));
  return { express: onExpress, fastify: onFastify, hono: onHono, koa: onKoa, fetch: (request) => onHono.fetch(request) };
}

for (const [name, app] of Object.entries(apps())) {
  test(`what pages can do with ${name}, in memory`, async () => {
    assert.equal((await assertPageCan(app, put, { origin: "https://app.example", browsers: "all" })).status, 200);
    assert.match(await assertPageCannot(app, put, { origin: "https://evil.example" }), /allow-origin/);
    assert.equal(await assertPageCannot(app, { ...put, method: "DELETE" }, { origin: "https://app.example" }), "method-not-allowed");
    await assert.rejects(assertPageCan(app, put, { origin: "https://evil.example" }), /a page of https:\/\/evil\.example cannot PUT/);
    await assert.rejects(assertPageCannot(app, put, { origin: "https://app.example" }), /it reads a response of status 200/);
  });
}

test("messages are those of corsage-test: place, wire, blocker, fix", async () => {
  const { express: app } = apps();
  await assert.rejects(assertPageCan(app, { ...put, headers: { "x-token": "1" } }, { origin: "https://app.example" }), (error) => {
    assert.match(error.message, /header-not-allowed/);
    assert.match(error.message, /access-control-allow-headers/i);
    assert.match(error.message, /fix/);
    assert.match(error.stack, /page\.test\.mjs/);
    return true;
  });
  await assert.rejects(assertPageCan(app, put, { origin: "https://app.example", reads: ["x-hidden"] }), /hides it from the page/);
  await assertPageCan(app, put, { origin: "https://app.example", reads: ["etag"] });
});

test("what was not judged is no refusal", async () => {
  const { express: app } = apps();
  await assert.rejects(assertPageCannot("http://127.0.0.1:39999", "/", { origin: "https://evil.example" }), /was not judged/);
  await assert.rejects(assertPageCannot(app, "/orders", { origin: "no origin" }), /is no page's origin/);
  await assert.rejects(assertPageCan(42, "/"), /an application is wanted/);
  await assert.rejects(assertPageCan(app, { url: "/", credentials: "always" }), /credentials "always" is none of omit, same-origin, include/);
});

test("a server that listens is asked by its URL", async () => {
  const server = http.createServer(apps().express).listen(0);
  const url = `http://127.0.0.1:${server.address().port}`;
  await assertPageCan(`${url}/`, put, { origin: "https://app.example" });
  await assertPageCan(url, new Request(`${url}/orders`, { method: "PUT", body: "{}" }), { origin: "https://app.example" });
  server.close();
});

test("matchers judge both ways, and fail where nothing was judged", async () => {
  const { hono: app } = apps();
  const is = (isNot, ...rest) => matchers.toBeReadableBy.call({ isNot }, ...rest);
  assert.equal((await is(false, app, "https://app.example", put)).pass, true);
  const blocked = await is(false, app, "https://evil.example", put);
  assert.equal(blocked.pass, false);
  assert.match(blocked.message(), /cannot PUT/);
  assert.equal((await is(true, app, "https://evil.example", put)).pass, false);
  assert.equal((await is(true, app, "https://app.example", put)).pass, true);
  assert.equal((await is(true, "http://127.0.0.1:39999", "https://evil.example", "/")).pass, true);
});
