// The gateway beside nginx and HAProxy, in one run, in alternation, against the same upstream.
//
//   scripts/bench-gateway [--rounds N] [--turns N] [--seconds N] [--only NAME] [--binary PATH] [--json]
//
// Core 0 is the proxies', core 1 the upstream's and the load generator's. In a round all proxies are started anew, and
// take their turns of so many seconds one after the other; who has no turn idles. CPU per request is read from /proc
// (user + system time of the proxy's processes, over the requests that were answered), so it says what a request costs
// whatever else the machine does. The table shows medians over all turns, and ratios of them to nginx's. Needs Linux,
// nginx, haproxy, wrk, h2load and openssl (Debian: nginx haproxy wrk nghttp2-client openssl).
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const options = { rounds: 3, turns: 5, seconds: 1, only: null, json: false, binary: join(root, "target/dist/corsage") };
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i];
  if (name === "--json") options.json = true;
  else if (name === "--only") options.only = process.argv[++i];
  else if (name === "--binary") options.binary = process.argv[++i];
  else if (["--rounds", "--turns", "--seconds"].includes(name)) options[name.slice(2)] = Number(process.argv[++i]);
  else fail(`unknown argument '${name}': --rounds N, --turns N, --seconds N, --only NAME, --binary PATH, --json`);
}
for (const tool of ["nginx", "haproxy", "wrk", "h2load", "openssl", "taskset"])
  if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0)
    fail(`${tool} is missing: apt-get install nginx haproxy wrk nghttp2-client openssl util-linux`);
if (cpus().length < 2) fail("two cores are needed: one for the proxy, one for everything else");

const ORIGIN = "https://app.example.com";
const CONNECTIONS = 32;
const TICK_US = 1e6 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const dir = mkdtempSync(join(tmpdir(), "corsage-bench-"));
const children = [];
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

function fail(message) {
  console.error(`bench-gateway: ${message}`);
  process.exit(2);
}

