// The command `corsage` as a function of its arguments, of files in memory, and of whoever answers for the network.
import * as explaining from "#explain-engine";
import * as whole from "#whole-engine";

/** In a page: fetches the engine of `check`, `convert`, `diff`, `infer` and `test`. In Node there is nothing to wait for. */
export const load = () => whole.load();

/** In a page: fetches what the engine of `explain` says in another language than English. */
export async function speak(language) {
  if (Object.hasOwn(explaining.texts, language)) await explaining.speak(explaining.texts[language]);
}

/**
 * Runs the command: `{ code, stdout, stderr }`. Nothing of the machine is touched but what `host` lends: `files` by
 * name, `stdin`, `env`, and `send(message)`, which answers for the network at once, or throws `{ code, message }`.
 */
export function run(args, { files = {}, stdin = "", env = {}, send } = {}) {
  const result = { code: 0, stdout: "", stderr: "" };
  result.code = runIn(args, {
    read: (name) => bytesOf(lookUp(files, name)),
    list: (name) => below(files, name),
    write: (name, text) => void (files[name] = text),
    git: () => {
      throw new Error("there is no git here");
    },
    stdin: () => bytesOf(stdin),
    print: (isError, text) => void (result[isError ? "stderr" : "stdout"] += text),
    width: () => undefined,
    variables: () => Object.entries(env).flat(),
    now: () => performance.now(),
    send: (message) => {
      if (send === undefined) throw { code: "offline", message: "not sent: there is no network here" };
      return JSON.stringify(send(JSON.parse(message)));
    },
  });
  return result;
}

/** Runs the command with a host of one's own. */
export function runIn(given, host) {
  const args = given.map(String);
  const engine = isSmall(args) && (isEnglish(args, host) || explaining.speaks()) ? explaining : whole;
  const code = runBy(engine, args, host);
  if (code !== NOT_UNDERSTOOD) return code;
  if (whole.isLoaded()) return runBy(whole, args, host);
  host.print(true, "error: these arguments are not understood; await load() of corsage/run, and the next run says why\n");
  return 2;
}

/** What the engine that only explains returns for arguments that it does not understand: it has no words for why. */
const NOT_UNDERSTOOD = 250;

function runBy(engine, args, host) {
  const { run: perform } = engine.engine();
  try {
    return perform(args, host);
  } catch (trap) {
    // Nothing of ours throws through the engine: it ran out of stack, or of memory, and is not to be trusted any more.
    engine.forget();
    host.print(true, `error: what was read is nested too deep, or too large, for WebAssembly (${trap.message})\n`);
    return 2;
  }
}

/** Whether the engine that only explains is enough: it reads neither JavaScript nor HTML, and has no help to give. */
function isSmall(args) {
  return commandOf(args) === "explain" && !args.some((argument) => /^(-h|--(fetch|html|schema|help)(=.*)?)$/s.test(argument));
}

/** Whether English is asked for: by `--lang`, else by the environment, as the command itself reads them. */
function isEnglish(args, host) {
  const at = args.lastIndexOf("--lang");
  const asked = at === -1 ? args.find((argument) => argument.startsWith("--lang="))?.slice("--lang=".length) : args[at + 1];
  if (asked !== undefined) return !asked.startsWith("ru");
  const pairs = host.variables();
  const value = (name) => pairs.find((_, at) => at % 2 === 1 && pairs[at - 1] === name);
  return !["CORSAGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].map(value).find(Boolean)?.startsWith("ru");
}

/** The first argument that is neither an option nor an option's value. */
export function commandOf(args) {
  return args.find((argument, at) => !String(argument).startsWith("-") && args[at - 1] !== "--lang");
}

const bytesOf = (content) => (typeof content === "string" ? new TextEncoder().encode(content) : content);

function lookUp(files, name) {
  if (Object.hasOwn(files, name)) return files[name];
  throw new Error("there is no such file");
}

function below(files, name) {
  if (Object.hasOwn(files, name)) return undefined;
  const prefix = name === "." ? "" : `${name.replace(/\/$/, "")}/`;
  const names = Object.keys(files).filter((file) => file.startsWith(prefix));
  return names.length === 0 ? undefined : names;
}
