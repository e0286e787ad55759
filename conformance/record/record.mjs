// Records what a real browser does with the cases of a directory.
//
//   node conformance/record/record.mjs DIR chromium|firefox|webkit [--lanes N] [--seconds N]
//
// DIR holds `cases.jsonl`, in the format of `conformance/data/README-oracle.md` or, for loads that are not fetch(), of
// `README-loads.md`; DIR/BROWSER.jsonl is written. Needs the browser (Debian's chromium, firefox-esr, or
// libwebkit2gtk-4.1-0 and xvfb) and ports of the loopback addresses: 80 and 17300 to 17303, or 17800 to 17802; port 80
// needs root.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LoadsRecorder } from './loads_server.mjs';
import { Recorder } from './server.mjs';

// What Firefox would do on its own while it is watched.
const FIREFOX_PREFERENCES = {
  'app.normandy.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.lna.blocking': false,
  'network.lna.enabled': false,
  'network.trr.mode': 5,
  'toolkit.telemetry.enabled': false,
};

const COMMANDS = {
  chromium: (profile, url) => ['chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--autoplay-policy=no-user-gesture-required',
    `--user-data-dir=${profile}`, url]],
  firefox: (profile, url) => {
    const lines = Object.entries(FIREFOX_PREFERENCES)
      .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
    writeFileSync(join(profile, 'user.js'), `${lines.join('\n')}\n`);
    return ['firefox-esr', ['--headless', '--no-remote', '--profile', profile, url]];
  },
  webkit: (_, url) => ['xvfb-run', [
    '-a', `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/webkit2gtk-4.1/MiniBrowser`,
    '--private', url]],
};

function usage(message) {
  console.error(`record: ${message}`);
  console.error('usage: node record.mjs DIR chromium|firefox|webkit [--lanes N] [--seconds N]');
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        lanes: { type: 'string' },
        seconds: { type: 'string', default: '600' },
      },
    });
  } catch (error) {
    return usage(error.message);
  }
}

const { values, positionals: [directory, browser] } = parse();
if (!directory || !Object.hasOwn(COMMANDS, browser ?? '')) usage('a directory and a browser are needed');

const cases = readFileSync(join(directory, 'cases.jsonl'), 'utf8')
  .split('\n').filter(Boolean).map((line) => JSON.parse(line));
const ofLoads = cases[0]?.load !== undefined;
const [lanes, seconds] = [values.lanes ?? (ofLoads ? 12 : 24), values.seconds].map(Number);
if (!(lanes >= 1) || !(seconds >= 1)) usage('--lanes and --seconds are whole numbers from 1');
const recorder = new (ofLoads ? LoadsRecorder : Recorder)(cases, lanes);
await recorder.listen();
const profile = mkdtempSync(join(tmpdir(), 'record-'));
const [command, args] = COMMANDS[browser](profile, recorder.start);
const child = spawn(command, args, {
  detached: true, stdio: 'ignore', env: { ...process.env, HOME: profile },
});
child.on('error', (error) => usage(`${command}: ${error.message}`));
const finished = await Promise.race([
  recorder.done.then(() => true),
  new Promise((resolve) => { setTimeout(() => resolve(false), seconds * 1000); }),
]);
process.kill(-child.pid);
const lines = recorder.lines();
writeFileSync(join(directory, `${browser}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
console.log(`${browser}: ${lines.length} of ${cases.length} cases recorded`);
setTimeout(() => {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  process.exit(finished && lines.length === cases.length ? 0 : 1);
}, 500);
