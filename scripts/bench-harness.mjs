// What benchmarks of proxies share: processes on cores, their CPU and memory, and the load generators.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";

export function fail(message) {
  console.error(`${basename(process.argv[1], ".mjs")}: ${message}`);
  process.exit(2);
}

// Needs Linux; each tool with the package of Debian that has it.
export function need(tools) {
  const missing = tools.filter((tool) => spawnSync("sh", ["-c", `command -v ${tool.split(":")[0]}`]).status !== 0);
  if (missing.length > 0) fail(`missing: ${missing.join(", ")} (command:package)`);
  if (cpus().length < 2) fail("two cores are needed: one for the proxy, one for everything else");
}

// Numbers by their names, flags, and texts, from the command line.
export function read(options) {
  for (let i = 2; i < process.argv.length; i++) {
    const name = process.argv[i].replace(/^--/, "");
    if (!process.argv[i].startsWith("--") || !(name in options)) {
      const known = Object.entries(options).map(([key, value]) => `--${key}${value === false ? "" : " …"}`);
      fail(`unknown argument '${process.argv[i]}': ${known.join(", ")}`);
    }
    const old = options[name];
    options[name] = old === false ? true : typeof old === "number" ? Number(process.argv[++i]) : process.argv[++i];
  }
  return options;
}

export const CONNECTIONS = 32;
const TICK_US = 1e6 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
export const dir = mkdtempSync(join(tmpdir(), "corsage-bench-"));
export const children = [];
// A process and what it started: nginx's worker outlives a master that is killed.
function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {}
}
process.on("exit", () => {
  for (const child of children) end(child);
  rmSync(dir, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

export function start(core, command, args, log) {
  const child = spawn("taskset", ["-c", String(core), command, ...args], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  child.stdout.on("data", (d) => (output = (output + d).slice(-4000)));
  child.stderr.on("data", (d) => (output = (output + d).slice(-4000)));
  child.on("exit", (code) => {
    if (!child.expected && code !== null) fail(`${log} ended with ${code}:\n${output}`);
  });
  children.push(child);
  return child;
}

export async function stop(child) {
  child.expected = true;
  const ended = new Promise((done) => child.on("exit", done));
  end(child);
  await ended;
}

export const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

export async function listening(port, tries = 200) {
  for (let i = 0; i < tries; i++) {
    const open = await new Promise((done) => {
      const socket = connect(port, "127.0.0.1", () => (socket.destroy(), done(true)));
      socket.on("error", () => done(false));
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  fail(`nothing listens on port ${port}`);
}

// A process and all its descendants: nginx answers from a worker.
function family(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc"))
    if (/^\d+$/.test(name))
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      } catch {}
  const found = [pid];
  for (let i = 0; i < found.length; i++)
    for (const [child, parent] of parents) if (parent === found[i]) found.push(child);
  return found;
}

export function usage(pid) {
  let cpu = 0, resident = 0;
  for (const member of family(pid)) {
    const stat = readFileSync(`/proc/${member}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    cpu += (Number(fields[11]) + Number(fields[12])) * TICK_US;
    resident += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${member}/status`, "utf8"))?.[1] ?? 0) / 1024;
  }
  return { cpu, resident };
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// --- The upstream: nginx, with a body of a hundred bytes. -----------------------------------------------------

export const BODY = "x".repeat(100);

// The beginning of a configuration of nginx.
export const nginxCommon = (name) => `daemon off; pid ${dir}/${name}.pid; error_log /dev/null;
worker_processes 1; events { worker_connections 4096; }`;

export async function startUpstream() {
  const port = await freePort();
  writeFileSync(`${dir}/upstream.conf`, `${nginxCommon("upstream")}
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
  server { listen 127.0.0.1:${port} backlog=4096; location / { default_type text/plain; return 200 "${BODY}"; } } }`);
  start(1, "nginx", ["-c", `${dir}/upstream.conf`], "upstream");
  await listening(port);
  return port;
}

// --- The load generators, on core 1. --------------------------------------------------------------------------

function run(command, args) {
  return new Promise((done) => {
    const child = start(1, command, args, command);
    child.expected = true;
    let output = "";
    child.stdout.on("data", (d) => (output += d));
    child.on("exit", () => done(output));
  });
}

const UNITS = { us: 1, ms: 1e3, s: 1e6 };
const micros = (text) => parseFloat(text) * UNITS[/[a-z]+$/.exec(text)[0]];

export async function wrk(port, load, seconds, connections = CONNECTIONS) {
  const script = `${dir}/load.lua`;
  writeFileSync(script, `wrk.method = "${load.method ?? "GET"}"
done = function(s, l, r)
  io.write(string.format("RESULT %d %d %d %d %d\\n", s.requests, s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout, s.duration, l:percentile(50), l:percentile(99)))
end`);
  const output = await run("wrk", ["-t", "1", "-c", String(connections), "-d", `${seconds}s`, "-s", script, ...load.headers, `http://127.0.0.1:${port}/`]);
  const found = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(output) ?? fail(`wrk said nothing usable:\n${output}`);
  const [, requests, errors, duration, p50, p99] = found.map(Number);
  return { requests, errors, rate: (requests / duration) * 1e6, p50, p99 };
}

export async function h2load(port, load, seconds) {
  const log = `${dir}/h2load.log`;
  rmSync(log, { force: true });
  const headers = load.headers.map((h) => (h === "-H" ? h : h.replace(/^[^:]+/, (name) => name.toLowerCase())));
  const output = await run("h2load", ["-t", "1", "-c", String(CONNECTIONS), "-m", "1", "-D", String(seconds), `--log-file=${log}`,
    ...(load.method ? ["-H", `:method: ${load.method}`] : []), ...headers, `https://127.0.0.1:${port}/`]);
  const requests = Number(/requests: \d+ total, \d+ started, (\d+) done/.exec(output)?.[1] ?? fail(`h2load said nothing usable:\n${output}`));
  const succeeded = Number(/(\d+) succeeded/.exec(output)[1]);
  const times = readFileSync(log, "utf8").trim().split("\n").map((line) => Number(line.split("\t")[2])).sort((a, b) => a - b);
  const at = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))];
  return { requests, errors: requests - succeeded, rate: requests / seconds, p50: at(0.5), p99: at(0.99) };
}

// A proxy that answers something else quickly must not win.
export async function answersRight(port, load, origin) {
  const url = `${load.tls ? "https" : "http"}://127.0.0.1:${port}/`;
  const output = execFileSync("curl", ["-sk", "-i", "--max-time", "60", "-X", load.method ?? "GET", ...load.headers, url], { encoding: "utf8" });
  const granted = new RegExp(`^access-control-allow-origin: ${origin}\\r?$`, "im").test(output);
  if (load.policy && !granted) fail(`${url} does not grant:\n${output}`);
  if (load.method ? !/^HTTP\/\S+ 20[04]/.test(output) : !output.includes(BODY)) fail(`${url} answers wrongly:\n${output}`);
}
