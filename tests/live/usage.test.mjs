// What people ask the ledger and the gauge: usage, size, tiers, explain,
// capacity, and the ledger without a server.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { appsToml } from './lib/apps.mjs';
import { ctl, ctlJson } from './lib/commands.mjs';
import { RawPusher } from './lib/raw.mjs';
import { Server, run } from './lib/server.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';
import { userAuth } from './lib/users.mjs';

const sections = {
  server: { node: 'harbour', reactors: 2 },
  limits: { activity_timeout: '600s' },
};
const apps = `${appsToml}
[[tiers]]
name = "three"
connections = 3
grace = "1h"

[[tiers]]
name = "thousand"
connections = 1000

[[accounts]]
name = "acme"
tier = "three"
apps = ["1", "2"]
`;

const now = () => Math.floor(Date.now() / 1000);
const iso = (seconds) =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** Until the ledger has stated what was at this second. */
async function stated(server, second) {
  await until(async () => {
    const { json } = await ctlJson(server, ['usage', 'all', '--window', 'hour']);
    return Date.parse(json.to) / 1000 >= second;
  }, 'the ledger goes on', 15_000);
}

/** The next second begins. */
async function nextSecond() {
  const before = now();
  await until(() => now() > before, 'a second', 3000);
}

const sum = (rows) =>
  rows.reduce((total, row) => total + row.connections, 0);

