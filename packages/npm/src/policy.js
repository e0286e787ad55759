// A policy: compiled by the engine once, and asked for each origin once. No rule of CORS is written in JavaScript.
import { Policy as Engine } from "#policy-engine";

/** How many origins' answers are kept; then it is begun anew. */
const MOST_REMEMBERED = 1024;
/** How long a lookup may take, in milliseconds, if nothing else is said. */
const LOOKUP_LIMIT = 5000;
/** The key of requests without `Origin`: no header holds it. */
const ABSENT = "\n";
/** What a policy looks at besides the origin and what a preflight asks for. */
const LOOKED_AT = [
  "origin",
  "access-control-request-method",
  "access-control-request-headers",
  "host",
  "sec-fetch-site",
  "upgrade",
];
/** How adapters ask, and how a policy of another copy of this package is known. */
export const ANSWER = Symbol.for("corsage.answer/1");

/** What is wrong with a policy, all at once. */
export class PolicyError extends Error {
  constructor(problems) {
    super(`the policy does not hold:\n${problems.map((problem) => `  ${problem.text}`).join("\n")}`);
    this.name = "PolicyError";
    this.problems = problems;
  }
}

export class Policy {
  #engine;
  #isConstant;
  #remembered;
  #isAllowed;
  #lookupLimit;
  #others = new Map();
  #preflights = new Map();

  constructor(written) {
    const { allowOriginsWhere, lookupLimit = LOOKUP_LIMIT, ...rest } = written;
    if (allowOriginsWhere !== undefined) {
      if (typeof allowOriginsWhere !== "function") throw new TypeError("allowOriginsWhere is a function of an origin");
      rest.originsLookedUp = true;
    }
    try {
      this.#engine = Engine.compile(JSON.stringify(rest));
    } catch (problems) {
      throw typeof problems === "string" ? new PolicyError(JSON.parse(problems)) : problems;
    }
    this.#isAllowed = allowOriginsWhere;
    this.#lookupLimit = lookupLimit;
    this.#remembered = allowOriginsWhere === undefined ? this.#engine.remembered() : 0;
    this.#isConstant = this.#remembered > 0 && this.#engine.is_constant();
    this.problems = JSON.parse(this.#engine.problems());
  }

  /**
   * What goes on the response, and whether the policy answers itself: `{ status, lines, vary }`, or a promise of it
   * where an origin is looked up. `head` reads further headers of `request`.
   */
  [ANSWER](method, origin, asked, request, head) {
    const isPreflight = method === "OPTIONS" && origin !== undefined && asked !== undefined;
    if (this.#remembered < (isPreflight ? 2 : 1)) return this.#answerInFull(method, request, head);
    const known = isPreflight ? this.#preflights : this.#others;
    const key = origin === undefined || (this.#isConstant && !isPreflight) ? ABSENT : origin;
    return known.get(key) ?? this.#remember(known, key, isPreflight, origin);
  }

  #remember(known, key, isPreflight, origin) {
    let lines = origin === undefined ? "" : `origin: ${origin}`;
    if (isPreflight) lines += "\naccess-control-request-method: GET";
    const answer = answerOf(this.#engine.decide(isPreflight ? "OPTIONS" : "GET", "/", lines, false));
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(key, answer);
    return answer;
  }

  #answerInFull(method, request, head) {
    const { target, get } = head(request);
    const lines = linesOf(get);
    const decide = (admitted) => answerOf(this.#engine.decide(method, target, lines, admitted === true));
    if (this.#isAllowed === undefined) return decide(false);
    const origin = this.#engine.origin_to_look_up(method, target, lines);
    if (origin === undefined) return decide(false);
    return this.#lookUp(origin, request).then(decide);
  }

  /** Whatever goes wrong in a lookup, nobody is admitted by it. */
  async #lookUp(origin, request) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#lookupLimit, false);
    });
    try {
      return await Promise.race([this.#isAllowed(origin, request), late]);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What would be decided of a request, and why. */
  decide({ method = "GET", url = "/", headers = {} }) {
    const all = new Headers(headers);
    const lines = linesOf((name) => all.get(name) ?? undefined);
    return JSON.parse(this.#engine.outcome(method, String(url), lines, false));
  }
}

function linesOf(get) {
  let lines = "";
  for (const name of LOOKED_AT) {
    const value = get(name);
    if (value !== undefined) lines += `${name}: ${value}\n`;
  }
  return lines;
}

function answerOf(text) {
  const [status, ...lines] = text.split("\n");
  const place = lines.indexOf("vary");
  const vary = place % 2 === 0 ? lines.splice(place, 2)[1] : undefined;
  return Object.freeze({ status: Number(status), lines: Object.freeze(lines), vary });
}

/** The policy itself, or what is compiled from a description of one. */
export function policyOf(policy) {
  if (policy !== null && typeof policy === "object") {
    if (typeof policy[ANSWER] === "function") return policy;
    const compiled = new Policy(policy);
    for (const problem of compiled.problems) {
      if (problem.severity === "warning") console.warn(`corsage: ${problem.text}`);
    }
    return compiled;
  }
  throw new TypeError("a policy is wanted: new Policy({ allowOrigins: [...] }), or what goes into it");
}

/** Whether a response header belongs to CORS: what a handler sets of these is replaced. */
export function isCorsHeader(name) {
  return name.startsWith("access-control-") && !name.startsWith("access-control-request-");
}

/** What a `Vary` lacks of another, added to it. */
export function mergedVary(present, wanted) {
  const named = present.toLowerCase().split(",").map((name) => name.trim());
  if (named.includes("*")) return present;
  const missing = wanted.split(",").map((name) => name.trim()).filter((name) => !named.includes(name.toLowerCase()));
  return missing.length === 0 ? present : `${present}, ${missing.join(", ")}`;
}
