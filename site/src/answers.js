// What is pasted becomes arguments and files of the command, and what the command answers is shown.
import { explaining, load, run } from "./engine.js";
import { text } from "./language.js";
import { element, pictured, printed } from "./picture.js";

const speaking = ["--lang", document.documentElement.lang];

/** For each kind of what people hold: elements, or a promise of them. `value` reads a field of the form. */
export const answers = {
  console: ({ value }) => (value("console").trim() === "" ? [] : printed(run([...speaking, "explain", "--console", value("console")]))),
  har: ({ archive }) => (archive === undefined ? [] : printed(run([...speaking, "explain", "--har", "archive.har"], { files: { "archive.har": archive } }))),
  async config({ value }) {
    const name = value("name").trim() || "configuration";
    const files = { [name]: value("file") };
    if (value("file").trim() === "") return [];
    await load();
    const checked = printed(run([...speaking, "check", name], { files }));
    if (value("to") === "") return checked;
    const converted = run(["convert", "--to", value("to"), name], { files });
    return [...checked, element("h2", {}, text.written), element("pre", { id: "written", tabIndex: 0 }, converted.stdout || converted.stderr)];
  },
  request: ({ value }) => withReader(value, () => account(value, (message) => pasted(value, message))),
  policy: ({ value }) => withReader(value, () => {
    const policy = compiled(value("policy"));
    try {
      return account(value, (message) => decided(policy, message));
    } finally {
      policy.free();
    }
  }),
};

/** JavaScript is read by the larger engine; whatever else is asked is answered at once. */
function withReader(value, answer) {
  return asked(value("command").trim())[0] === "--fetch" ? load().then(answer) : answer();
}

/** A request's account: verdict, wire, browsers, and the report that the command prints. */
function account(value, send) {
  const command = value("command").trim();
  if (command === "") return [];
  const args = [...speaking, "explain", ...asked(command), "--send", "--no-probe"];
  if (!/--from|origin:/i.test(command)) args.push("--from", value("origin").trim());
  if (value("server") !== "") args.push("--server", value("server"));
  const told = run([...args, "--format", "json"], { send });
  if (told.stdout === "") return printed(told);
  const json = JSON.parse(told.stdout);
  const accounts = json.accounts ?? [json];
  return [...accounts.flatMap(pictured), element("h2", {}, text.words), ...printed(run(args, { send }))];
}

/** A URL, a command, or JavaScript. */
function asked(command) {
  if (/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(command)) return [command];
  if (/\b(fetch|axios|XMLHttpRequest|ky|\$\.)/.test(command) && !/^\s*curl/.test(command)) return ["--fetch", command];
  return ["--curl", command];
}

/** Status line and headers, as they are pasted. */
function pasted(value, message) {
  const isPreflight = message.headers.some(([name]) => name.toLowerCase() === "access-control-request-method");
  const [first = "", ...rest] = value(isPreflight ? "preflight" : "answer").trim().split(/\r?\n/);
  const head = /^(?:HTTP\/\S+\s+)?([1-5]\d\d)\b/i.exec(first);
  const lines = head ? rest : [first, ...rest];
  const headers = lines.map((line) => /^\s*([^:\s]+)\s*:\s*(.*)$/.exec(line)).filter(Boolean).map(([, name, text]) => [name, text.trim()]);
  return { status: Number(head?.[1] ?? (isPreflight ? 204 : 200)), headers };
}

/** A server that wears the policy. */
function decided(policy, message) {
  const lines = message.headers.map(([name, text]) => `${name}: ${text}`).join("\n");
  const [code, ...rest] = policy.decide(message.method, message.url, lines, false).split("\n");
  const headers = [];
  for (let at = 0; at < rest.length; at += 2) headers.push([rest[at], rest[at + 1]]);
  return { status: Number(code) || 200, headers };
}

function compiled(written) {
  try {
    return explaining().Policy.compile(written);
  } catch (problems) {
    if (typeof problems !== "string") throw problems;
    throw new Error(JSON.parse(problems).map((problem) => problem.text).join("\n"));
  }
}
