// Functions of more than sixty lines: each is listed in scripts/long-functions.txt, with the reason why it stays, or with
// none where it is to be taken apart; nothing joins them unseen. Lines that are blank or comments do not count. Reads
// the files' names from its standard input.
import { readFileSync } from "node:fs";

const MOST = 60;
const LIST = "scripts/long-functions.txt";
const opening = /^(\s*)(?:pub(?:\([^)]*\))? )?(?:(?:const|async|unsafe|extern "C") )*fn (\w+)/;

function* functions(path) {
  const lines = readFileSync(path, "utf8").split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const found = opening.exec(lines[at]);
    if (!found) continue;
    let head = at;
    while (head < lines.length && !/[{};]$/.test(lines[head].trimEnd())) head += 1;
    if (!lines[head]?.trimEnd().endsWith("{")) continue;
    // Formatted code ends a body where it began.
    let end = head + 1;
    while (end < lines.length && lines[end] !== `${found[1]}}`) end += 1;
    const length = lines.slice(head + 1, end).filter((line) => line.trim() && !line.trim().startsWith("//")).length;
    yield { name: `${path} ${found[2]}`, length };
  }
}

const listed = new Map();
for (const line of readFileSync(LIST, "utf8").split("\n")) {
  if (!line || line.startsWith("#")) continue;
  const [path, name, ...reason] = line.split(" ");
  listed.set(`${path} ${name}`, reason.join(" "));
}
const long = new Map();
for (const path of readFileSync(0, "utf8").split("\n").filter(Boolean))
  for (const { name, length } of functions(path)) if (length > MOST) long.set(name, length);
if (process.argv.includes("--list")) {
  for (const name of [...long.keys()].sort()) console.log([name, listed.get(name)].filter(Boolean).join(" "));
  process.exit(0);
}
const faults = [...long].filter(([name]) => !listed.has(name));
for (const [name, length] of faults) console.error(`${name}: ${length} lines; ${MOST} are let`);
if (faults.length > 0) process.exit(1);
for (const name of listed.keys()) if (!long.has(name)) console.log(`${name} is short enough by now: take it off ${LIST}`);
const open = [...long.keys()].filter((name) => !listed.get(name)).length;
console.log(`functions keep to ${MOST} lines, but for ${long.size - open} tables and ${open} that are to be taken apart`);
