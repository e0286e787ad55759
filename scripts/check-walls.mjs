// Reads `cargo metadata --no-deps` and holds each crate to what docs/design.md lets it know of.
import { readFileSync } from "node:fs";

const adapter = { ours: ["corsage"], foreign: null };
const rules = {
  corsage: { ours: [], foreign: ["arc-swap", "data-url", "http", "percent-encoding", "psl", "psl-types", "url"] },
  "corsage-texts": { ours: [], foreign: [] },
  "corsage-report": { ours: ["corsage", "corsage-texts"], foreign: ["annotate-snippets", "serde_json"] },
  "corsage-config": { ours: ["corsage", "corsage-report"], foreign: null },
  "corsage-convert": { ours: ["corsage", "corsage-config", "corsage-report", "corsage-texts"], foreign: null },
  // The client only behind a feature, for whoever wants real sockets.
  "corsage-audit": { ours: ["corsage", "corsage-client", "corsage-texts"], foreign: null },
  "corsage-client": { ours: ["corsage"], foreign: null },
  "corsage-diagnosis": { ours: ["corsage", "corsage-texts"], foreign: null },
  "corsage-evidence": { ours: ["corsage", "corsage-diagnosis", "corsage-texts"], foreign: null },
  "corsage-enforce": { ours: ["corsage", "corsage-config"], foreign: ["http"] },
  "corsage-envoy": { ours: ["corsage", "corsage-config", "corsage-enforce"], foreign: ["http"] },
  "corsage-ext-proc": { ours: ["corsage", "corsage-config", "corsage-enforce", "corsage-gateway"], foreign: null },
  "corsage-gateway": { ours: ["corsage", "corsage-config", "corsage-enforce"], foreign: null },
  "corsage-tower": adapter,
  "corsage-actix": adapter,
  "corsage-poem": adapter,
  "corsage-salvo": adapter,
  "corsage-rocket": adapter,
  "corsage-agent": { ours: ["corsage", "corsage-client"], foreign: null },
  "corsage-demo": {
    ours: ["corsage", "corsage-client", "corsage-config", "corsage-diagnosis", "corsage-gateway", "corsage-report", "corsage-texts"],
    foreign: null,
  },
  "corsage-test": { ours: ["corsage", "corsage-diagnosis"], foreign: null },
  // The extension module: no sockets of its own, Python has them.
  "corsage-python": {
    ours: [
      "corsage", "corsage-config", "corsage-convert", "corsage-diagnosis", "corsage-evidence", "corsage-report", "corsage-test",
    ],
    foreign: null,
  },
  // Everything that JavaScript gets is the command's, an assertion's or a policy's.
  "corsage-wasm": { ours: ["corsage", "corsage-cli", "corsage-test", "corsage-texts"], foreign: null },
};
// What brings sockets or an executor, and so has no place in a crate that only thinks.
const sockets = ["tokio", "hyper", "hyper-util", "reqwest", "socket2", "mio", "async-std"];
const thinking = [
  "corsage", "corsage-texts", "corsage-report", "corsage-config", "corsage-enforce", "corsage-envoy", "corsage-convert", "corsage-diagnosis", "corsage-evidence",
  "corsage-python",
];

const { packages } = JSON.parse(readFileSync(0, "utf8"));
const names = new Set(packages.map((p) => p.name));
const faults = [];
for (const { name, dependencies } of packages) {
  const rule = rules[name];
  const normal = dependencies.filter((d) => d.kind === null).map((d) => d.name);
  // As WebAssembly the command is a library.
  if (normal.includes("corsage-cli") && name !== "corsage-wasm") faults.push(`${name} imports the command`);
  if (!rule) continue;
  for (const dependency of normal) {
    if (names.has(dependency) && !rule.ours.includes(dependency))
      faults.push(`${name} must not import ${dependency}`);
    if (!names.has(dependency) && rule.foreign && !rule.foreign.includes(dependency))
      faults.push(`${name} must not depend on ${dependency}`);
    if (thinking.includes(name) && sockets.includes(dependency))
      faults.push(`${name} opens no sockets, so it must not depend on ${dependency}`);
  }
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`${packages.length} packages keep to the walls`);