withServer('usage', { sections, apps }, (holder) => {
  let from, to, exported;

  test('a statement is what was done, to the connection and second',
       async () => {
         const { server } = holder;
         await nextSecond();
         await nextSecond();
         from = now();
         const open = [];
         for (let i = 0; i < 5; ++i) open.push(await RawPusher.join(server));
         const other = await RawPusher.join(server, { key: 'quiet-key' });
         await nextSecond();
         await nextSecond();
         await nextSecond();
         for (const one of open.splice(0, 3)) one.destroy();
         await server.reaches(2, 'tidewire_connections', { app_id: '1' });
         await nextSecond();
         await nextSecond();
         to = now();
         await stated(server, to + 1);
         const window = ['--from', iso(from), '--to', iso(to), '--sample', '1s'];
         const { code, json } = await ctlJson(server, ['usage', '1', ...window]);
         assert.equal(code, 0);
         assert.equal(json.connections.peak, 5);
         assert.equal(json.billable.peak, 5);
         assert.equal(json.coverage.known_seconds, to - from);
         assert.equal(json.coverage.unknown_seconds, 0);
         assert.equal(json.coverage.samples, to - from);
         assert.ok(json.connections.average > 2);
         assert.ok(json.connections.average < 5);
         assert.ok(json.heads.length <= 1); // none in its first minute
         const all = await ctlJson(server, ['usage', 'all', ...window]);
         assert.equal(all.json.connections.peak, 6);
         const account = await ctlJson(
           server, ['usage', '--account', 'acme', ...window]);
         assert.equal(account.json.connections.peak, 6);
         assert.deepEqual(account.json.connections, all.json.connections);
         const each = await ctlJson(server, ['usage', ...window]);
         assert.deepEqual(
           each.json.apps.slice(0, 3).map((row) => [row.app, row.peak]),
           [['all apps', 6], ['1', 5], ['2', 1]]);
         [...open, other].forEach((one) => one.destroy());
       });

  test('an export is verified, and a changed digit is found', async () => {
    const { server } = holder;
    const window = ['--from', iso(from), '--to', iso(to), '--sample', '1s'];
    for (const form of ['--json', '--csv']) {
      const { stdout, code } = await ctl(
        server, ['usage', 'each', '--export', form, ...window]);
      assert.equal(code, 0);
      exported = path.join(server.dir, `export${form}`);
      writeFileSync(exported, stdout);
      const good = await ctlJson(server, ['usage', 'verify', exported]);
      assert.equal(good.code, 0, JSON.stringify(good.json));
      assert.equal(good.json.export.agree, good.json.export.rows);
      const forged = form === '--json'
        ? stdout.replace('"peak":5', '"peak":4')
        : stdout.replace(/(\napp,1,[^\n]*?),5,/, '$1,4,');
      assert.notEqual(forged, stdout);
      writeFileSync(exported, forged);
      const bad = await ctlJson(server, ['usage', 'verify', exported]);
      assert.equal(bad.code, 1);
      assert.equal(bad.json.status, 'failed');
      assert.equal(bad.json.differences[0].figure, 'peak');
      assert.equal(bad.json.differences[0].ledger, '5');
      writeFileSync(exported, stdout);
    }
    const { code, json } = await ctlJson(server, ['usage', 'verify']);
    assert.equal(code, 0);
    assert.equal(json.ledger.intact, true);
  });

  test('what cannot be asked is said', async () => {
    const { server } = holder;
    const asks = [
      [['usage', '77'], 'not_found', 1],
      [['usage', '--account', 'nobody'], 'not_found', 1],
      [['usage', '1', '--account', 'acme'], 'usage', 2],
      [['usage', '1', '--window', 'never'], 'usage', 2],
      [['usage', '1', '--zone', 'Mars/Olympus'], 'usage', 2],
      [['usage', '1', '--sample', '2h'], 'usage', 2],
      [['usage', '1', '--to', '2026-01-01'], 'usage', 2],
      [['usage', 'verify', '/nowhere/export'], 'not_found', 1],
      [['size'], 'usage', 2],
      [['size', '77'], 'not_found', 1],
      [['explain'], 'usage', 2],
      [['explain', '77'], 'not_found', 1],
    ];
    for (const [words, status, exit] of asks) {
      const { code, json } = await ctlJson(server, words);
      assert.equal(json.status, status, words.join(' '));
      assert.equal(code, exit, words.join(' '));
      // A sentence, or how the command is written.
      assert.match(json.error, /^\S+ \S+ .*(\.|: explain .+)$/,
                   words.join(' '));
    }
  });

  test('size goes by the past, and by what is expected', async () => {
    const { server } = holder;
    const window = ['--from', iso(from), '--to', iso(to), '--sample', '1s'];
    const { json } = await ctlJson(server, ['size', '1', ...window]);
    assert.equal(json.recommendation.peak, 5);
    assert.equal(json.recommendation.connections, 6);
    assert.equal(json.recommendation.tier, 'thousand');
    const [three, thousand] = json.tiers;
    assert.equal(three.graces, 1);
    assert.equal(three.times_over, 0);
    assert.ok(three.grace_seconds >= 2);
    assert.equal(thousand.graces, 0);
    assert.deepEqual(json.billing.map((row) => row.by),
                     ['peak', 'p95', 'average']);
    const ahead = await ctlJson(
      server, ['size', '--peak', '2', '--growth', '20%', '--headroom', '25%']);
    assert.equal(ahead.json.recommendation.connections, 3);
    assert.equal(ahead.json.recommendation.tier, 'three');
  });

  test('tiers tells how everybody stands', async () => {
    const { server } = holder;
    const { json } = await ctlJson(server, ['tiers']);
    assert.deepEqual(json.tiers.map((row) => row.tier), ['three', 'thousand']);
    assert.equal(json.accounts[0].account, 'acme');
    const cap = json.caps.find((row) => row.name === 'acme');
    assert.equal(cap.cap, 3);
    assert.ok(['near', 'grace', 'ok'].includes(cap.state), cap.state);
  });

  test('explain adds up to the gauge while others come and go', async () => {
    const { server } = holder;
    const users = [];
    for (const name of ['ann', 'ann', 'ann', 'bob']) {
      const raw = await RawPusher.join(server);
      raw.send('pusher:signin',
               userAuth(raw.socketId, JSON.stringify({ id: name })));
      await raw.nextEvent('pusher:signin_success');
      await raw.subscribe('chat');
      users.push(raw);
    }
    const still = await ctlJson(server, ['explain', '1']);
    assert.equal(still.json.gauge, 4);
    assert.equal(still.json.drift, 0);
    assert.deepEqual(still.json.users_with_several,
                     [{ user: 'ann', connections: 3 }]);
    assert.deepEqual(still.json.channels, [{ channel: 'chat', connections: 4 }]);
    let going = true;
    const churn = Array.from({ length: 8 }, async () => {
      while (going) {
        const raw = await RawPusher.join(server);
        raw.destroy();
      }
    });
    const tables = ['nodes', 'reactors', 'ages', 'last_heard', 'subscriptions',
                    'tabs'];
    try {
      for (let i = 0; i < 30; ++i) {
        const { code, json } = await ctlJson(server, ['explain', '1']);
        assert.equal(code, 0);
        assert.ok(json.gauge >= 4);
        for (const table of tables)
          assert.equal(sum(json[table]), json.gauge, table);
      }
    } finally {
      going = false;
      await Promise.all(churn);
      users.forEach((one) => one.destroy());
    }
  });

  test('capacity says what is left, and what it does not know', async () => {
    const { server } = holder;
    const { code, json } = await ctlJson(server, ['capacity']);
    assert.equal(code, 4); // too few connections to measure
    assert.equal(json.each.user_bytes, null);
    assert.match(json.notes.join(' '), /at least 500/);
    const descriptors = json.resources[0];
    assert.equal(descriptors.left, descriptors.limit - descriptors.used);
    assert.ok(json.room.more > 0);
    assert.ok(json.resources.some((row) => row.resource === json.room.bound_by));
  });

  test('the same without a server, beside it', async () => {
    const { server } = holder;
    const folder = ['--data-dir', path.join(server.dir, 'data')];
    const window = ['--from', iso(from), '--to', iso(to), '--sample', '1s'];
    const ledger = async (...words) => {
      const end = await run(['ledger', ...words, ...folder]);
      return { ...end, json: JSON.parse(end.stdout) };
    };
    const [here, there] = await Promise.all([
      ctlJson(server, ['usage', '1', ...window]),
      ledger('usage', '1', ...window),
    ]);
    assert.deepEqual(there.json.connections, here.json.connections);
    assert.deepEqual(there.json.coverage, here.json.coverage);
    const proof = await ledger('verify', exported);
    assert.equal(proof.code, 0, proof.stdout);
    assert.equal((await ledger('verify')).code, 0);
    const backup = path.join(server.dir, 'backup.db');
    assert.equal((await ledger('backup', backup)).code, 0);
    const refused = await ledger('restore', backup);
    assert.equal(refused.code, 1);
    assert.match(refused.json.error, /stop that server first/);
  });
});

