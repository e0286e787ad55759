// What every page is made with.
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { text as en } from "../src/texts/en.js";
import { text as ru } from "../src/texts/ru.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const inRepository = (name) => path.join(root, name);
export const read = (name) => fs.readFileSync(inRepository(name), "utf8");
export const escape = (text) => text.replace(/[&<>"]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character]);
/** Code between backticks, in a text that is not trusted with markup. */
export const inline = (text) => escape(text).replace(/`([^`]+)`/g, "<code>$1</code>");

/** What pages say, by language. */
export const texts = { en, ru };
