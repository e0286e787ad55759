// Circles between the modules of a crate: files that, by what they import, reach each other. Those that stay are listed
// in scripts/circles.txt with the reason; a new one fails, and so does a file that joins one.
//
// What counts is what a file names: `crate::…`, `super::…` and `self::…` paths, outside of its tests. A folder's mod.rs
// only declares and exports, so it is no knot: what is named through it is looked up in it.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const LIST = "scripts/circles.txt";
const sources = readFileSync(0, "utf8").split("\n").filter((path) => /^crates\/[^/]+\/src\/.*\.rs$/.test(path));
const known = new Set(sources);

const strip = (text) =>
  text
    .replace(/^\s*#\[cfg\(test\)\]\s*(?:mod|use)[\s\S]*$/m, "")
    .replace(/\/\/.*$/gm, "")
    .replace(/"(?:[^"\\]|\\.)*"/g, '""');

const isRoot = (path) => /\/(?:mod|lib|main)\.rs$/.test(path);
const folderOf = (path) => (isRoot(path) ? dirname(path) : path.slice(0, -3));
const fileOf = (folder, name) =>
  [join(folder, `${name}.rs`), join(folder, name, "mod.rs")].find((path) => known.has(path));
const rootOf = (folder) =>
  [join(folder, "mod.rs"), join(folder, "lib.rs"), join(folder, "main.rs"), `${folder}.rs`].find((path) => known.has(path));

const texts = new Map(sources.map((path) => [path, strip(readFileSync(path, "utf8"))]));

/** All paths that a piece of `use` text spells, its braces multiplied out. */
function spelt(text) {
  const open = text.indexOf("{");
  if (open < 0) return [text.replace(/\s+as\s+\w+/, "").replace(/\s+/g, "")];
  let depth = 0;
  let close = open;
  for (; close < text.length; close += 1) {
    if (text[close] === "{") depth += 1;
    if (text[close] === "}" && --depth === 0) break;
  }
  const parts = [];
  let part = "";
  let inside = 0;
  for (const character of text.slice(open + 1, close)) {
    if (character === "{") inside += 1;
    if (character === "}") inside -= 1;
    if (character === "," && inside === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  parts.push(part);
  const before = text.slice(0, open);
  return parts.filter((part) => part.trim()).flatMap((part) => spelt(before + part.trim()));
}

/** The file that a path of names leads to, from a folder's root on. */
function follow(folder, names, seen = new Set()) {
  let at = rootOf(folder);
  for (const [index, name] of names.entries()) {
    const next = fileOf(folder, name);
    if (next) {
      at = next;
      folder = folderOf(next);
      continue;
    }
    // An item, or what the root exports from elsewhere.
    if (at && isRoot(at)) {
      const exported = exportsOf(at).get(name);
      const key = `${at} ${name}`;
      if (exported && !seen.has(key)) return follow(exported.folder, exported.names, seen.add(key));
    }
    return index === 0 && at && isRoot(at) ? undefined : at;
  }
  return at && isRoot(at) ? undefined : at;
}

const exported = new Map();
function exportsOf(path) {
  if (exported.has(path)) return exported.get(path);
  const found = new Map();
  exported.set(path, found);
  for (const [, use] of texts.get(path).matchAll(/\buse\s+([^;]+);/g))
    for (const one of spelt(use)) {
      const target = resolve(path, one.split("::"));
      if (target) found.set(one.split("::").at(-1), target);
    }
  return found;
}

/** Where a path that begins with `crate`, `super`, `self` or a module of the file begins, and what follows. */
function resolve(path, names) {
  let folder = folderOf(path);
  const rest = [...names];
  if (rest[0] === "crate") {
    folder = path.split("/").slice(0, 3).join("/");
    rest.shift();
  } else if (rest[0] === "self") rest.shift();
  else if (rest[0] === "super") {
    while (rest[0] === "super") {
      folder = dirname(folder);
      rest.shift();
    }
  } else if (!fileOf(folder, rest[0])) return undefined;
  return { folder, names: rest };
}

const edges = new Map(sources.map((path) => [path, new Set()]));
for (const [path, text] of texts) {
  if (isRoot(path) && !/\bfn\b|\bimpl\b/.test(text)) continue;
  const named = [];
  for (const [, use] of text.matchAll(/\buse\s+([^;]+);/g)) named.push(...spelt(use));
  for (const [name] of text.matchAll(/\b(?:crate|super|self)(?:::\w+)+/g)) named.push(name);
  for (const name of named) {
    const start = resolve(path, name.split("::"));
    const target = start && follow(start.folder, start.names.filter((part) => part !== "*"));
    if (target && target !== path && !(isRoot(target) && folderOf(target) === folderOf(path))) edges.get(path).add(target);
  }
}

// Tarjan's strongly connected components.
const index = new Map();
const low = new Map();
const stack = [];
const circles = [];
function visit(path) {
  index.set(path, index.size);
  low.set(path, index.get(path));
  stack.push(path);
  for (const target of edges.get(path)) {
    if (!index.has(target)) {
      visit(target);
      low.set(path, Math.min(low.get(path), low.get(target)));
    } else if (stack.includes(target)) low.set(path, Math.min(low.get(path), index.get(target)));
  }
  if (low.get(path) !== index.get(path)) return;
  const circle = stack.splice(stack.indexOf(path));
  if (circle.length > 1) circles.push(circle.sort());
}
for (const path of sources) if (!index.has(path)) visit(path);

const short = (circle) => {
  const root = circle[0].split("/").slice(0, 3).join("/");
  return `${root}: ${circle.map((path) => path.slice(root.length + 1, -3)).join(" ")}`;
};
const found = circles.map(short).sort();
if (process.argv.includes("--list")) {
  console.log(found.join("\n"));
  process.exit(0);
}
if (process.argv.includes("--edges")) {
  for (const circle of circles)
    for (const path of circle) console.log(path, "→", [...edges.get(path)].filter((to) => circle.includes(to)).join(" "));
  process.exit(0);
}
if (!existsSync(LIST)) throw new Error(`${LIST} is missing`);
const listed = readFileSync(LIST, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
const members = (circle) => circle.split(/:? /);
const within = (circle, other) => members(circle).every((name) => members(other).includes(name));
const faults = found.filter((circle) => !listed.some((known) => within(circle, known)));
for (const circle of faults) console.error(`a circle between modules that ${LIST} does not list: ${circle}`);
if (faults.length > 0) process.exit(1);
for (const circle of listed.filter((circle) => !found.includes(circle)))
  console.log(`${LIST}: no such circle any more, or a smaller one: ${circle}`);
console.log(`${sources.length} files, ${found.length} circles between them, all of them listed`);