function start(core, command, args, log) {
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

async function stop(child) {
  child.expected = true;
  const ended = new Promise((done) => child.on("exit", done));
  end(child);
  await ended;
}

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

async function listening(port) {
  for (let i = 0; i < 200; i++) {
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

function usage(pid) {
  let cpu = 0, resident = 0;
  for (const member of family(pid)) {
    const stat = readFileSync(`/proc/${member}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    cpu += (Number(fields[11]) + Number(fields[12])) * TICK_US;
    resident += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${member}/status`, "utf8"))?.[1] ?? 0) / 1024;
  }
  return { cpu, resident };
}

// --- The upstream, and the three proxies. -------------------------------------------------------------------

const upstreamPort = await freePort();
const BODY = "x".repeat(100);
const common = `daemon off; pid ${dir}/NAME.pid; error_log /dev/null;
worker_processes 1; events { worker_connections 4096; }`;
writeFileSync(`${dir}/upstream.conf`, `${common.replace("NAME", "upstream")}
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
  server { listen 127.0.0.1:${upstreamPort} backlog=4096; location / { default_type text/plain; return 200 "${BODY}"; } } }`);

execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
  "-keyout", `${dir}/key.pem`, "-out", `${dir}/cert.pem`, "-days", "2", "-subj", "/CN=localhost",
  "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], { stdio: "ignore" });
writeFileSync(`${dir}/both.pem`, readFileSync(`${dir}/cert.pem`, "utf8") + readFileSync(`${dir}/key.pem`, "utf8"));

const nginxCors = `
      add_header Access-Control-Allow-Origin $cors always;
      add_header Vary Origin always;
      if ($request_method = OPTIONS) {
        add_header Access-Control-Allow-Origin $cors always;
        add_header Access-Control-Allow-Methods "GET, POST, PUT" always;
        add_header Access-Control-Allow-Headers "content-type, x-requested-with, authorization" always;
        add_header Access-Control-Max-Age 7200 always;
        add_header Vary Origin always;
        return 204; }`;

function nginx(port, { policy, tls }) {
  const file = `${dir}/nginx-${port}.conf`;
  writeFileSync(file, `${common.replace("NAME", `nginx-${port}`)}
http { access_log off; keepalive_requests 1000000000; client_body_temp_path ${dir}; proxy_temp_path ${dir};
  map $http_origin $cors { default ""; "${ORIGIN}" $http_origin; }
  upstream up { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:${port} ${tls ? "ssl http2" : ""} backlog=4096;
    ${tls ? `ssl_certificate ${dir}/cert.pem; ssl_certificate_key ${dir}/key.pem; http2_max_requests 1000000000;` : ""}
    location / { ${policy ? nginxCors : ""}
      proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; } } }`);
  return ["nginx", ["-c", file]];
}

function haproxy(port, { policy, tls }) {
  const file = `${dir}/haproxy-${port}.cfg`;
  const cors = `
  acl cors req.hdr(origin) -m str ${ORIGIN}
  acl ask method OPTIONS
  acl asks req.hdr(access-control-request-method) -m found
  http-request set-var(txn.cors) req.hdr(origin) if cors
  http-request return status 204 hdr Access-Control-Allow-Origin %[var(txn.cors)] hdr Access-Control-Allow-Methods "GET, POST, PUT" hdr Access-Control-Allow-Headers "content-type, x-requested-with, authorization" hdr Access-Control-Max-Age 7200 hdr Vary Origin if ask asks cors
  http-response set-header Access-Control-Allow-Origin %[var(txn.cors)] if { var(txn.cors) -m found }
  http-response add-header Vary Origin`;
  writeFileSync(file, `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  http-reuse always
frontend f
  bind 127.0.0.1:${port} ${tls ? `ssl crt ${dir}/both.pem alpn h2,http/1.1` : ""}
  ${policy ? cors : ""}
  default_backend b
backend b
  server up 127.0.0.1:${upstreamPort}
`);
  return ["haproxy", ["-f", file, "-db"]];
}

function corsage(port, { policy, tls }) {
  const file = `${dir}/corsage-${port}.toml`;
  writeFileSync(file, `[gateway]
threads = 1
upstreams = [{ url = "http://127.0.0.1:${upstreamPort}" }]
${tls ? `listen = [{ address = "127.0.0.1:${port}", tls = { certificates = [{ certificate = "${dir}/cert.pem", key = "${dir}/key.pem" }] } }]` : `listen = [{ address = "127.0.0.1:${port}" }]`}
[gateway.admin]
listen = "off"
[gateway.log]
access = "off"
${policy ? `[[policy]]
name = "bench"
allow_origins = ["${ORIGIN}"]
allow_methods = ["PUT"]
allow_headers = ["content-type", "x-requested-with", "authorization"]
max_age = "2h"` : ""}
`);
  return [options.binary, ["serve", "--config", file]];
}

const proxies = { nginx, haproxy, corsage };

// --- The loads. ---------------------------------------------------------------------------------------------

const originHeader = ["-H", `Origin: ${ORIGIN}`];
const preflightHeaders = [...originHeader, "-H", "Access-Control-Request-Method: PUT",
  "-H", "Access-Control-Request-Headers: authorization,content-type,x-requested-with"];
const loads = [
  { name: "GET, no policy", policy: false, headers: [] },
  { name: "GET, policy", policy: true, headers: originHeader },
  { name: "preflight", policy: true, method: "OPTIONS", headers: preflightHeaders },
  { name: "GET, policy, TLS + HTTP/2", policy: true, tls: true, headers: originHeader },
  { name: "preflight, TLS + HTTP/2", policy: true, tls: true, method: "OPTIONS", headers: preflightHeaders },
].filter((load) => !options.only || load.name.includes(options.only));

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

async function wrk(port, load, seconds) {
  const script = `${dir}/load.lua`;
  writeFileSync(script, `wrk.method = "${load.method ?? "GET"}"
done = function(s, l, r)
  io.write(string.format("RESULT %d %d %d %d %d\\n", s.requests, s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout, s.duration, l:percentile(50), l:percentile(99)))
end`);
  const output = await run("wrk", ["-t", "1", "-c", String(CONNECTIONS), "-d", `${seconds}s`, "-s", script, ...load.headers, `http://127.0.0.1:${port}/`]);
  const found = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(output) ?? fail(`wrk said nothing usable:\n${output}`);
  const [, requests, errors, duration, p50, p99] = found.map(Number);
  return { requests, errors, rate: (requests / duration) * 1e6, p50, p99 };
}

async function h2load(port, load, seconds) {
  const log = `${dir}/h2load.log`;
  rmSync(log, { force: true });
  const headers = load.headers.map((h) => (h === "-H" ? h : h.toLowerCase().replace(ORIGIN.toLowerCase(), ORIGIN)));
  const output = await run("h2load", ["-t", "1", "-c", String(CONNECTIONS), "-m", "1", "-D", String(seconds), `--log-file=${log}`,
    ...(load.method ? ["-H", `:method: ${load.method}`] : []), ...headers, `https://127.0.0.1:${port}/`]);
  const requests = Number(/requests: \d+ total, \d+ started, (\d+) done/.exec(output)?.[1] ?? fail(`h2load said nothing usable:\n${output}`));
  const succeeded = Number(/(\d+) succeeded/.exec(output)[1]);
  const times = readFileSync(log, "utf8").trim().split("\n").map((line) => Number(line.split("\t")[2])).sort((a, b) => a - b);
  const at = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))];
  return { requests, errors: requests - succeeded, rate: requests / seconds, p50: at(0.5), p99: at(0.99) };
}

