// Makes the inputs, runs the command a few times each, and prints the best time of each beside its limit.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const corsage = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), "corsage-bench-"));

// Two thousand Ingress objects, each a file, with thirty policies among them; one change in the second tree.
const ingress = (index, origin) => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app-${index}
  namespace: team-${index % 40}
  labels: { app: app-${index} }
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
    nginx.ingress.kubernetes.io/proxy-body-size: 8m
    nginx.ingress.kubernetes.io/enable-cors: "true"
    nginx.ingress.kubernetes.io/cors-allow-origin: "${origin}, https://*.team-${index % 30}.example.com"
    nginx.ingress.kubernetes.io/cors-allow-methods: "GET, PUT, POST"
    nginx.ingress.kubernetes.io/cors-allow-headers: "content-type, x-request-id"
spec:
  ingressClassName: nginx
  rules:
    - host: app-${index}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: app-${index}, port: { number: 80 } } }
`;
for (const [tree, changed] of [["before", -1], ["after", 1234]]) {
  mkdirSync(join(folder, tree));
  for (let index = 0; index < 2000; index++) {
    const origin = index === changed ? "https://evil.example" : `https://www-${index % 30}.example.com`;
    writeFileSync(join(folder, tree, `app-${index}.yaml`), ingress(index, origin));
  }
}
// A hundred thousand origins, of which one differs.
const policy = (changed) => {
  const origins = Array.from({ length: 100_000 }, (_, index) => `"https://tenant-${index === changed ? "x" : index}.example.com",`);
  return `[[policy]]\nallow_credentials = true\nallow_origins = [\n${origins.join("\n")}\n]\n`;
};
writeFileSync(join(folder, "a.toml"), policy(-1));
writeFileSync(join(folder, "b.toml"), policy(77_777));
// Expressions that take other tools down.
const nginx = (expression) =>
  `server { listen 8080; location / { if ($http_origin ~ "${expression}") { add_header Access-Control-Allow-Origin $http_origin; } proxy_pass http://127.0.0.1:9000; } }\n`;
const hostile = {
  "nested repeats": "^https://((((a+)+)+)+)+\\.example\\.com$",
  "counted repeats": "^https://([a-z]{1,200}\\.){1,200}example\\.com$",
  "10,000 alternatives": `^https://(${Array.from({ length: 10_000 }, (_, index) => `t${index}`).join("|")})\\.example\\.com$`,
};
for (const [name, expression] of Object.entries(hostile)) writeFileSync(join(folder, `${name}.conf`), nginx(expression));
writeFileSync(join(folder, "plain.conf"), nginx("^https://app\\.example\\.com$"));

let failed = false;
const time = (name, limit, codes, arguments_) => {
  let best = Infinity;
  let status;
  let memory = "";
  for (let turn = 0; turn < 3; turn++) {
    const start = process.hrtime.bigint();
    const run = spawnSync("taskset", ["-c", "0", "/usr/bin/env", "bash", "-c", 'ulimit -v 4000000; exec "$@"', "-", corsage, ...arguments_], { cwd: folder, maxBuffer: 1 << 30 });
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
    status = run.status;
    memory = run.stderr.toString().split("\n")[0].slice(0, 100);
    if (best > 3 * limit) break;
  }
  const holds = best <= limit && codes.includes(status);
  failed ||= !holds;
  console.log(`${holds ? "ok  " : "FAIL"} ${name.padEnd(44)} ${best.toFixed(2)} s of ${limit} s, exit ${status} ${holds ? "" : memory}`);
};
time("check, 2,000 manifests", 1, [0, 1], ["check", "before"]);
time("diff, 2,000 manifests with 2,000", 2, [1], ["diff", "before", "after"]);
time("diff, 100,000 origins with 100,000", 1, [1], ["diff", "a.toml", "b.toml"]);
time("diff, 100,000 origins with themselves", 1, [0], ["diff", "a.toml", "a.toml"]);
for (const name of Object.keys(hostile)) time(`diff, ${name}`, 5, [1, 3], ["diff", "plain.conf", `${name}.conf`]);
rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
