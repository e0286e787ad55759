// A fresh project, as the README has it, from the packed package: servers whose handlers throw, read by a real Chromium.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const here = fileURLToPath(new URL("..", import.meta.url));
const chromium = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((name) => fs.existsSync(name));
const skip = process.env.CORSAGE_SKIP_BROWSERS ? "browsers are left out, as asked" : false;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "corsage-fresh-"));

const POLICY = 'import { Policy } from "corsage";\nexport const policy = new Policy({ allowOrigins: [process.env.PAGE, "https://b.example"], allowMethods: ["PUT"] });\n';
const SERVERS = {
  express: `import express from "express";
import { cors } from "corsage/express";
import { policy } from "./policy.js";
const app = express();
app.use(cors(policy));
app.put("/", () => { throw new Error("on purpose"); });
const server = app.listen(0, () => console.log(server.address().port));
`,
  fastify: `import Fastify from "fastify";
import cors from "corsage/fastify";
import { policy } from "./policy.js";
const app = Fastify();
app.register(cors, { policy });
app.put("/", async () => { throw new Error("on purpose"); });
await app.listen({ port: 0 });
console.log(app.server.address().port);
`,
  hono: `import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "corsage/hono";
import { policy } from "./policy.js";
const app = new Hono();
app.use(cors(policy));
app.put("/", () => { throw new Error("on purpose"); });
serve({ fetch: app.fetch, port: 0 }, ({ port }) => console.log(port));
`,
};
const TESTS = {
  "vitest.test.js": 'import { expect, test } from "vitest";\nimport "corsage/vitest";\nimport { app } from "./app.js";\n',
  "jest.test.js": 'import { expect, test } from "@jest/globals";\nimport { matchers } from "corsage/test";\nimport { app } from "./app.js";\nexpect.extend(matchers);\n',
};
const ASSERTED = `
test("only the app may store", async () => {
  const request = { url: "/orders", method: "PUT", headers: { "content-type": "application/json" } };
  await expect(app).toBeReadableBy("https://app.example", request);
  await expect(app).not.toBeReadableBy("https://evil.example", request);
  await expect(expect(app).toBeReadableBy("https://evil.example", request)).rejects.toThrow(/cannot PUT/);
});
`;

before(() => {
  const npm = (...args) => execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  const tarball = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: here, encoding: "utf8" }).trim().split("\n").at(-1);
  fs.writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "module" }');
  npm("install", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`, "express@5", "fastify@5", "hono@4", "@hono/node-server@2", "vitest@4", "jest@30", "@jest/globals@30");
  fs.writeFileSync(path.join(folder, "policy.js"), POLICY);
  for (const [name, text] of Object.entries(SERVERS)) fs.writeFileSync(path.join(folder, `${name}.js`), text);
  fs.writeFileSync(path.join(folder, "app.js"), `import { Hono } from "hono";
import { cors } from "corsage/hono";
export const app = new Hono();
app.use(cors({ allowOrigins: ["https://app.example"], allowMethods: ["PUT"], allowHeaders: ["content-type"] }));
app.put("/orders", (context) => context.text("stored"));
`);
  for (const [name, text] of Object.entries(TESTS)) fs.writeFileSync(path.join(folder, name), text + ASSERTED);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

test("npx corsage in a fresh project", () => {
  const told = execFileSync("npx", ["--no-install", "corsage", "explain", "--code", "missing-allow-origin"], { cwd: folder, encoding: "utf8" });
  assert.match(told, /missing-allow-origin/);
});

test("vitest in a fresh project", () => {
  execFileSync("npx", ["--no-install", "vitest", "run", "vitest.test.js"], { cwd: folder, stdio: "pipe" });
});

test("jest in a fresh project", () => {
  execFileSync(process.execPath, ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "jest.test.js"], { cwd: folder, stdio: "pipe" });
});

test("unhandled errors are read by Chromium", { skip }, async (t) => {
  assert.ok(chromium, "Chromium is not installed");
  const site = http.createServer((_, response) => response.end("<!doctype html><title>page</title>"));
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${site.address().port}`;
  const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    for (const name of Object.keys(SERVERS)) {
      await t.test(name, async () => {
        const server = spawn(process.execPath, [`${name}.js`], { cwd: folder, env: { ...process.env, PAGE: origin }, stdio: ["ignore", "pipe", "ignore"] });
        try {
          const port = await new Promise((resolve) => server.stdout.once("data", (text) => resolve(String(text).trim())));
          const read = (url, method) => page.evaluate(async (url, method) => {
            try {
              return (await fetch(url, { method })).status;
            } catch (error) {
              return String(error);
            }
          }, url, method);
          assert.equal(await read(`http://127.0.0.1:${port}/`, "PUT"), 500);
          assert.equal(await read(`http://127.0.0.1:${port}/nowhere`, "GET"), 404);
          assert.match(await read(`http://127.0.0.1:${port}/`, "DELETE"), /TypeError/);
        } finally {
          server.kill();
        }
      });
    }
  } finally {
    await browser.close();
    site.close();
    site.closeAllConnections();
  }
});
