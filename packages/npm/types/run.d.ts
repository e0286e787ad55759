/** A message that the command wants to be sent. */
export interface Message {
  url: string;
  method: string;
  /** A character of a value is a byte. */
  headers: Array<[name: string, value: string]>;
  body: string | null;
  address: string | null;
  cacert: string | null;
  timeoutMilliseconds: number;
  publicOnly: boolean;
}

/** The head of an answer, and how the body of an error begins. */
export interface Answer {
  status: number;
  headers: Array<[name: string, value: string]>;
  beginning?: string;
}

/** What is lent to the command. */
export interface RunOptions {
  /** Files by name, as text or as bytes; those that it writes are put there. */
  files?: Record<string, string | Uint8Array>;
  stdin?: string | Uint8Array;
  env?: Record<string, string>;
  /** Answers for the network, at once; without it nothing is sent. Throw `{ code, message }` where there is no answer. */
  send?: (message: Message) => Answer;
}

/**
 * Runs the command `corsage` with these arguments: `run(["explain", "--console", line])`. Nothing of the machine is
 * touched but what is lent.
 */
export declare function run(
  args: readonly string[],
  options?: RunOptions,
): { /** As the command's exit code. */ code: number; stdout: string; stderr: string };

/**
 * In a page: fetches the engine of `check`, `convert`, `diff`, `infer`, `test`, and of `explain --fetch` and `--html`, which
 * is larger than that of `explain`; until then they throw. In Node it is there already.
 */
export declare function load(): Promise<void>;

/**
 * In a page: fetches what `explain` says in another language than English; until then `--lang ru` needs `load()`. In Node it
 * is there already.
 */
export declare function speak(language: "ru"): Promise<void>;
