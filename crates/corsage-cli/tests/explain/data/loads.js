// How the page performs each load of loads.toml, and what it sees: the first event, and what it may look into.
// Its words are those of an account's `sees`.

const settled = (promise) => promise.then(() => 'fulfilled', (error) => `rejected with ${error.name}`);
const first = (target, events, milliseconds = 3000) => new Promise((resolve) => {
  setTimeout(resolve, milliseconds, 'no event');
  for (const event of events) target.addEventListener(event, () => resolve(event), { once: true });
});
const element = (name, attributes) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

function canvas(image) {
  const context = Object.assign(document.createElement('canvas'), { width: 9, height: 9 }).getContext('2d');
  context.drawImage(image, 0, 0, 9, 9);
  try {
    context.getImageData(1, 1, 1, 1);
    return 'readable';
  } catch {
    return 'closed';
  }
}

function rules(sheet) {
  if (!sheet) return 'nothing';
  try {
    return sheet.cssRules.length > 0 ? 'readable' : 'empty';
  } catch {
    return 'closed';
  }
}

const loads = {
  async image(url, attributes) {
    const image = element('img', attributes);
    const event = first(image, ['load', 'error']);
    image.src = url;
    const seen = await event;
    return [seen, seen === 'load' ? canvas(image) : 'nothing'];
  },
  async script(url, attributes) {
    const script = element('script', attributes);
    const event = first(script, ['load', 'error']);
    script.src = url;
    document.head.append(script);
    return [await event];
  },
  async style(url, attributes) {
    const link = element('link', { rel: 'stylesheet', ...attributes });
    const event = first(link, ['load', 'error']);
    link.href = url;
    document.head.append(link);
    return [await event, rules(link.sheet)];
  },
  async preload(url, attributes, then, thenAttributes) {
    const link = element('link', { rel: 'preload', ...attributes });
    const event = first(link, ['load', 'error']);
    link.href = url;
    document.head.append(link);
    await event;
    return loads[then](url, thenAttributes);
  },
  async font(url) {
    return [await settled(new FontFace('Case', `url("${url}")`).load())];
  },
  async audio(url, attributes) {
    const audio = element('audio', { preload: 'auto', ...attributes });
    const event = first(audio, ['loadeddata', 'error']);
    audio.src = url;
    return [await event];
  },
  async track(url, attributes) {
    const video = element('video', attributes);
    const track = element('track', { kind: 'subtitles', default: '' });
    video.append(track);
    document.body.append(video);
    const event = first(track, ['load', 'error']);
    track.src = url;
    track.track.mode = 'showing';
    return [await event];
  },
  async frame(url, attributes) {
    const frame = element(attributes.tag ?? 'iframe', {});
    const event = first(frame, ['load', 'error'], 1500);
    frame[attributes.tag === 'object' ? 'data' : 'src'] = url;
    document.body.append(frame);
    return [await event];
  },
  async dynamicImport(url) {
    return [await settled(import(url))];
  },
  async events(url, { withCredentials = false }) {
    const source = new EventSource(url, { withCredentials });
    const seen = await first(source, ['open', 'error']);
    source.close();
    return [seen];
  },
  async socket(url) {
    const socket = new WebSocket(url.replace('http', 'ws'));
    return [await first(socket, ['open', 'error'])];
  },
  async worker(url, { make = Worker }) {
    try {
      return [await first(new make(url), ['message', 'error'])];
    } catch (error) {
      // Thrown once more, so that the console has it.
      setTimeout(() => { throw error; });
      return [`throws ${error.name}`];
    }
  },
  async sharedWorker(url) {
    return loads.worker(url, { make: SharedWorker });
  },
  async worklet(url) {
    return [await settled(new OfflineAudioContext(1, 128, 44100).audioWorklet.addModule(url))];
  },
  async beacon(url, { type }) {
    navigator.sendBeacon(url, type ? new Blob(['{}'], { type }) : '{}');
    await new Promise((resolve) => { setTimeout(resolve, 600); });
    return ['returns'];
  },
  async use(url) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    svg.append(use);
    document.body.append(svg);
    const event = first(use, ['load', 'error'], 800);
    use.setAttribute('href', url);
    return [await event];
  },
  // No event tells of these.
  async css(url, property) {
    const box = element('div', {});
    box.textContent = 'a box';
    box.style.setProperty(property, `url("${url}")`);
    document.body.append(box);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    return [];
  },
  async manifest(url, attributes) {
    document.head.append(element('link', { rel: 'manifest', href: url, ...attributes }));
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    return ['returns'];
  },
};

// Each is told by itself: Firefox cuts long messages.
async function perform(cases, saw, done) {
  for (const [name, url, [kind, ...rest]] of cases) {
    const seen = JSON.stringify({ [name]: await loads[kind](url, ...rest) });
    setTimeout(() => { throw new Error(`${saw}${seen} .`); });
  }
  setTimeout(() => { throw new Error(done); }, 500);
}
