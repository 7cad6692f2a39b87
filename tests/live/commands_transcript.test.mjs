// Every operator command, on a terminal, as JSON and over HTTP, with good and
// bad arguments: what they say is recorded, and compared with.
// `TIDEWIRE_RECORD=1` records it anew; the difference is for a person to judge.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  ctl, ctlJson, ctlOnTerminal, normalized, overSocket, recorded, unnumbered,
} from './lib/commands.mjs';
import { company } from './lib/company.mjs';
import { serverOnLedger } from './lib/ledger.mjs';

const sections = {
  server: { node: 'harbour', reactors: 2 },
  limits: { activity_timeout: '600s' },
};

// What depends on when the test runs is recorded without its figures, what
// depends on the machine by the names of its parts alone; other tests judge
// the rest.
const lines = [
  ['help'],
  ['help', 'kick'],
  ['help', 'stauts'],
  ['status'],
  ['status', 'now'],
  ['stauts'],
  ['apps'],
  ['apps', '2'],
  ['apps', 'nobody'],
  ['conns', '--app', '2'],
  ['conns', '--limit', '1', '--sort', 'subscriptions'],
  ['conns', '--limit', '0'],
  ['conns', '999.999'],
  ['channels'],
  ['channels', '--prefix', 'presence-'],
  ['channels', 'nowhere'],
  ['users'],
  ['users', 'ann', '--app', '1'],
  ['users', 'zoe'],
  ['usage', 'each', '--window', '2026-01-05'],
  ['usage', '3', '--window', '2026-01-05T13'],
  ['usage', '3', '--window', '2026-01-05T13', '--export'],
  ['usage', 'all', '--from', '2026-01-05T12', '--to', '2026-01-05T14',
   '--zone', 'Europe/Berlin', '--sample', '5m'],
  { args: ['usage', 'verify'], figures: false },
  ['usage', 'nobody'],
  ['usage', '1', '--window', 'fortnight'],
  ['usage', '1', '--from', '2026-11-08', '--to', '2026-11-01'],
  ['usage', '1', '--zone', 'Atlantis'],
  ['usage', '1', '--sample', '0s'],
  ['usage', 'verify', '/nowhere/export.json'],
  ['size', '--peak', '800', '--growth', '50%'],
  ['size', '3', '--window', '2026-01-05T13'],
  ['size'],
  ['size', 'nobody'],
  ['size', '1', '--growth', 'much'],
  ['tiers'],
  ['tiers', '2'],
  ['tiers', 'nobody'],
  { args: ['explain', '2'], figures: false },
  ['explain'],
  ['explain', '1', '--top', '0'],
  { args: ['capacity'], parts: true },
  ['capacity', 'please'],
  ['grace'],
  ['grace', '1', '--grant', '3d'],
  ['grace', '1', '--grant', 'soon'],
  ['grace', '--account', 'nobody', '--revoke'],
  ['kick'],
  ['kick', '999.999'],
  ['kick', '--all'],
  { args: ['log'], parts: true },
  ['log', 'loud'],
  ['drain', 'please'],
  ['drain', 'please', 'now'],
  ['undrain', 'harbour'],
  ['rebalance', 'harbour'],
  ['nodes'],
  ['cluster'],
  ['failovers'],
  ['limits'],
].map((line) => (Array.isArray(line) ? { args: line } : line));

/** Where a command line is over HTTP: its options become the query. */
function target(args) {
  const [name, ...rest] = args;
  const places = [];
  const query = new URLSearchParams();
  for (let i = 0; i < rest.length; ++i) {
    if (!rest[i].startsWith('--'))
      places.push(encodeURIComponent(rest[i]));
    else if (i + 1 < rest.length && !rest[i + 1].startsWith('--'))
      query.set(rest[i].slice(2), rest[++i]);
    else
      query.set(rest[i].slice(2), 'true');
  }
  const path = ['/v1/commands', name, ...places].join('/');
  return query.size ? `${path}?${query}` : path;
}

/** The names of the parts of what a command said, and that it said nothing
 * else on the terminal or over HTTP. */
function partsOf(line, piped, shown, http) {
  const said = JSON.parse(piped.stdout);
  assert.ok(['ok', 'partial'].includes(said.status), piped.stdout);
  const names = Object.keys(said).filter((name) => name !== 'notes');
  const again = Object.keys(JSON.parse(http.text));
  assert.deepEqual(again.filter((name) => name !== 'notes'), names);
  for (const note of said.notes ?? [])
    assert.ok(shown.screen.replace(/\s+/g, ' ').includes(note.slice(0, 40)),
      shown.screen);
  return `\n$ tidewire ctl ${line}    # ${names.join(' ')}\n`;
}

const changes = (args) =>
  ['kick', 'drain', 'undrain', 'rebalance'].includes(args[0]) ||
  args.includes('--grant') || args.includes('--revoke') || args[1] === 'loud';

describe('every command', { timeout: 120_000 }, () => {
  let server;
  let people;
  before(async () => {
    // Two hours that do not change, of the apps 1 to 3; 3 is not served.
    const from = Date.UTC(2026, 0, 5, 12) / 1000;
    server = await serverOnLedger(
      { from, minutes: 120, apps: 3, percent: 50 }, { sections });
    server.node = 'harbour';
    people = await company(server);
  });
  after(async () => {
    Object.values(people ?? {}).flat().forEach((one) => one.destroy());
    await server?.kill();
    if (server)
      rmSync(server.dir, { recursive: true, force: true });
  });

  test('is as it was recorded', async () => {
    let transcript = '';
    const named = new Set();
    for (const { args, figures = true, parts = false } of lines) {
      named.add(args[0]);
      const piped = await ctl(server, [...args, '--json']);
      const shown = await ctlOnTerminal(server, args, { columns: 160 });
      const line = args.join(' ');
      assert.equal(shown.code, piped.code, line);
      const method = changes(args) ? 'POST' : 'GET';
      const http = await overSocket(server, method, target(args));
      assert.equal(http.headers['tidewire-exit'], String(piped.code), line);
      if (parts) {
        transcript += partsOf(line, piped, shown, http);
        continue;
      }
      const show = (text) => {
        const plain = normalized(text, server);
        return figures ? plain : unnumbered(plain);
      };
      // What ctl knows by itself says nothing of a node.
      const bare = (text) => show(text).trim()
        .replace('"node":"NODE","as_of":"TIME",', '');
      const same = bare(http.text) === bare(piped.stdout);
      transcript += `\n$ tidewire ctl ${line}    # ${shown.code}\n` +
        show(shown.screen) + `$ tidewire ctl ${line} --json\n` +
        show(piped.stdout) +
        `$ ${method} ${target(args)}    # ${http.status}\n` +
        (same ? '' : `${show(http.text).trim()}\n`);
    }
    const { json } = await ctlJson(server, ['help']);
    for (const { name } of json.commands)
      assert.ok(named.has(name), `the transcript is without ${name}`);
    assert.equal(transcript, recorded('commands.txt', transcript));
  });

  test('ends with a drain', async () => {
    const { code, json } = await ctlJson(server, ['drain']);
    assert.equal(code, 0);
    assert.equal(json.closing_connections, 7);
    assert.equal((await server.exited).code, 0);
  });
});