// A proxy that answers something else quickly must not win.
async function answersRight(port, load) {
  const url = `${load.tls ? "https" : "http"}://127.0.0.1:${port}/`;
  const output = execFileSync("curl", ["-sk", "-i", "--max-time", "5", "-X", load.method ?? "GET", ...load.headers, url], { encoding: "utf8" });
  const granted = new RegExp(`^access-control-allow-origin: ${ORIGIN}\\r?$`, "im").test(output);
  if (load.policy && !granted) fail(`${url} does not grant:\n${output}`);
  if (load.method ? !/^HTTP\/\S+ 20[04]/.test(output) : !output.includes(BODY)) fail(`${url} answers wrongly:\n${output}`);
}

// --- The run. -----------------------------------------------------------------------------------------------

start(1, "nginx", ["-c", `${dir}/upstream.conf`], "upstream");
await listening(upstreamPort);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = [];
for (const load of loads) {
  const samples = Object.fromEntries(Object.keys(proxies).map((name) => [name, []]));
  const idle = {};
  const drive = load.tls ? h2load : wrk;
  for (let round = 0; round < options.rounds; round++) {
    const running = [];
    for (const [name, build] of Object.entries(proxies)) {
      const port = await freePort();
      const child = start(0, ...build(port, load), name);
      await listening(port);
      await new Promise((done) => setTimeout(done, 200));
      await answersRight(port, load);
      idle[name] = usage(child.pid).resident;
      await drive(port, load, 1);
      running.push({ name, port, child });
    }
    for (let turn = 0; turn < options.turns; turn++)
      for (const { name, port, child } of running) {
        const before = usage(child.pid);
        const result = await drive(port, load, options.seconds);
        const after = usage(child.pid);
        samples[name].push({ ...result, micros: (after.cpu - before.cpu) / result.requests, resident: after.resident });
      }
    for (const { child } of running) await stop(child);
  }
  const nginx = (key) => median(samples.nginx.map((s) => s[key]));
  for (const name of Object.keys(proxies)) {
    const pick = (key) => median(samples[name].map((s) => s[key]));
    rows.push({
      load: load.name, proxy: name, cpu_us: pick("micros"),
      ratio: pick("micros") / nginx("micros"),
      rate: pick("rate"), p50_us: pick("p50"), p99_us: pick("p99"),
      p99_ratio: pick("p99") / nginx("p99"),
      idle_mib: idle[name], resident_mib: pick("resident"), errors: samples[name].reduce((sum, s) => sum + s.errors, 0),
    });
    if (!options.json) print(rows.at(-1));
  }
}
if (options.json) console.log(JSON.stringify({ options, rows }, null, 1));
for (const child of children) child.expected = true;
process.exit(0);

function print(row) {
  if (rows.length === 1)
    console.log("load                        proxy     CPU µs/req  × nginx   req/s   p50 µs   p99 µs  × nginx  idle MiB  loaded MiB  errors");
  console.log([row.load.padEnd(27), row.proxy.padEnd(9), row.cpu_us.toFixed(1).padStart(10), row.ratio.toFixed(2).padStart(8),
    row.rate.toFixed(0).padStart(7), String(row.p50_us).padStart(8), String(row.p99_us).padStart(8), row.p99_ratio.toFixed(2).padStart(8),
    row.idle_mib.toFixed(1).padStart(9), row.resident_mib.toFixed(1).padStart(11), String(row.errors).padStart(7)].join(" "));
}
