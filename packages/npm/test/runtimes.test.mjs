// Where there is no Node: a page made by a bundler, in Chromium, and Cloudflare's runtime.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { build } from "vite";

const here = fileURLToPath(new URL("..", import.meta.url));
const chromium = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((name) => fs.existsSync(name));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "corsage-runtimes-"));
const skip = process.env.CORSAGE_SKIP_BROWSERS ? "browsers are left out, as asked" : false;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const POLICY = '{ allowOrigins: ["https://app.example", "https://b.example"], allowMethods: ["PUT"] }';

before(() => {
  fs.mkdirSync(path.join(folder, "node_modules"));
  fs.symlinkSync(here, path.join(folder, "node_modules/corsage"));
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

test("a page that a bundler made explains, and checks once that engine is loaded", { skip }, async () => {
  assert.ok(chromium, "Chromium is not installed");
  fs.writeFileSync(path.join(folder, "index.html"), '<!doctype html><script type="module" src="./page.js"></script>');
  fs.writeFileSync(path.join(folder, "page.js"), `import { Policy } from "corsage";
import { load, run } from "corsage/run";
const policy = new Policy(${POLICY});
const files = { "corsage.toml": '[[policy]]\\nallow_origins = ["https://app.example/"]\\n' };
const told = { share: policy.decide({ headers: { origin: "https://app.example" } }).outcome, code: run(["explain", "--code", "missing-allow-origin"]).code };
try {
  run(["check", "corsage.toml"], { files });
} catch (error) {
  told.early = error.message;
}
await load();
told.checked = run(["check", "corsage.toml"], { files }).stderr;
document.title = JSON.stringify(told);
`);
  await build({ root: folder, logLevel: "error", build: { target: "esnext", assetsInlineLimit: 0 } });
  const site = http.createServer(({ url }, response) => {
    const file = path.join(folder, "dist", url === "/" ? "index.html" : url);
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[path.extname(file)] }).end(fs.readFileSync(file));
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`http://127.0.0.1:${site.address().port}/`);
    await page.waitForFunction("document.title !== ''", { timeout: 30_000 }).catch(() => assert.fail(complaints.join("\n") || "the page said nothing"));
    const told = JSON.parse(await page.title());
    assert.equal(told.share, "share");
    assert.equal(told.code, 0);
    assert.match(told.early, /await load\(\)/);
    assert.match(told.checked, /trailing-slash/);
  } finally {
    await browser.close();
    site.close();
    site.closeAllConnections();
  }
});

test("workerd: preflights, responses and errors carry the headers", async () => {
  await bundledForWorkerd();
  fs.writeFileSync(path.join(folder, "config.capnp"), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker/worker.js"), (name = "policy.wasm", wasm = embed "policy.wasm")],
  compatibilityDate = "2025-01-01",
);
`);
  const binary = createRequire(createRequire(import.meta.url).resolve("workerd")).resolve(`@cloudflare/workerd-${process.platform}-${process.arch === "x64" ? "64" : process.arch}/bin/workerd`);
  const port = await freePort();
  const runtime = spawn(binary, ["serve", "config.capnp", `--socket-addr=http=127.0.0.1:${port}`], { cwd: folder, stdio: ["ignore", "inherit", "pipe"] });
  let complaint = "";
  runtime.stderr.on("data", (text) => (complaint += text));
  try {
    const ask = async (target, init) => {
      for (let attempt = 0; ; attempt++) {
        try {
          return await fetch(`http://127.0.0.1:${port}${target}`, init);
        } catch (error) {
          if (attempt === 50 || runtime.exitCode !== null) throw new Error(`workerd does not answer: ${complaint}`, { cause: error });
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
    };
    const origin = "https://app.example";
    const preflight = await ask("/", { method: "OPTIONS", headers: { origin, "access-control-request-method": "PUT" } });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-methods"), "PUT");
    for (const [target, status] of [["/", 200], ["/throw", 500]]) {
      const response = await ask(target, { headers: { origin } });
      assert.equal(response.status, status, await response.text());
      assert.equal(response.headers.get("access-control-allow-origin"), origin);
    }
  } finally {
    runtime.kill();
  }
});

/** What wrangler does: one file of JavaScript, and WebAssembly as a module beside it. */
async function bundledForWorkerd() {
  fs.writeFileSync(path.join(folder, "worker.js"), `import { withCors } from "corsage";
const handler = (request) => {
  if (new URL(request.url).pathname === "/throw") throw new Error("on purpose");
  return new Response("hello");
};
export default { fetch: withCors(handler, ${POLICY}, { onError() {} }) };
`);
  fs.copyFileSync(path.join(here, "dist/policy.wasm"), path.join(folder, "policy.wasm"));
  const beside = { name: "beside", enforce: "pre", resolveId: (id) => (id.endsWith("policy.wasm") ? { id: "./policy.wasm", external: true } : undefined) };
  await build({
    root: folder,
    logLevel: "error",
    plugins: [beside],
    ssr: { noExternal: true, target: "webworker", resolve: { conditions: ["workerd", "worker", "import"] } },
    build: { ssr: "worker.js", outDir: "worker", target: "esnext" },
  });
}

async function freePort() {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
