// The meter against a generator's own record, second by second, through ramps,
// churn, and a kill -9. TIDEWIRE_METER_SECONDS=600 for the long form.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ticksOf } from './lib/ledger.mjs';
import { Program, Server, run, sibling } from './lib/server.mjs';
import { patience, sanitized, within } from './lib/until.mjs';

const seconds = Number(process.env.TIDEWIRE_METER_SECONDS ?? 40);
const long = seconds >= 300;
const scale = sanitized ? 0.1 : long ? 1 : 0.4;
const churn = Math.round(500 * scale); // a second
const base = Math.round(1500 * scale); // connections
const peak = Math.round(4000 * scale);
const here = path.dirname(fileURLToPath(import.meta.url));

/** The generator; remembers all it ever said. */
class Metronome {
  record = new Map(); // by second

  static start() {
    const self = new Metronome();
    self.program = new Program(process.execPath,
                               [path.join(here, 'lib/metronome.mjs')],
                               { stdio: ['pipe', 'pipe', 'pipe'] });
    return self;
  }

  async run(server, count, target) {
    this.program.stdout = '';
    this.program.child.stdin.write(`${JSON.stringify({
      port: server.port, run: count, target,
      churn: Math.min(churn, target) })}\n`);
    const [line] = await this.program.prints(/.*\n/, (count + 30) * 1000);
    const told = JSON.parse(line);
    for (const one of told.seconds) this.record.set(one.at, one);
    return told;
  }

  async end() {
    this.program.child.stdin.end();
    await within(this.program.exited, 'the metronome ends', 10_000);
  }
}

const iso = (seconds) =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

async function ledgerCommand(server, words) {
  const done = await run(['ledger', ...words, '--data-dir',
                          path.join(server.dir, 'data')]);
  return { ...done, json: done.stdout ? JSON.parse(done.stdout) : undefined };
}

/** Design §6: sorted, drop ⌊n/20⌋ from the top, take the next. */
const p95 = (samples) => {
  const sorted = [...samples].sort((a, b) => b - a);
  return sorted[Math.floor(sorted.length / 20)];
};

