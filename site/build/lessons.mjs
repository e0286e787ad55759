// Lessons: the scenarios of `corsage demo`, in the words of its catalogue, each with something to try.
import { parse } from "smol-toml";
import { escape, inline, read, texts } from "./markup.mjs";

/** Where the lessons look for `corsage demo`. */
const DEMO_PORT = 8080;

/** The playground's state, as a link holds it. */
export const state = (fields) => encodeURIComponent(JSON.stringify(fields));

/** The page of lessons: it needs no script. */
export function lessons(language) {
  const text = texts[language];
  const words = parse(read(`crates/corsage-texts/${language}/demo.toml`));
  const { scenario: scenarios } = parse(read("crates/corsage-demo/src/prediction/scenarios.toml"));
  const policies = parse(read("crates/corsage-demo/src/prediction/corsage.toml").replaceAll("{page}", "https://app.example").replaceAll("{partner}", "https://partner.example")).policy;
  const groups = Object.entries(words.groups).map(([group, title]) => {
    const items = scenarios.filter((scenario) => scenario.group === group).map((scenario) => {
      const { title, story } = words.scenarios[scenario.id];
      const link = attempt(scenario, policies);
      const attempts = [
        ...(link ? [`<a href="index.html#${escape(link)}">${text.tryIt}</a>`] : []),
        `<a href="http://127.0.0.1:${DEMO_PORT}/?lang=${language}#${scenario.id}" rel="external">${text.forReal}</a>`,
      ];
      return `<article id="${scenario.id}"><h3>${inline(title)}</h3><p>${inline(story)}</p><p>${attempts.join(" · ")}</p></article>`;
    });
    return `<section><h2>${inline(title)}</h2>${items.join("\n")}</section>`;
  });
  return `<h1>${text.lessonsTitle}</h1><p>${inline(text.lessonsLead)}</p>${text.before.map((one) => `<p>${inline(one)}</p>`).join("")}${groups.join("\n")}`;
}

/**
 * A scenario as the playground's state; its last step, where it has several. Frames without an origin, redirects, and what is
 * no fetch() are for the demo alone.
 */
function attempt({ from = "page", group, steps }, policies) {
  const step = steps.at(-1);
  if (step.load !== undefined || group === "redirect") return undefined;
  const origin = { page: "https://app.example", partner: "https://partner.example" }[from];
  if (origin === undefined || (step.to !== undefined && step.to !== "api" && step.to !== "bare")) return undefined;
  const command = commandOf(step);
  const policy = policies.find(({ paths }) => paths.some((prefix) => step.path === prefix || step.path.startsWith(`${prefix}/`)));
  if (policy === undefined || step.to === "bare") {
    const preflight = step.to === "bare" ? "HTTP/1.1 405 Method Not Allowed\nallow: GET" : "HTTP/1.1 204 No Content";
    return state({ kind: "request", command, origin, preflight, answer: "HTTP/1.1 200 OK\ncontent-type: text/plain" });
  }
  const written = {
    allowOrigins: policy.allow_origins, allowMethods: policy.allow_methods, allowHeaders: policy.allow_headers,
    exposeHeaders: policy.expose_headers, allowCredentials: policy.allow_credentials, ...(policy.max_age && { maxAge: 600 }),
  };
  return state({ kind: "policy", command, origin, policy: JSON.stringify(written, null, 2) });
}

/** A URL or a curl, which the smaller engine reads; where only a page can say it, a fetch(). */
function commandOf({ path, method, headers = {}, body, credentials, mode, redirect }) {
  const url = `https://api.example${path}`;
  if (credentials !== undefined || mode !== undefined || redirect !== undefined) {
    const init = { method, headers, body, credentials, mode, redirect };
    return `fetch("${url}", ${JSON.stringify(init, (_, value) => (isEmpty(value) ? undefined : value))})`;
  }
  const sent = body === undefined || "content-type" in headers ? headers : { ...headers, "content-type": "text/plain" };
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const options = [
    ...(method === undefined ? [] : [`-X ${method}`]),
    ...Object.entries(sent).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data ${quoted(body)}`]),
  ];
  return options.length === 0 ? url : `curl ${url} ${options.join(" ")}`;
}

const isEmpty = (value) => value !== null && typeof value === "object" && Object.keys(value).length === 0;
