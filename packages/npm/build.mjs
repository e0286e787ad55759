// Makes dist/: the engines from target/wasm/out (scripts/build-wasm), src/ as ES modules and as CommonJS, types for both.
// With --check nothing is made: it is looked whether everything is there, and how large.
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const built = path.join(here, "../../target/wasm/out");
const dist = path.join(here, "dist");
/** What the engines may weigh on the wire, in bytes. */
const LIMITS = { policy: 120 * 1024, explain: 690 * 1024, whole: 2900 * 1024 };

/** Sections of the catalogue that the engine of `explain` never says, as in the build script of corsage-texts. */
const LEFT_OUT = ["audit", "audit-report", "audit-told", "check", "convert", "demo", "problems"];

if (!process.argv.includes("--check")) await build();
check();

async function build() {
  const { default: ts } = await import("typescript");
  fs.rmSync(dist, { recursive: true, force: true });
  for (const name of Object.keys(LIMITS)) write(`${name}.wasm`, fs.readFileSync(path.join(built, name, `${name}_bg.wasm`)));
  const sources = new Map(files(path.join(here, "src")));
  for (const name of Object.keys(LIMITS)) sources.set(`engine/${name}.js`, glue(name));
  sources.set("engine/policy-base64.js", `export const base64 =\n  "${fs.readFileSync(path.join(dist, "policy.wasm")).toString("base64")}";\n`);
  for (const [name, text] of sources) {
    write(`esm/${name}`, text);
    if (!/(policy-module|absent|fetched|vitest|cli|network)\.js$/.test(name)) write(`cjs/${name}`, commonJs(ts, text));
  }
  for (const [name, text] of files(path.join(here, "types"))) {
    write(`esm/${name}`, text);
    write(`cjs/${name}`, text);
  }
  // Its own scope: what is below it is CommonJS, and finds its engines there.
  write("cjs/package.json", JSON.stringify({
    type: "commonjs",
    imports: {
      "#policy-engine": "./engine/policy-inline.js",
      "#explain-engine": "./engine/explain-file.js",
      "#whole-engine": "./engine/whole-file.js",
    },
  }, null, 2));
  write("texts-ru.json", await texts("ru"));
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) fs.copyFileSync(path.join(here, "../..", name), path.join(here, name));
}

/** What the engine that only explains is lent, from the one that has every language. */
async function texts(language) {
  const whole = await import(path.join(dist, "esm/engine/whole.js"));
  whole.initSync({ module: fs.readFileSync(path.join(dist, "whole.wasm")) });
  const all = JSON.parse(whole.texts(language));
  return JSON.stringify(all.filter(([key]) => !LEFT_OUT.includes(key.split(".")[0])));
}

/** The glue may be started anew after a trap. */
function glue(name) {
  const text = fs.readFileSync(path.join(built, name, `${name}.js`), "utf8");
  const guard = "function initSync(module) {\n    if (wasm !== undefined) return wasm;";
  if (!text.includes(guard)) throw new Error(`${name}.js is not what this wasm-bindgen used to make: initSync has changed`);
  return text.replace(guard, "function initSync(module) {");
}

function commonJs(ts, text) {
  const { outputText } = ts.transpileModule(text.replaceAll("import.meta.url", "__url"), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
  });
  return text.includes("import.meta.url")
    ? `const __url = require("node:url").pathToFileURL(__filename).href;\n${outputText}`
    : outputText;
}

function check() {
  for (const [name, limit] of Object.entries(LIMITS)) {
    const file = path.join(dist, `${name}.wasm`);
    if (!fs.existsSync(file)) throw new Error(`${file} is missing: scripts/build-wasm, then npm run build`);
    const size = gzipSync(fs.readFileSync(file), { level: 9 }).length;
    console.log(`${name}.wasm: ${(size / 1024).toFixed(1)} KiB gzip, ${limit / 1024} are let`);
    if (size > limit) throw new Error(`${name}.wasm is too large`);
  }
}

function files(directory, prefix = "") {
  return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(path.join(directory, entry.name), `${prefix}${entry.name}/`)
      : [[prefix + entry.name, fs.readFileSync(path.join(directory, entry.name), "utf8")]]);
}

function write(name, content) {
  const file = path.join(dist, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