test('the ledger is what the generator did, second by second',
     { timeout: (seconds * 2 + 240) * 1000 * patience }, async (t) => {
  const sections = {
    server: { reactors: 2 },
    limits: { activity_timeout: '24h', pong_timeout: '1h' },
  };
  let server = await Server.start({ sections });
  const { dir } = server;
  const ledger = path.join(dir, 'data/ledger.db');
  const metronome = Metronome.start();
  try {
    const part = Math.max(3, Math.round(seconds / 8));
    await metronome.run(server, part, base);
    await metronome.run(server, part, peak);
    await metronome.run(server, part, base);
    const before = await metronome.run(server, part, base);
    assert.equal(before.lost, 0, 'nobody was sent away');

    // From the kill on all are gone; the record says so from then on.
    const died = Date.now() / 1000;
    await server.kill();
    server = await Server.startIn(dir, { sections });
    const back = Date.now() / 1000;
    const outage = await metronome.run(server, 1, 0);
    assert.ok(outage.lost > 0);
    await metronome.run(server, part, base);
    await metronome.run(server, part, peak);
    await metronome.run(server, part, 0);
    const end = await metronome.run(server, 1, 0);
    await server.reaches(0, 'tidewire_connections');
    assert.equal(await server.metric('tidewire_meter_drift'), 0);
    const last = Math.max(...metronome.record.keys());
    server.signal('SIGTERM');
    await within(server.exited, 'the server ends', 20_000);

    const first = Math.min(...metronome.record.keys());
    const stated = await ticksOf(ledger, first - 1, last);
    const wrong = [];
    const unknown = [];
    let blurred = 0;
    for (const [at, { low, high }] of metronome.record) {
      const tick = stated.get(at);
      if (!tick) {
        unknown.push(at);
        continue;
      }
      if (low !== high) ++blurred;
      if (tick.open < low || tick.open > high)
        wrong.push({ at, low, high, open: tick.open });
    }
    for (let at = Math.ceil(died); at <= back; ++at)
      if (!stated.has(at)) unknown.push(at);
    t.diagnostic(`${metronome.record.size} seconds, ${blurred} of them not ` +
                 `sharp; ${unknown.length} unknown, down for ${
                   (back - died).toFixed(1)} s`);
    assert.deepEqual(wrong, []);
    for (const at of unknown)
      assert.ok(at >= died - 2 && at <= back + 2,
                `${at} is unknown; down from ${died} to ${back}`);
    assert.ok(unknown.length <= Math.ceil(back - died) + 2, `${unknown}`);
    assert.ok(blurred <= metronome.record.size / (sanitized ? 2 : 10),
              `${blurred} of ${metronome.record.size} seconds are not sharp`);

    // Over the seconds both know: the same peak, p95 and average of ticks.
    const known = [...metronome.record.values()]
      .filter(({ at, low, high }) => low === high && stated.has(at));
    const ours = known.map(({ low }) => low);
    const theirs = known.map(({ at }) => stated.get(at).open);
    assert.equal(Math.max(...theirs), Math.max(...ours));
    assert.equal(p95(theirs), p95(ours));
    const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
    assert.equal(mean(theirs), mean(ours));
    assert.ok(Math.max(...ours) >= peak, 'the peak was reached');

    // The same from the statement that an invoice would rest on. Between two
    // runs of the metronome nothing happens.
    const filled = new Map();
    for (let at = first, was; at <= last; ++at) {
      was = metronome.record.get(at) ?? was;
      filled.set(at, was);
    }
    const sharp = [...filled].filter(([at]) => stated.has(at));
    const { json } = await ledgerCommand(server, [
      'usage', 'all', '--from', iso(first - 1), '--to', iso(last),
      '--sample', '1s', '--json']);
    assert.equal(json.coverage.known_seconds, sharp.length);
    assert.equal(json.coverage.unknown_seconds, filled.size - sharp.length);
    // Where every second is sharp both ends are the same number.
    const lows = sharp.map(([, { low }]) => low);
    const highs = sharp.map(([, { high }]) => high);
    const between = (x, least, most, what) =>
      assert.ok(least <= x && x <= most, `${what}: ${least}, ${x}, ${most}`);
    between(json.connections.peak, Math.max(...lows), Math.max(...highs),
            'peak');
    between(json.connections.p95, p95(lows), p95(highs), 'p95');
    t.diagnostic(`peak ${Math.max(...lows)} <= ${json.connections.peak} <= ${
      Math.max(...highs)}, p95 ${p95(lows)} <= ${json.connections.p95} <= ${
      p95(highs)}`);

    // The average is of time, and the generator has its own account of that:
    // of the second life, in which everybody came and went.
    const life = await ledgerCommand(server, [
      'usage', 'all', '--from', iso(outage.seconds[0].at), '--to', iso(last),
      '--sample', '1s', '--json']);
    const time = life.json.connections.connection_seconds;
    const sure = (end.sureMs - outage.sureMs) / 1000;
    const most = (end.mostMs - outage.mostMs) / 1000;
    between(time, sure, most, 'connection-seconds');
    assert.ok(most - sure < sure / 50, `${sure} to ${most} says too little`);
    const average = time / life.json.coverage.known_seconds;
    assert.ok(Math.abs(life.json.connections.average - average) < 0.001);
    t.diagnostic(`connection-seconds of the second life: ${sure} <= ${time
      } <= ${most}; average ${life.json.connections.average}`);

    const proved = await ledgerCommand(server, ['verify', '--json']);
    assert.equal(proved.code, 0, proved.stdout);
    const spoiler = new Program(sibling('tidewire_ledger_ticks'),
                                ['spoil', ledger]);
    await within(spoiler.exited, 'one bit is flipped', 10_000);
    const minute = iso(Number(spoiler.stdout)).slice(0, 16);
    const refuted = await ledgerCommand(server, ['verify', '--json']);
    assert.equal(refuted.code, 1, refuted.stdout);
    assert.ok(refuted.stdout.includes(minute),
              `${minute} is spoilt: ${refuted.stdout}`);

    // Within a tick: no less time than its lowest, no more than its highest.
    for (const { at, open, lowest, highest, ms } of stated.values()) {
      assert.ok(lowest <= open && open <= highest, `tick ${at}`);
      assert.ok(ms >= lowest * 1000 && ms <= highest * 1000, `tick ${at}`);
    }
  } finally {
    await metronome.end();
    await server.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});
