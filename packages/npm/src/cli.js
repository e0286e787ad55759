// `npx corsage`: the command, with the machine's files and, where it asks for it, its network.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";
import { commandOf, runIn } from "./run.js";

/** What needs the native command, and how to get that. */
const NATIVE = new Set(["serve", "demo", "audit", "agent", "verify", "completions", "man"]);

export function main(args) {
  const command = commandOf(args);
  if (NATIVE.has(command)) {
    process.stderr.write(`corsage ${command} needs the native command: cargo install corsage-cli\n`);
    return 2;
  }
  const network = new Network();
  try {
    return runIn(args, host(network));
  } finally {
    network.close();
  }
}

function host(network) {
  return {
    read: (name) => reading(() => fs.readFileSync(name)),
    list: (name) => (fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() ? walk(name) : undefined),
    write: (name, text) => {
      fs.mkdirSync(path.dirname(name), { recursive: true });
      fs.writeFileSync(name, text);
    },
    git: (args) => execFileSync("git", args, { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] }),
    stdin: () => fs.readFileSync(0),
    print: (isError, text) => print(isError ? 2 : 1, text),
    width: (isError) => {
      const stream = isError ? process.stderr : process.stdout;
      return stream.isTTY ? stream.columns || 80 : undefined;
    },
    variables: () => Object.entries(process.env).flat(),
    now: () => performance.now(),
    send: (message) => network.send(message),
  };
}

/** The system's words for what is wrong with a file, as they are said elsewhere: without the name once more. */
function reading(read) {
  try {
    return read();
  } catch (error) {
    if (error.code === "ENOENT") throw new Error("No such file or directory (os error 2)");
    if (error.code === "EACCES") throw new Error("Permission denied (os error 13)");
    if (error.code === "EISDIR") throw new Error("Is a directory (os error 21)");
    throw error;
  }
}

function walk(directory) {
  const names = [];
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && entry.name !== "node_modules") names.push(...walk(name));
    } else if (entry.isFile()) {
      names.push(name);
    }
  }
  return names;
}

function print(descriptor, text) {
  const bytes = Buffer.from(text);
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (error) {
      // A reader that stops reading is no fault of ours; a slow one is waited for.
      if (error.code === "EPIPE") return;
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** Sockets in a thread of their own, because the command waits for its answers. */
class Network {
  #worker;
  #port;
  #signal = new Int32Array(new SharedArrayBuffer(4));

  send(message) {
    if (this.#worker === undefined) {
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      this.#worker = new Worker(new URL("./network.js", import.meta.url), {
        workerData: { port: port2, signal: this.#signal },
        transferList: [port2],
      });
      this.#worker.unref();
    }
    Atomics.store(this.#signal, 0, 0);
    this.#port.postMessage(message);
    Atomics.wait(this.#signal, 0, 0);
    const { answer, failure } = receiveMessageOnPort(this.#port).message;
    if (failure !== undefined) throw failure;
    return answer;
  }

  close() {
    this.#port?.close();
    this.#worker?.terminate();
  }
}
