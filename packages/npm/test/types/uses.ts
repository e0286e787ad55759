// What people write, as the compiler sees it. `@ts-expect-error` fails where there is no error.
import * as http from "node:http";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { expect } from "vitest";
import { Policy, PolicyError, type PolicyOptions, withCors } from "corsage";
import { cors as expressCors } from "corsage/express";
import fastifyCors from "corsage/fastify";
import { fromCors } from "corsage/from-cors";
import { cors as honoCors } from "corsage/hono";
import { cors as koaCors } from "corsage/koa";
import { corsRoutes } from "corsage/next";
import { withCors as nodeWithCors } from "corsage/node";
import { run } from "corsage/run";
import { assertPageCan, assertPageCannot } from "corsage/test";
import "corsage/vitest";

const options: PolicyOptions = { allowOrigins: ["https://app.example"], maxAge: 600, tolerate: { "null-origin": "why" } };
const policy = new Policy(options);
const problems: string[] = policy.problems.map(({ text }) => text);
if (policy.decide({ headers: { origin: "https://app.example" } }).outcome === "share") console.log(problems);

express().use(expressCors(policy));
void Fastify().register(fastifyCors, { policy });
const hono = new Hono();
hono.use(honoCors({ allowOrigins: ["*"], allowOriginsWhere: async (origin, request) => request.url.includes(origin) }));
const koa = new Koa();
koa.use(koaCors(policy));
http.createServer(nodeWithCors((request, response) => response.end(request.url), policy, { onError: (error) => console.log(error) }));
export default { fetch: withCors(hono, policy) };
export const { GET, OPTIONS } = corsRoutes({ GET: () => new Response() }, policy);
fromCors({ origin: [/example$/, "https://app.example"] }, { maxAge: 5 });
const { code }: { code: number } = run(["check", "a.toml"], { files: { "a.toml": "" } });
console.log(code, PolicyError);
await assertPageCan(hono, { url: "/", method: "PUT" }, { origin: "https://app.example", browsers: "all" });
const blocker: string = await assertPageCannot("http://127.0.0.1:3000", "/");
await expect(hono).toBeReadableBy("https://app.example", { url: "/", method: "PUT" });
await expect(hono).not.toBeReadableBy(blocker);

// @ts-expect-error
new Policy({ allowOrigin: ["https://app.example"] });
// @ts-expect-error
new Policy({ allowOrigins: "https://app.example" });
// @ts-expect-error
new Policy({ tolerate: { everything: "why" } });
// @ts-expect-error
expressCors("*");
// @ts-expect-error
await assertPageCan(hono, { url: "/", credentials: "always" });
