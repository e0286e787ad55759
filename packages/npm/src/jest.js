import { matchers } from "./test.js";

globalThis.expect.extend(matchers);
