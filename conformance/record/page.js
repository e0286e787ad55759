// What runs in the page, the worker and the frames: performs the cases, tells how each ended.

function makeBody(body) {
  const bytes = () => new TextEncoder().encode(body.value);
  switch (body.type) {
    case 'urlsearchparams': return new URLSearchParams(body.value);
    case 'formdata': {
      const form = new FormData();
      form.append('a', body.value);
      return form;
    }
    case 'blob': return new Blob([body.value], body.mime === undefined ? {} : { type: body.mime });
    case 'arraybuffer': return bytes().buffer;
    case 'uint8array': return bytes();
    case 'stream': return new ReadableStream({
      start(controller) {
        controller.enqueue(bytes());
        controller.close();
      },
    });
    default: return body.value;
  }
}

function makeInit(step) {
  const init = { ...step.init };
  if (step.method !== undefined) init.method = step.method;
  for (const name of ['headers', 'mode', 'credentials', 'redirect']) {
    if (step[name]) init[name] = step[name];
  }
  if (step.body) init.body = makeBody(step.body);
  return init;
}

async function describe(response) {
  const told = {
    type: response.type,
    status: response.status,
    ok: response.ok,
    redirected: response.redirected,
    url: response.url,
    headers: [...response.headers],
    body_null: response.body === null,
  };
  try {
    told.text = (await response.text()).slice(0, 200);
  } catch (error) {
    told.body_error = error.name;
  }
  return told;
}

async function runStep(step, began) {
  if (step.delay_ms) await new Promise((resolve) => { setTimeout(resolve, step.delay_ms); });
  const told = {};
  const started = Date.now() - began;
  try {
    const { method, mode, credentials, redirect, headers } = new Request(step.url, makeInit(step));
    told.request = { method, mode, credentials, redirect, headers: [...headers] };
  } catch (error) {
    told.request = { threw: error.name };
  }
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 20000);
  try {
    told.response = await describe(await fetch(step.url, { signal: abort.signal, ...makeInit(step) }));
    told.outcome = 'resolved';
  } catch (error) {
    told.outcome = abort.signal.aborted ? 'timeout' : 'rejected';
    told.error = { name: error.name, message: String(error.message) };
  }
  clearTimeout(timer);
  told.ms = [started, Date.now() - began];
  return told;
}

async function runCase({ id, steps }) {
  const began = Date.now();
  const told = [];
  for (const step of steps) told.push(await runStep(step, began));
  if (told.length === 1) delete told[0].ms;
  return { id, steps: told };
}

/** Several cases at once, in their order; outcomes are told fifty at a time. */
async function runAll(cases, lanes, report) {
  let next = 0;
  let waiting = [];
  const lane = async () => {
    while (next < cases.length) {
      const told = await runCase(cases[next++]);
      waiting.push(told);
      if (waiting.length >= 50) {
        const full = waiting;
        waiting = [];
        await report(full);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (waiting.length) await report(waiting);
}

const post = (results) => fetch('/__result', { method: 'POST', body: JSON.stringify(results) });
const casesOf = async (kind) => (await fetch(`/__cases?kind=${kind}`)).json();

function workerMain(lanes) {
  onmessage = async ({ data }) => {
    await runAll(data, lanes, (results) => postMessage(results));
    postMessage('end');
  };
}

function frameMain(lanes) {
  onmessage = async ({ data }) => {
    await runAll(data, lanes, (results) => parent.postMessage(results, '*'));
    parent.postMessage('end', '*');
  };
  parent.postMessage('ready', '*');
}

/** Hands the cases of a kind to a worker or a frame, and posts what comes back. */
function delegate(kind, send, listen) {
  return new Promise((resolve) => {
    let last;
    listen(async (data) => {
      if (data === 'ready') send(await casesOf(kind));
      else if (data === 'end') {
        await last;
        resolve();
      } else last = post(data);
    });
  });
}

async function runInWorker() {
  const worker = new Worker('/__worker.js');
  const ended = delegate('worker', (cases) => worker.postMessage(cases), (on) => {
    worker.onmessage = ({ data }) => on(data);
  });
  worker.postMessage(await casesOf('worker'));
  await ended;
}

async function runInFrame(kind, source) {
  const frame = document.createElement('iframe');
  if (kind === 'sandbox') frame.setAttribute('sandbox', 'allow-scripts');
  const ended = delegate(kind, (cases) => frame.contentWindow.postMessage(cases, '*'), (on) => {
    addEventListener('message', ({ source: from, data }) => {
      if (from === frame.contentWindow) on(data);
    });
  });
  frame.src = source;
  document.documentElement.append(frame);
  await ended;
  frame.remove();
}

async function main(kind, lanes) {
  if (kind === 'first') {
    // Firefox's preflight cache is emptied once more while it starts.
    const rest = navigator.userAgent.includes('Firefox') ? 6000 : 0;
    setTimeout(() => { location.href = 'http://127.0.0.1:17300/__page?kind=ip'; }, rest);
    return;
  }
  await runAll(await casesOf(kind), lanes, post);
  if (kind === 'ip') {
    await runInWorker();
    await runInFrame('sandbox', '/__frame');
    const frame = await (await fetch('/__frame')).text();
    await runInFrame('data', `data:text/html,${encodeURIComponent(frame)}`);
    location.href = 'http://localhost:17300/__page?kind=localhost';
  } else if (kind === 'localhost') {
    location.href = 'http://127.0.0.1/__page?kind=ip80';
  } else {
    await fetch('/__done');
  }
}
