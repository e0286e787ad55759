// The servers of recorded loads: they answer as scripted and note what arrives; the pages that perform the loads.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { ASSETS } from './assets.mjs';
import { respond, serve } from './server.mjs';

const PORTS = [17800, 17801, 17802];
const HOSTS = ['127.0.0.1', 'localhost'];
const LOAD_SCRIPT = readFileSync(new URL('./load.js', import.meta.url), 'latin1');
const RUN_SCRIPT = readFileSync(new URL('./loads_page.js', import.meta.url), 'latin1');
const NO_STORE = ['Cache-Control', 'no-store'];
const SECONDS = 15;

// What the connection and the browser's build decide.
const LEFT_OUT = new Set([
  'user-agent', 'accept-encoding', 'accept-language', 'connection', 'host', 'priority', 'upgrade-insecure-requests',
  'content-length', 'referer',
]);

// What a worker does with the URL that it is told, by the case's `how`.
const WORKERS = {
  importscripts: (url) => `try { importScripts(${url}); postMessage({ ok: true, ran: !!self.__ran }); }
    catch (e) { postMessage({ threw: { name: e.name }, ran: !!self.__ran }); }`,
  import: (url) => `import { v } from ${url}; postMessage({ ok: true, value: v });`,
  dynamic: (url) => `import(${url}).then((m) => postMessage({ ok: true, value: m.v }),
    (e) => postMessage({ threw: { name: e.name }, ran: !!self.__ran }));`,
  font: (url) => `try { new FontFace('F', 'url(' + JSON.stringify(${url}) + ')').load().then(
    () => postMessage({ ok: true }), (e) => postMessage({ threw: { name: e.name } })); }
    catch (e) { postMessage({ threw: { name: e.name } }); }`,
};

export class LoadsRecorder {
  #cases;
  #seen;
  #pages = new Map();
  #finish;

