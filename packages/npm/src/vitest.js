import { expect } from "vitest";
import { matchers } from "./test.js";

expect.extend(matchers);
