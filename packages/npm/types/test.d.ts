/** An application: a URL, a handler of the Fetch standard, a listener of Node, or what Express, Fastify, Hono, Koa or NestJS makes. */
export type App =
  | string
  | URL
  | { inject: any }
  | { fetch: (request: Request, ...rest: any[]) => Response | Promise<Response> }
  | { callback(): (request: any, response: any) => any }
  | { getHttpAdapter(): any }
  | { listen: any }
  | ((request: Request) => Response | Promise<Response>)
  | ((request: any, response: any, ...rest: any[]) => any);

/** What a page fetches: a path or a URL, a `Request`, or a description. */
export type PageRequest =
  | string
  | URL
  | Request
  | {
      url?: string | URL;
      method?: string;
      headers?: HeadersInit;
      body?: string;
      /** `same-origin` if nothing is said, as in `fetch()`. */
      credentials?: "omit" | "same-origin" | "include";
      redirect?: "follow" | "error" | "manual";
      mode?: "cors" | "no-cors" | "same-origin";
    };

/** Who fetches, and who judges. */
export interface PageOptions {
  /** The page's origin; `null` is that of a sandboxed frame. `https://page.example` if nothing is said. */
  origin?: string;
  /** Who judges: the Fetch standard, if nothing is said; `all` for it and every browser. */
  browsers?: "all" | ReadonlyArray<"standard" | "chromium" | "firefox" | "webkit">;
  /** Cookies that the browser holds for the server, as `name=value`. */
  cookies?: readonly string[];
  /** Headers of the response that the page is to read: each must be there, and exposed. */
  reads?: readonly string[];
}

/** Asserts that a page gets a response it may read; resolves with what the page sees of it. */
export declare function assertPageCan(
  app: App,
  request: PageRequest,
  options?: PageOptions,
): Promise<{ status: number; headers: Headers }>;

/** Asserts that browsers keep the response from a page; resolves with the code of what blocks. */
export declare function assertPageCannot(app: App, request: PageRequest, options?: PageOptions): Promise<string>;

/** Matchers for `expect.extend`, in vitest and jest. */
export declare const matchers: {
  toBeReadableBy(
    this: { isNot?: boolean },
    app: any,
    origin: string,
    request?: PageRequest,
    options?: Omit<PageOptions, "origin">,
  ): Promise<{ pass: boolean; message: () => string }>;
};

/** What the matchers add to `expect`. */
export interface CorsMatchers<R = unknown> {
  /** Whether a page of this origin may read what the application answers. */
  toBeReadableBy(origin: string, request?: PageRequest, options?: Omit<PageOptions, "origin">): Promise<R>;
}