  constructor(cases, lanes) {
    this.#cases = new Map(cases.map((entry) => [entry.id, entry]));
    this.#seen = new Map(cases.map((entry) => [entry.id, []]));
    this.lanes = lanes;
    this.done = new Promise((resolve) => { this.#finish = resolve; });
  }

  /** Where the browser is sent first. It goes on to the other host by itself. */
  get start() {
    return `http://localhost:${PORTS[0]}/__run?first=1`;
  }

  async listen() {
    for (const port of PORTS) {
      for (const host of ['127.0.0.1', '::1']) {
        await new Promise((resolve, reject) => {
          const server = createServer((socket) => serve(socket, (request) => this.#answer(socket, request)));
          // A machine may have no IPv6.
          server.on('error', (error) => (host === '::1' ? resolve() : reject(error)));
          server.listen(port, host, resolve);
        });
      }
    }
  }

  /** One line for each case, lost ones too. */
  lines() {
    return [...this.#cases.keys()].map((id) => {
      const page = this.#pages.get(id);
      return page ? { id, page, requests: this.#seen.get(id), console: [] } : { id, lost: true };
    });
  }

  #answer(socket, request) {
    const target = request.target.replace(/^https?:\/\/[^/]*/, '');
    const id = /^\/c\/([^/?]+)/.exec(target)?.[1];
    if (!this.#cases.has(id)) return this.#control(socket, new URL(target, 'http://unused'), request);
    const preflight = request.method === 'OPTIONS' && request.has('access-control-request-method');
    this.#seen.get(id).push(noted(request, preflight));
    const place = this.#cases.get(id).server.find((entry) => entry.path === target.split('?')[0]);
    const answer = place && (preflight ? place.preflight : place.actual);
    if (!answer) return respond(socket, request, { status: 404, headers: [NO_STORE] });
    if (answer.ws !== undefined) return handshake(socket, request, answer);
    const body = answer.asset ? ASSETS[answer.asset].toString('latin1') : utf8(answer.body ?? '');
    return respond(socket, request, { status: answer.status ?? 200, headers: answer.headers, body });
  }

  #control(socket, url, request) {
    const html = (body, headers = []) => respond(socket, request, {
      status: 200, headers: [['Content-Type', 'text/html;charset=utf-8'], NO_STORE, ...headers], body: utf8(`<!doctype html>${body}`),
    });
    const id = url.pathname.split('/')[2];
    switch (url.pathname.split('/')[1]) {
      case '__run': return this.#run(html, url, request.get('host').split(':')[0]);
      case '__case': {
        const entry = this.#cases.get(id);
        const { coep } = entry.page;
        const headers = coep ? [['Cross-Origin-Embedder-Policy', coep]] : [];
        const told = JSON.stringify({ id, page: entry.page, load: entry.load }).replaceAll('<', '\\u003c');
        return html(`<title>case</title><body><script>window.CASE=${told}</script><script src=/__load.js></script>`, headers);
      }
      case '__w': {
        const coep = url.searchParams.get('coep');
        const headers = [['Content-Type', 'text/javascript'], NO_STORE];
        if (coep) headers.push(['Cross-Origin-Embedder-Policy', coep]);
        return respond(socket, request, { status: 200, headers, body: WORKERS[id](JSON.stringify(url.searchParams.get('u'))) });
      }
      case '__result': {
        const { id: told, page } = JSON.parse(Buffer.from(request.body, 'latin1').toString());
        if (page) this.#pages.set(told, page);
        return respond(socket, request, { status: 204 });
      }
      case '__done':
        respond(socket, request, { status: 204 });
        return this.#finish();
      case '__load.js':
        return respond(socket, request, { status: 200, headers: [['Content-Type', 'text/javascript'], NO_STORE], body: LOAD_SCRIPT });
      case '__blank': return html('');
      default: return respond(socket, request, { status: 404 });
    }
  }

  /** First each host's cookie is set first-party, then each performs its cases. */
  #run(html, url, host) {
    const cookie = [['Set-Cookie', 'sid=1; Path=/']];
    if (url.searchParams.has('first')) {
      return html(`<script>location.href = 'http://127.0.0.1:${PORTS[0]}/__run'</script>`, cookie);
    }
    const own = [...this.#cases.values()].filter((entry) => (entry.page.kind === 'localhost') === (host === 'localhost'));
    const jobs = JSON.stringify(own.map(({ id, page }) => ({ id, sandbox: page.kind === 'sandbox' })));
    const next = host === HOSTS[0] ? `http://localhost:${PORTS[0]}/__run` : '/__done';
    return html(`<body><script>${RUN_SCRIPT}\nrun(${jobs}, ${this.lanes}, ${SECONDS}, ${JSON.stringify(next)});</script>`, cookie);
  }
}

function utf8(text) {
  return Buffer.from(text).toString('latin1');
}

function noted(request, preflight) {
  const note = {
    to: `http://${request.get('host')}`,
    kind: preflight ? 'preflight' : 'actual',
    method: request.method,
    target: request.target,
    headers: request.headers.filter(([name]) => !(LEFT_OUT.has(name) || name.startsWith('sec-ch-ua'))),
  };
  const referer = request.get('referer');
  if (referer) note.referer = new URL(referer).pathname === '/' && !new URL(referer).search ? 'origin' : 'full';
  if (request.body.length > 0) note.body_len = request.body.length;
  return note;
}

/** [The server's half of the handshake](https://datatracker.ietf.org/doc/html/rfc6455#section-4.2.2), one message, the end. */
function handshake(socket, request, answer) {
  const key = createHash('sha1')
    .update(`${request.get('sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${key}`, ...(answer.headers ?? []).map(([name, value]) => `${name}: ${value}`), '', ''];
  socket.write(lines.join('\r\n'));
  const text = Buffer.from(answer.ws);
  socket.end(Buffer.concat([Buffer.from([0x81, text.length]), text, Buffer.from([0x88, 2, 0x03, 0xe8])]));
}
