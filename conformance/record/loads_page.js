// The top-level page of recorded loads: every case in a frame of its own, some at a time.

async function run(jobs, lanes, seconds, next) {
  const waiting = new Map();
  addEventListener('message', ({ data }) => {
    const told = data && waiting.get(data.id);
    if (told) told(data);
  });
  const tell = (result) => fetch('/__result', { method: 'POST', body: JSON.stringify(result) });
  async function lane() {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const { id, sandbox } = job;
      const frame = document.createElement('iframe');
      if (sandbox) frame.sandbox = 'allow-scripts allow-forms';
      const result = await new Promise((resolve) => {
        waiting.set(id, resolve);
        setTimeout(resolve, seconds * 1000, { id });
        frame.src = `/__case/${id}`;
        document.body.append(frame);
      });
      waiting.delete(id);
      frame.remove();
      await tell(result);
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  if (next.startsWith('http')) location.href = next;
  else await fetch(next);
}
