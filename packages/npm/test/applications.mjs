// One application, written once for each framework: it answers whatever `stage` says, on a real socket.
//   /stage   the stage's status and headers, by any method
//   /throw   a handler that throws before it has said anything
//   other    404
import * as http from "node:http";
import * as http2 from "node:http2";
import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import "reflect-metadata";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { withCors as fetchWithCors } from "corsage";
import { cors as expressCors } from "corsage/express";
import { cors as fastifyCors } from "corsage/fastify";
import { cors as honoCors } from "corsage/hono";
import { cors as koaCors } from "corsage/koa";
import { enableCors } from "corsage/nestjs";
import { corsRoutes } from "corsage/next";
import { withCors as nodeWithCors } from "corsage/node";

const quiet = { onError() {} };
const fails = () => {
  throw new Error("on purpose");
};

/** Every middleware: `start(policy, stage)` resolves with a port and how to close it. */
export const applications = {
  "node:http": (policy, stage) => listen(http.createServer(nodeWithCors((request, response) => {
    if (request.url === "/throw") fails();
    onNode(stage, request, response);
  }, policy, quiet))),
  "node:http2": (policy, stage) => listen(http2.createServer({}, nodeWithCors((request, response) => {
    if (request.url === "/throw") fails();
    onNode(stage, request, response);
  }, policy, quiet)), "h2c"),
  async express(policy, stage) {
    const app = express();
    app.set("env", "test");
    app.use(expressCors(policy));
    app.all("/stage", (request, response) => onNode(stage, request, response));
    app.get("/throw", fails);
    return listen(http.createServer(app));
  },
  async fastify(policy, stage) {
    const app = Fastify();
    app.register(fastifyCors, { policy });
    app.after(() => {
      app.route({ method: app.supportedMethods, url: "/stage", handler: (_, reply) => onFastify(stage, reply) });
      app.get("/throw", fails);
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { port: app.server.address().port, close: () => app.close() };
  },
  async hono(policy, stage) {
    const app = new Hono();
    app.use(honoCors(policy));
    app.all("/stage", () => onFetch(stage));
    app.get("/throw", fails);
    app.onError((_, context) => context.text("failed", 500));
    return served(app.fetch);
  },
  async "hono inside of withCors"(policy, stage) {
    const app = new Hono();
    app.all("/stage", () => onFetch(stage));
    app.get("/throw", fails);
    app.onError((_, context) => context.text("failed", 500));
    return served(fetchWithCors(app, policy, quiet));
  },
  async fetch(policy, stage) {
    return served(fetchWithCors((request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/throw") fails();
      return pathname === "/stage" ? onFetch(stage) : new Response(null, { status: 404 });
    }, policy, quiet));
  },
  async "next.js route handlers"(policy, stage) {
    const handler = () => onFetch(stage);
    const staged = corsRoutes(Object.fromEntries(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((name) => [name, handler])), policy);
    const failing = fetchWithCors(fails, policy, quiet);
    const missing = fetchWithCors(() => new Response(null, { status: 404 }), policy);
    return served((request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/throw") return failing(request);
      return pathname === "/stage" ? (staged[request.method] ?? missing)(request) : missing(request);
    });
  },
  async koa(policy, stage) {
    const app = new Koa();
    app.silent = true;
    app.use(koaCors(policy));
    app.use((context) => {
      if (context.path === "/throw") fails();
      if (context.path === "/stage") {
        stage.reached = true;
        context.respond = false;
        onNode(stage, context.req, context.res);
      }
    });
    return listen(http.createServer(app.callback()));
  },
  "nestjs on express": (policy, stage) => nest(new ExpressAdapter(), policy, stage),
  "nestjs on fastify": (policy, stage) => nest(new FastifyAdapter(), policy, stage),
};

async function nest(adapter, policy, stage) {
  class Failing {
    fail() {
      fails();
    }
  }
  Controller()(Failing);
  Get("throw")(Failing.prototype, "fail", Object.getOwnPropertyDescriptor(Failing.prototype, "fail"));
  class Root {}
  Module({ controllers: [Failing] })(Root);
  const app = await NestFactory.create(Root, adapter, { logger: false });
  await enableCors(app, policy);
  const instance = app.getHttpAdapter().getInstance();
  if (adapter instanceof FastifyAdapter) {
    instance.route({ method: instance.supportedMethods, url: "/stage", handler: (_, reply) => onFastify(stage, reply) });
  } else {
    instance.all("/stage", (request, response) => onNode(stage, request, response));
  }
  await app.listen(0, "127.0.0.1");
  return { port: app.getHttpServer().address().port, close: () => app.close() };
}

async function listen(server, protocol = "http/1.1") {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, protocol, close: () => new Promise((resolve) => server.close(resolve)) };
}

function served(fetch) {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({ port, close: () => new Promise((closed) => server.close(closed)) }));
  });
}

function onNode(stage, request, response) {
  if (request.url !== "/stage") {
    response.writeHead(404);
    response.end();
    return;
  }
  stage.reached = true;
  if (request.httpVersionMajor === 2) {
    for (const [name, value] of stage.headers) response.setHeader(name, [response.getHeader(name) ?? [], value].flat());
    response.writeHead(stage.status);
  } else {
    response.writeHead(stage.status, stage.headers.flat());
  }
  response.end();
}

function onFastify(stage, reply) {
  stage.reached = true;
  for (const [name, value] of stage.headers) reply.header(name, [reply.getHeader(name) ?? [], value].flat());
  reply.code(stage.status).send();
  return reply;
}

function onFetch(stage) {
  stage.reached = true;
  return new Response(null, { status: stage.status, headers: stage.headers });
}
