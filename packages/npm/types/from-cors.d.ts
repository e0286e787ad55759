import type { Policy, PolicyOptions } from "./index.js";

/** Options of the package `cors`. */
export interface CorsOptions {
  origin?: StaticOrigin | ((origin: string | undefined, callback: (error: Error | null, origin?: StaticOrigin) => void) => void);
  methods?: string | string[];
  allowedHeaders?: string | string[];
  exposedHeaders?: string | string[];
  credentials?: boolean;
  maxAge?: number;
  preflightContinue?: boolean;
  optionsSuccessStatus?: number;
}

/** Whom `cors` admits. */
export type StaticOrigin = boolean | string | RegExp | Array<boolean | string | RegExp>;

/**
 * Reads options of the package `cors`. Warnings say what a page could do with these options, by a model of that package,
 * and what the policy does otherwise. `more` goes into the policy besides: `tolerate`, for one. Throws `PolicyError`
 * where the options say what no policy may.
 */
export declare function fromCors(
  options?: CorsOptions,
  more?: PolicyOptions,
  told?: { warn?: (text: string) => void },
): Policy;