test('a ledger is restored, and a byte that was flipped is found',
     { timeout: 120_000 }, async () => {
  const server = await Server.start({ sections });
  const { dir } = server;
  const folder = ['--data-dir', path.join(dir, 'data')];
  const ledger = async (...words) => {
    const end = await run(['ledger', ...words, ...folder]);
    return { ...end, json: JSON.parse(end.stdout) };
  };
  try {
    const one = await RawPusher.join(server);
    await nextSecond();
    await stated(server, now() + 1);
    one.destroy();
    const backup = path.join(dir, 'backup.db');
    server.signal('SIGTERM');
    await server.exited;
    // The journal is folded at the goodbye: everything is in the chain.
    assert.equal((await ledger('backup', backup)).code, 0);
    assert.equal((await ledger('restore', backup)).code, 0);
    assert.equal((await ledger('verify')).code, 0);
    const file = path.join(dir, 'data/ledger.db');
    const bytes = readFileSync(file);
    // The node's name, where it stands and where it is looked up.
    for (let at = bytes.indexOf('harbour'); at > 0;
         at = bytes.indexOf('harbour', at + 1))
      bytes[at] ^= 1;
    assert.equal(bytes.indexOf('harbour'), -1);
    writeFileSync(file, bytes);
    const found = await ledger('verify');
    assert.equal(found.code, 1);
    assert.equal(found.json.ledger.intact, false);
    assert.equal((await ledger('restore', backup)).code, 0);
    assert.equal((await ledger('verify')).code, 0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
