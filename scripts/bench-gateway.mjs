// The gateway beside nginx and HAProxy, in one run, in alternation, against the same upstream.
//
//   scripts/bench-gateway [--rounds N] [--turns N] [--seconds N] [--only NAME] [--binary PATH] [--instructions] [--json]
//
// Core 0 is the proxies', core 1 the upstream's and the load generator's. In a round all proxies are started anew, and
// take their turns of so many seconds one after the other; who has no turn idles. CPU per request is read from /proc
// (user + system time of the proxy's processes, over the requests that were answered), so it says what a request costs
// whatever else the machine does. The table shows medians over all turns; ratios are to nginx's turn of the same round
// just before, and their medians. "corsage" writes no access log, as nginx and HAProxy write none here; "plain" is what
// one gets who starts it with arguments alone: it writes one, to /dev/null. --instructions counts Corsage's own, without and
// with an access log, by callgrind instead: exact, and the difference is what a line costs. Needs Linux, nginx, haproxy, wrk, h2load and openssl (Debian: nginx haproxy wrk nghttp2-client openssl).
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  answersRight, children, dir, fail, freePort, h2load, listening, median, need, nginxCommon, read, start, startUpstream, stop, usage, wrk,
} from "./bench-harness.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const options = read({ rounds: 3, turns: 5, seconds: 1, only: "", instructions: false, json: false, binary: join(root, "target/dist/corsage") });
need(["nginx:nginx", "haproxy:haproxy", "wrk:wrk", "h2load:nghttp2-client", "openssl:openssl", "taskset:util-linux", "curl:curl"]);

const ORIGIN = "https://app.example.com";

// --- The upstream, and the three proxies. -------------------------------------------------------------------

const upstreamPort = await startUpstream();

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
  writeFileSync(file, `${nginxCommon(`nginx-${port}`)}
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

function corsage(port, { policy, tls }, access = "off") {
  const file = `${dir}/corsage-${port}.toml`;
  writeFileSync(file, `[gateway]
threads = 1
upstreams = [{ url = "http://127.0.0.1:${upstreamPort}" }]
${tls ? `listen = [{ address = "127.0.0.1:${port}", tls = { certificates = [{ certificate = "${dir}/cert.pem", key = "${dir}/key.pem" }] } }]` : `listen = [{ address = "127.0.0.1:${port}" }]`}
[gateway.admin]
listen = "off"
[gateway.log]
access = "${access}"
${policy ? `[[policy]]
name = "bench"
allow_origins = ["${ORIGIN}"]
allow_methods = ["PUT"]
allow_headers = ["content-type", "x-requested-with", "authorization"]
max_age = "2h"` : ""}
`);
  return [options.binary, ["serve", "--config", file]];
}

// As a stranger starts it, with an access log on standard output.
function plain(port, { policy }) {
  const granted = ["--allow-origin", ORIGIN, "--allow-origin", "https://b.example", "--allow-method", "PUT",
    "--allow-header", "content-type", "--allow-header", "x-requested-with", "--allow-header", "authorization"];
  const serve = [options.binary, "serve", "--listen", `127.0.0.1:${port}`, "--upstream", `http://127.0.0.1:${upstreamPort}`];
  return ["sh", ["-c", 'CORSAGE_THREADS=1 exec "$0" "$@" > /dev/null', ...serve, ...(policy ? granted : [])]];
}

const proxies = { nginx, haproxy, corsage, plain };

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

// --- The run. -----------------------------------------------------------------------------------------------

if (options.instructions) {
  need(["valgrind:valgrind"]);
  for (const load of loads.filter((load) => !load.tls)) {
    const [off, on] = [await instructions(load, "off"), await instructions(load, "stdout")];
    const counts = [off, on, on - off].map((count) => count.toFixed(0).padStart(8)).join(" ");
    console.log(`${load.name.padEnd(16)} instructions a request without and with a line of the log, and of the line: ${counts}`);
  }
  for (const child of children) child.expected = true;
  process.exit(0);
}

// All threads' between two dumps, over the requests between them.
async function instructions(load, access) {
  const port = await freePort();
  const out = `${dir}/callgrind.${port}`;
  const [command, args] = corsage(port, load, access);
  const child = start(0, "valgrind", ["--tool=callgrind", `--callgrind-out-file=${out}`, command, ...args], "corsage");
  await listening(port, 1000);
  // One connection: with more, it is chance how many requests a turn of the loop serves.
  await wrk(port, load, 2, 1);
  const dump = () => execFileSync("callgrind_control", ["-d", String(child.pid)], { stdio: "ignore" });
  dump();
  const { requests } = await wrk(port, load, 5 * options.seconds, 1);
  dump();
  await stop(child);
  const total = /^totals: (\d+)/m.exec(readFileSync(`${out}.2`, "utf8"));
  if (!total) fail("callgrind has written nothing");
  return Number(total[1]) / requests;
}

const rows = [];
for (const load of loads) {
  // Certificates are for files to name.
  const takesPart = ([name]) => name !== "plain" || !load.tls;
  const taking = Object.fromEntries(Object.entries(proxies).filter(takesPart));
  const samples = Object.fromEntries(Object.keys(taking).map((name) => [name, []]));
  const idle = {};
  const drive = load.tls ? h2load : wrk;
  for (let round = 0; round < options.rounds; round++) {
    const running = [];
    for (const [name, build] of Object.entries(taking)) {
      const port = await freePort();
      const child = start(0, ...build(port, load), name);
      await listening(port);
      await new Promise((done) => setTimeout(done, 200));
      await answersRight(port, load, ORIGIN);
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
  for (const name of Object.keys(taking)) {
    const pick = (key) => median(samples[name].map((s) => s[key]));
    const ratio = (key) => median(samples[name].map((s, turn) => s[key] / samples.nginx[turn][key]));
    rows.push({
      load: load.name, proxy: name, cpu_us: pick("micros"),
      ratio: ratio("micros"),
      rate: pick("rate"), p50_us: pick("p50"), p99_us: pick("p99"),
      p99_ratio: ratio("p99"),
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
