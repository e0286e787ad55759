/** A policy as it is written. Names are those of the Kubernetes Gateway API's CORS filter. */
export interface PolicyOptions<Request = unknown> {
  /**
   * Origins and patterns: `https://app.example`, `https://*.app.example` (one label or more), `https://?.app.example`
   * (one label), `https://app.example:*` (any port), `https://app-*.example` (within the label); `*` for every origin.
   */
  allowOrigins?: readonly string[];
  /**
   * Admits origins besides: those of a database, of a tenant's settings. It runs for each request from an origin that
   * the list does not admit, so it should remember what it has found. Whatever goes wrong in it admits nobody.
   */
  allowOriginsWhere?: (origin: string, request: Request) => boolean | Promise<boolean>;
  /** How long `allowOriginsWhere` may take, in milliseconds; 5000 if nothing is said. */
  lookupLimit?: number;
  /** Methods beyond GET, HEAD and POST; `*` for all. */
  allowMethods?: readonly string[];
  /** Request headers beyond the safelisted ones; `*` for all but `Authorization`. */
  allowHeaders?: readonly string[];
  /** Response headers that pages may read; `*` for all. */
  exposeHeaders?: readonly string[];
  /** Whether pages may send cookies, and read what is answered to them. */
  allowCredentials?: boolean;
  /** How long browsers may remember a preflight, in seconds; 5 if nothing is said. */
  maxAge?: number;
  /** Origins whose pages may read exact timings; `*` for all. */
  timingAllowOrigins?: readonly string[];
  /** `Cross-Origin-Resource-Policy`, if it is to be sent. */
  crossOriginResourcePolicy?: "same-origin" | "same-site" | "cross-origin";
  /** What becomes of a POST, PUT or DELETE from a page whose origin is not allowed: CORS alone executes it. */
  disallowedWrites?: "execute" | "refuse";
  /** Further request headers on which the answers depend; named in `Vary`. */
  varyAlso?: readonly string[];
  /** How preflights are answered: with 204, with 200, or as the Gateway API's tests want it. */
  preflight?: "no-content" | "ok" | "gateway-api";
  /** A response header that says why a page was refused. For development: it tells strangers too. */
  debugHeader?: string;
  /** Dangerous settings that are wanted all the same, each with its reason. */
  tolerate?: Partial<Record<Waiver, string>>;
}

/** Guards that can be lifted by name. */
export type Waiver =
  | "insecure-origins"
  | "public-suffix-subdomains"
  | "null-origin"
  | "file-scheme"
  | "any-origin-with-credentials";

/** What is wrong with a policy, or to be said of it. */
export interface Problem {
  severity: "error" | "warning" | "note";
  /** A stable name. */
  code: string;
  /** The option. */
  field: string;
  /** Position in its list, from 0. */
  index: number | null;
  /** As written. */
  value: string;
  cause: string;
  wayOut: string;
  /** All of it in a line. */
  text: string;
}

/** What was decided of a request, and why. */
export interface Decided {
  outcome: "not-cors" | "share" | "withhold" | "grant-preflight" | "refuse-preflight";
  /** The rule that refused, if one did. */
  reason: string | null;
  text: string;
}

/** A policy that holds: making one throws {@link PolicyError} if anything is wrong with it. */
export declare class Policy<Request = unknown> {
  constructor(options: PolicyOptions<Request>);
  /** Warnings and notes. */
  readonly problems: readonly Problem[];
  /** What would be decided of a request, nothing looked up. */
  decide(request: { method?: string; url?: string | URL; headers?: HeadersInit }): Decided;
}

/** Everything that is wrong with a policy, at once. */
export declare class PolicyError extends Error {
  readonly problems: readonly Problem[];
}

export { withCors } from "./fetch.js";
