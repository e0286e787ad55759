// The page of the playground.
import { escape, texts } from "./markup.mjs";

const KINDS = ["request", "policy", "console", "har", "config"];
const SERVERS = ["nginx", "apache", "caddy", "haproxy", "envoy", "express", "fastify", "hono", "koa", "fastapi", "flask", "django", "spring"];
const TARGETS = ["corsage", "nginx", "apache", "caddy", "haproxy", "envoy", "gateway-api", "express", "fastapi", "s3-json"];

export function playground(language) {
  const text = texts[language];
  const field = (name, kinds, control, hint) =>
    `<label class="field" data-for="${kinds}"${kinds.split(" ").includes("request") ? "" : " hidden"}><span>${text.labels[name]}</span>${control}${hint ? `<small>${hint}</small>` : ""}</label>`;
  const area = (name, rows, content = "") => `<textarea name="${name}" rows="${rows}" spellcheck="false">${escape(content)}</textarea>`;
  const choice = (name, first, all) => `<select name="${name}"><option value="">${first}</option>${all.map((one) => `<option>${one}</option>`).join("")}</select>`;
  return `<h1>${text.title}</h1>
<p>${text.lead}</p>
<noscript><p>${text.noScript}</p></noscript>
<div class="halves"><form id="play">
<fieldset><legend>${text.kind}</legend>${KINDS.map((kind, at) => `<label><input type="radio" name="kind" value="${kind}"${at === 0 ? " checked" : ""}> ${text.kinds[kind]}</label>`).join("\n")}</fieldset>
${field("console", "console", area("console", 6))}
${field("command", "request policy", area("command", 4, "curl -X PUT https://api.example/orders -H 'content-type: application/json' --data '{}'"))}
${field("origin", "request policy", '<input name="origin" value="https://app.example" spellcheck="false" inputmode="url">')}
${field("preflight", "request", area("preflight", 4, "HTTP/1.1 204 No Content\naccess-control-allow-origin: https://app.example/\naccess-control-allow-methods: GET"))}
${field("answer", "request", area("answer", 4, "HTTP/1.1 200 OK\naccess-control-allow-origin: https://app.example/"), text.hints.answer)}
${field("policy", "policy", area("policy", 9, JSON.stringify({ allowOrigins: ["https://app.example", "https://*.preview.example"], allowMethods: ["PUT"], allowHeaders: ["content-type"] }, null, 2)))}
${field("server", "request policy", choice("server", text.any, SERVERS))}
${field("har", "har", '<input type="file" name="har" accept=".har,application/json">', text.hints.har)}
${field("name", "config", '<input name="name" value="nginx.conf" spellcheck="false">')}
${field("file", "config", area("file", 14, 'server {\n  listen 80;\n  location / {\n    add_header Access-Control-Allow-Origin $http_origin;\n    add_header Access-Control-Allow-Credentials true;\n    proxy_pass http://backend;\n  }\n}\n'), text.hints.config)}
${field("to", "config", choice("to", text.nothing, TARGETS))}
<button type="button" id="share">${text.share}</button>
</form>
<section aria-live="polite"><p id="status" role="status"></p><div id="account"></div></section></div>`;
}
