import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "corsage/run";

const bin = fileURLToPath(new URL("../bin/corsage.js", import.meta.url));
const env = { ...process.env, CORSAGE_LANG: "en", NO_COLOR: "1" };
const CONSOLE = "Access to fetch at 'https://api.example/' from origin 'https://app.example' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.";
const NGINX = 'server {\n  listen 80;\n  location / {\n    add_header Access-Control-Allow-Origin "*";\n    proxy_pass http://b;\n  }\n}\n';

/** The command in a process of its own; the event loop goes on, so that servers of the test answer. */
function command(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}

test("a console line is explained without a network, in two languages", async () => {
  const { code, stdout } = await command("explain", "--console", CONSOLE);
  assert.match(stdout, /missing-allow-origin/);
  assert.equal(code, 1);
  assert.match(run(["--lang", "ru", "explain", "--console", CONSOLE]).stdout, /[а-я]{5}/);
});

test("help, and what is wrong with arguments, is told by the larger engine", async () => {
  assert.match((await command("explain", "--help")).stdout, /--console/);
  const { code, stderr } = await command("explain", "--consol", CONSOLE);
  assert.equal(code, 2);
  assert.match(stderr, /'--consol'/);
  assert.match(run(["--lang", "ru", "explain", "--consol", CONSOLE]).stderr, /--consol.*[а-я]|[а-я].*--consol/s);
});

test("JavaScript, HTML and the schema are read by the larger engine", () => {
  const send = () => ({ status: 200, headers: [] });
  const { stdout } = run(["explain", "--fetch", 'fetch("https://api.example/a")', "--from", "https://app.example"], { send });
  assert.match(stdout, /missing-allow-origin/);
  const image = run(["explain", "--html", '<img src="https://cdn.example/a.png" crossorigin>', "--from", "https://app.example"], { send });
  assert.match(image.stdout, /missing-allow-origin/);
  assert.match(JSON.parse(run(["explain", "--schema"]).stdout).title, /explain/);
});

test("a HAR is judged, a file checked, two compared, one converted, without a network", async () => {
  const har = { log: { version: "1.2", creator: { name: "test", version: "1" }, pages: [], entries: [{
    startedDateTime: "2026-01-01T00:00:00Z", time: 1, _resourceType: "fetch",
    request: { method: "GET", url: "https://api.example/", httpVersion: "HTTP/1.1", headers: [{ name: "Origin", value: "https://app.example" }], queryString: [], cookies: [], headersSize: -1, bodySize: -1 },
    response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], content: { size: 0, mimeType: "" }, redirectURL: "", headersSize: -1, bodySize: -1 }, cache: {}, timings: {},
  }] } };
  const archive = run(["explain", "--har", "a.har"], { files: { "a.har": JSON.stringify(har) } });
  assert.match(archive.stdout, /missing-allow-origin/);
  const checked = run(["check", "corsage.toml"], { files: { "corsage.toml": '[[policy]]\nallow_origins = ["https://app.example/"]\n' } });
  assert.match(checked.stderr, /trailing-slash/);
  assert.equal(checked.code, 1);
  const files = { "a.conf": NGINX, "b.conf": NGINX.replace('"*"', '"https://app.example"') };
  assert.equal(run(["diff", "a.conf", "b.conf"], { files }).code, 1);
  const converted = run(["convert", "--to", "caddy", "a.conf"], { files });
  assert.match(converted.stdout, /Access-Control-Allow-Origin/i, converted.stderr);
});

test("files of the machine, standard input and git", async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "corsage-"));
  const file = path.join(directory, "corsage.toml");
  fs.writeFileSync(file, '[[policy]]\nallow_origins = ["https://app.example"]\n');
  assert.equal((await command("check", file)).code, 0);
  assert.match((await command("check", path.join(directory, "none.toml"))).stderr, /No such file or directory/);
  const { stdout } = execStdin(["explain", "--console", "-"], CONSOLE);
  assert.match(stdout, /missing-allow-origin/);
  fs.writeFileSync(path.join(directory, "a.conf"), NGINX);
  const git = (...args) => execFileSync("git", ["-C", directory, "-c", "user.name=a", "-c", "user.email=a@a.example", ...args]);
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "-m", "A");
  const before = process.cwd();
  process.chdir(directory);
  try {
    const compared = await command("diff", "git:HEAD:a.conf", "a.conf");
    assert.equal(compared.code, 0, compared.stderr);
  } finally {
    process.chdir(before);
    fs.rmSync(directory, { recursive: true });
  }
});

function execStdin(args, input) {
  try {
    return { stdout: execFileSync(process.execPath, [bin, ...args], { input, env, encoding: "utf8" }) };
  } catch (error) {
    return { stdout: error.stdout };
  }
}

test("a URL is asked over Node's sockets, and every blocker is told", async () => {
  const seen = [];
  const server = http.createServer((request, response) => {
    seen.push(request.method);
    response.writeHead(request.method === "OPTIONS" ? 204 : 200, { "access-control-allow-origin": "https://app.example/" });
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/orders`;
  const { code, stdout } = await command("explain", url, "--from", "https://app.example", "-X", "PUT", "--data", "{}", "-H", "content-type: application/json");
  server.close();
  assert.equal(code, 1);
  assert.match(stdout, /preflight-allow-origin-mismatch, method-not-allowed, header-not-allowed/);
  assert.ok(seen.includes("OPTIONS") && !seen.includes("PUT"), seen.join());
  const refused = await command("explain", "http://127.0.0.1:39999/", "--from", "https://app.example");
  assert.match(refused.stdout, /connection-failed/);
});

test("what is nested too deep ends with a word, and the next call works", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  for (const name of ["a.js", "a.py", "a.json", "a.yaml"]) {
    const { code, stderr } = run(["check", name], { files: { [name]: deep } });
    assert.ok(code >= 1 && code <= 3, `${name}: ${code}`);
    assert.ok(stderr.length > 0, name);
  }
  assert.equal(run(["check", "corsage.toml"], { files: { "corsage.toml": '[[policy]]\nallow_origins = ["https://app.example"]\n' } }).code, 0);
});

test("what needs the native command says so", async () => {
  assert.match((await command("serve")).stderr, /cargo install corsage-cli/);
  assert.match((await command("--help")).stdout, /explain/);
});
