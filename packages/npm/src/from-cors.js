// The options of the package `cors`, as a policy; and what a page could do with them, by a model of that package.
import * as whole from "#whole-engine";
import { Policy } from "./policy.js";
import { run } from "./run.js";

/** What `cors` sends if nothing is said. */
const METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE";
/** These need no listing. */
const SAFELISTED = new Set(["GET", "HEAD", "POST"]);

/**
 * Reads options of `cors`. Warnings say what these options do, and what the policy does otherwise; `more` goes into the
 * policy besides, `tolerate` for one. Throws what is wrong with the policy.
 */
export function fromCors(options = {}, more = {}, { warn = (text) => console.warn(`corsage: ${text}`) } = {}) {
  if (typeof options === "function") {
    throw new TypeError("options that a function makes for each request are not read: write allowOriginsWhere(origin, request)");
  }
  for (const warning of [...differences(options), ...findings(options)]) warn(warning);
  return new Policy({
    ...origins(options.origin ?? "*"),
    allowMethods: listed(options.methods ?? METHODS).filter((method) => !SAFELISTED.has(method)),
    // `cors` sends back whatever is asked for, if nothing is said.
    allowHeaders: listed(options.allowedHeaders ?? options.headers) ?? ["*", ...(options.credentials ? [] : ["authorization"])],
    exposeHeaders: listed(options.exposedHeaders) ?? [],
    allowCredentials: options.credentials === true,
    ...(options.maxAge !== undefined && options.maxAge !== null && { maxAge: Number(options.maxAge) }),
    ...(options.optionsSuccessStatus === 200 && { preflight: "ok" }),
    ...more,
  });
}

const listed = (value) =>
  value === undefined || value === null ? undefined : [value].flat().flatMap((list) => list.split(",")).map((item) => item.trim()).filter(Boolean);

function origins(origin) {
  if (origin === false) return { allowOrigins: [], allowOriginsWhere: () => false };
  if (origin === true || origin === "*") return { allowOrigins: ["*"] };
  if (typeof origin === "function") return { allowOrigins: [], allowOriginsWhere: (asked) => askedOf(origin, asked) };
  const all = [origin].flat();
  const expressions = all.filter((one) => one instanceof RegExp);
  const exact = all.filter((one) => typeof one === "string");
  const fits = (asked) => expressions.some((expression) => asked.search(expression) !== -1);
  return { allowOrigins: exact, ...(expressions.length > 0 && { allowOriginsWhere: fits }) };
}

/** `origin: (origin, callback)`: what the callback is told is admitted, if it is this origin. */
function askedOf(origin, asked) {
  return new Promise((resolve) => {
    origin(asked, (error, told) => {
      const rules = [told].flat();
      resolve(!error && rules.some((rule) => rule === true || rule === "*" || rule === asked || (rule instanceof RegExp && rule.test(asked))));
    });
  });
}

function differences(options) {
  const told = [];
  if (options.preflightContinue === true) told.push("preflightContinue: preflights are answered by the policy, and no handler sees them");
  if (![undefined, 200, 204].includes(options.optionsSuccessStatus)) {
    told.push(`optionsSuccessStatus ${options.optionsSuccessStatus}: preflights are answered with 204; browsers take any status from 200 to 299`);
  }
  if (options.origin === true && options.credentials !== true) told.push('origin true: "*" says the same to browsers as sending each origin back does, and caches need not tell answers apart');
  return told;
}

/** What `corsage check` finds in an Express application with these options. */
function findings(options) {
  const source = sourceOf(options);
  if (source === undefined || !whole.isLoaded()) return [];
  const text = `const express = require("express");\nconst cors = require("cors");\nconst app = express();\napp.use(cors(${source}));\napp.get("/", (request, response) => response.send("hello"));\napp.listen(3000);\n`;
  const { stdout } = run(["check", "--format", "json", "app.js"], { files: { "app.js": text } });
  if (stdout === "") return [];
  const { files } = JSON.parse(stdout);
  return files.flatMap(({ problems = [] }) => problems.map(({ code, cause, help, way_out: wayOut }) =>
    `cors() does this${code ? ` [${code}]` : ""}: ${[cause, help ?? wayOut].filter(Boolean).join("; ")}`));
}

/** Options as they would be written; `undefined` where a function is among them, which no model runs. */
function sourceOf(value) {
  if (typeof value === "function") return undefined;
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) {
    const items = value.map(sourceOf);
    return items.includes(undefined) ? undefined : `[${items.join(", ")}]`;
  }
  if (value !== null && typeof value === "object") {
    const items = Object.entries(value).filter(([, item]) => item !== undefined).map(([name, item]) => [name, sourceOf(item)]);
    return items.some(([, item]) => item === undefined) ? undefined : `{ ${items.map(([name, item]) => `${name}: ${item}`).join(", ")} }`;
  }
  return JSON.stringify(value);
}
