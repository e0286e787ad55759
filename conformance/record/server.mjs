// The servers of the cases: they answer as scripted, byte for byte, and note what arrives.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const PAGES = 17300;
const CLOSES = 17303;
const PORTS = [80, PAGES, 17301, 17302, CLOSES];
const PAGE_SCRIPT = readFileSync(new URL('./page.js', import.meta.url), 'latin1');
const NO_STORE = ['Cache-Control', 'no-store'];

// What the connection and the browser's build decide; noted only where the page tried to set it.
const LEFT_OUT = new Set([
  'user-agent', 'accept-encoding', 'connection', 'host', 'priority', 'te', 'dnt', 'sec-gpc',
  'upgrade-insecure-requests', 'referer', 'content-length',
]);

export class Recorder {
  #cases;
  #lanes;
  #seen;
  #answered = new Map();
  #results = new Map();
  #finish;

  constructor(cases, lanes) {
    this.#cases = new Map(cases.map((entry) => [entry.id, entry]));
    this.#lanes = lanes;
    this.#seen = new Map(cases.map((entry) => [entry.id, []]));
    this.done = new Promise((resolve) => { this.#finish = resolve; });
  }

  /** Where the browser is sent first; every page sends it on to the next. */
  get start() {
    return `http://localhost:${PAGES}/__page?kind=first`;
  }

  async listen() {
    for (const port of PORTS) {
      for (const host of port === 17301 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
        await new Promise((resolve, reject) => {
          const server = createServer((socket) => serve(socket, (request) => this.#answer(socket, port, request)));
          server.on('error', reject).listen(port, host, resolve);
        });
      }
    }
  }

  /** One line for each case whose outcome the page has told. */
  lines() {
    return [...this.#results].map(([id, { steps }]) => ({ id, steps, requests: this.#seen.get(id) }));
  }

  #answer(socket, port, request) {
    const target = request.target.replace(/^https?:\/\/[^/]*/, '');
    const id = /^\/c\/([^/?]+)/.exec(target)?.[1];
    if (!this.#cases.has(id)) return this.#control(socket, new URL(target, 'http://unused'), request);
    const { server, steps } = this.#cases.get(id);
    const path = target.split('?')[0];
    const preflight = request.method === 'OPTIONS' && request.has('access-control-request-method');
    const note = noted(request, steps, preflight);
    this.#seen.get(id).push(note);
    const place = server.find((entry) => entry.path === path);
    if (!place) {
      note.no_such_path = true;
      return respond(socket, request, { status: 404, body: 'no such path' });
    }
    const scripted = preflight ? place.preflight : place.actual;
    const key = `${path} ${preflight}`;
    const count = this.#answered.get(key) ?? 0;
    this.#answered.set(key, count + 1);
    const answer = Array.isArray(scripted) ? scripted[Math.min(count, scripted.length - 1)] : scripted;
    if (!answer) return respond(socket, request, { status: 404 });
    if (answer.close) return socket.destroy();
    if (answer.raw !== undefined) return socket.end(Buffer.from(answer.raw, 'latin1'));
    return respond(socket, request, answer, port === CLOSES);
  }

  #control(socket, url, request) {
    const kind = url.searchParams.get('kind');
    const html = (script) => ({
      status: 200,
      headers: [['Content-Type', 'text/html'], ['Set-Cookie', 'sid=1; Path=/'], NO_STORE],
      body: `<!doctype html><title>cases</title><script>${PAGE_SCRIPT}\n${script}</script>`,
    });
    const script = `${PAGE_SCRIPT}\nworkerMain(${this.#lanes});`;
    switch (url.pathname) {
      case '/__page': return respond(socket, request, html(`main(${JSON.stringify(kind)}, ${this.#lanes});`));
      case '/__frame': return respond(socket, request, html(`frameMain(${this.#lanes});`));
      case '/__worker.js':
        return respond(socket, request, { status: 200, headers: [['Content-Type', 'text/javascript'], NO_STORE], body: script });
      case '/__cases': {
        const own = [...this.#cases.values()].filter((entry) => entry.page.kind === kind);
        const body = JSON.stringify(own.map(({ id, steps }) => ({ id, steps })));
        const headers = [['Content-Type', 'application/json'], NO_STORE];
        return respond(socket, request, { status: 200, headers, body: Buffer.from(body).toString('latin1') });
      }
      case '/__result':
        for (const result of JSON.parse(Buffer.from(request.body, 'latin1').toString())) {
          this.#results.set(result.id, result);
        }
        return respond(socket, request, { status: 204 });
      case '/__done':
        respond(socket, request, { status: 204 });
        return this.#finish();
      default: return respond(socket, request, { status: 404 });
    }
  }
}

/** Hands over each request that arrives on a connection. */
export function serve(socket, answer) {
  let buffered = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    buffered = Buffer.concat([buffered, bytes]);
    for (let request = read(buffered); request; request = read(buffered)) {
      buffered = buffered.subarray(request.length);
      answer(request);
    }
  });
}

/** One whole request from the front of what has arrived, or nothing. */
function read(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
  });
  const get = (name) => headers.find(([known]) => known === name)?.[1];
  const [method, target] = first.split(' ');
  const head = { method, target, headers, get, has: (name) => get(name) !== undefined };
  let at = end + 4;
  if (/chunked/i.test(get('transfer-encoding') ?? '')) {
    let body = '';
    for (let size = -1; size !== 0;) {
      const line = bytes.indexOf('\r\n', at);
      if (line < 0) return null;
      size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
      at = line + 2 + size + 2;
      if (bytes.length < at) return null;
      body += bytes.subarray(line + 2, line + 2 + size).toString('latin1');
    }
    return { ...head, body, length: at };
  }
  const length = at + Number(get('content-length') ?? 0);
  if (bytes.length < length) return null;
  return { ...head, body: bytes.subarray(at, length).toString('latin1'), length };
}

function noted(request, steps, preflight) {
  const tried = new Set(steps.flatMap((step) => step.headers ?? []).map(([name]) => name.toLowerCase()));
  const note = {
    to: `http://${request.get('host')}`,
    kind: preflight ? 'preflight' : 'actual',
    method: request.method,
    target: request.target,
    headers: request.headers.filter(
      ([name]) => tried.has(name) || !(LEFT_OUT.has(name) || name.startsWith('sec-ch-ua'))),
  };
  if (request.has('referer')) note.referer = true;
  if (request.body.length > 0) note.body_len = request.body.length;
  return note;
}

export function respond(socket, request, { status, headers = [], body = '' }, close = false) {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const told = headers.some(([name]) => name.toLowerCase() === 'content-length');
  if (!told && status !== 204 && status !== 304) lines.push(`Content-Length: ${body.length}`);
  if (close) lines.push('Connection: close');
  const head = [`HTTP/1.1 ${status} Scripted`, ...lines, '', ''].join('\r\n');
  socket.write(Buffer.from(request.method === 'HEAD' ? head : head + body, 'latin1'));
  if (close) socket.end();
}
