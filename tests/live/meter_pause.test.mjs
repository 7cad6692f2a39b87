// A server that was stopped (SIGSTOP) and goes on: what it did not see it works
// out, and nobody pays for connections that ended meanwhile.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { ticksOf } from './lib/ledger.mjs';
import { RawPusher } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

withServer('a server that is stopped for some seconds',
           { sections: { server: { reactors: 2 } } }, (run) => {
  test('states every second of it: who left meanwhile left when it began',
       async () => {
    const { server } = run;
    const ledger = path.join(server.dir, 'data/ledger.db');
    const all = await Promise.all(
      Array.from({ length: 20 }, () => RawPusher.join(server)));
    await server.reaches(20, 'tidewire_connections');
    const now = () => Math.floor(Date.now() / 1000);
    const begun = now();
    await until(async () => (await ticksOf(ledger, begun, now())).size >= 2,
                'two seconds are on disk', 10_000);
    server.signal('SIGSTOP');
    const stopped = Date.now() / 1000;
    for (const one of all.slice(0, 8)) one.destroy();
    await new Promise((done) => setTimeout(done, 4200));
    const woken = Date.now() / 1000;
    server.signal('SIGCONT');
    await server.reaches(12, 'tidewire_connections');
    const wanted = Math.ceil(woken) + 1;
    await until(async () => (await ticksOf(ledger, begun, wanted)).has(wanted),
                'the second after it is on disk', 15_000);
    const ticks = await ticksOf(ledger, begun + 1, wanted);
    for (let at = begun + 2; at <= wanted; ++at)
      assert.ok(ticks.has(at), `second ${at} is unknown`);
    for (let at = Math.ceil(stopped) + 1; at <= wanted; ++at)
      assert.equal(ticks.get(at).open, 12,
                   `second ${at}, stopped ${stopped} to ${woken}`);
    assert.equal(ticks.get(Math.floor(stopped)).open, 20);
    assert.equal(await server.metric('tidewire_meter_drift'), 0);
    assert.equal(
      await server.metric('tidewire_meter_unknown_seconds_total'), 0);
  });
});
