import type { CorsMatchers } from "./test.js";

declare module "vitest" {
  interface Matchers<T = any> extends CorsMatchers<T> {}
}
