// The command `corsage` as a function of its arguments, of files in memory, and of whoever answers for the network.
import * as whole from "#whole-engine";

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
export function runIn(args, host) {
  try {
    return whole.engine().run(args.map(String), host);
  } catch (trap) {
    // Nothing of ours throws through the engine: it ran out of stack, or of memory, and is not to be trusted any more.
    whole.forget();
    host.print(true, `error: what was read is nested too deep, or too large, for WebAssembly (${trap.message})\n`);
    return 2;
  }
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
