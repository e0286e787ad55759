import type { CorsMatchers } from "./test.js";

declare global {
  namespace jest {
    interface Matchers<R> extends CorsMatchers<R> {}
  }
}
