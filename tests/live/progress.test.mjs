// Long answers say how far they are, and are the same as if they had not.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { ctl, ctlOnTerminal } from './lib/commands.mjs';
import { serverOnLedger } from './lib/ledger.mjs';

const days = 2;
const apps = 30;
const from = Date.UTC(2026, 0, 5) / 1000;

/** The answer to a GET on a socket of its own, and each 102 before it. */
function withProgress(server, target, headers) {
  return new Promise((done, fail) => {
    const said = [];
    const request = http.get(server.admin + target, {
      agent: false,
      headers: { Authorization: `Bearer ${server.token}`, ...headers },
    }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => { text += part; });
      answer.on('end', () => done({
        status: answer.statusCode, json: JSON.parse(text), said,
      }));
    });
    request.on('information', (info) => said.push({
      status: info.statusCode, line: info.headers['tidewire-progress'],
    }));
    request.on('error', fail);
  });
}

describe('long answers', { timeout: 120_000 }, () => {
  const window = ['--from', '2026-01-05', '--to', '2026-01-07'];
  const each = '/v1/commands/usage/each?from=2026-01-05&to=2026-01-07';
  let server;
  before(async () => {
    server = await serverOnLedger(
      { from, minutes: days * 1440, apps, percent: 20 });
  });
  after(() => server?.stop());

  for (const target of [each, '/v1/commands/usage/verify'])
    test(`${target.split('?')[0]} has 102s for who prefers them, and the ` +
         'same answer', async () => {
      const told = await withProgress(server, target, { Prefer: 'progress' });
      const plain = await withProgress(server, target, {});
      assert.equal(told.status, 200);
      assert.equal(plain.status, 200);
      assert.deepEqual(plain.said, []);
      assert.ok(told.said.length > 0);
      let last = 0;
      for (const { status, line } of told.said) {
        assert.equal(status, 102);
        const [, done, noun] = /^(\d+)\/\d+ ([a-z]+)$/.exec(line);
        assert.ok(Number(done) >= last, line);
        assert.ok(['hours', 'entries'].includes(noun));
        last = Number(done);
      }
      assert.equal(told.json.status, 'ok');
      if (target === each) {
        const lines = (x) => x.apps.map((app) => ({ ...app, as_of: '' }));
        assert.equal(told.json.apps.length, apps + 1);
        assert.deepEqual(lines(told.json), lines(plain.json));
      }
    });

  test('a terminal sees it on a line that is gone in the end, a pipe does not',
       async () => {
         const shown = await ctlOnTerminal(server, ['usage', 'each', ...window]);
         assert.equal(shown.code, 0, shown.screen);
         assert.match(shown.screen, /\d+\/48 hours …/);
         const piped = await ctl(server, ['usage', 'each', ...window]);
         assert.equal(piped.code, 0);
         assert.equal(piped.stderr, '');
       });
});
