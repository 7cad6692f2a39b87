// Exactness: whatever clients do, the gauge is what their own record says.
//
// Four generators (churn.cpp) open and close more than 200,000 connections at
// random: clean closes, resets, half handshakes, refused keys, double closes,
// close(4200) from the client; now and then one of them is killed.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import { Program, sibling } from './lib/server.mjs';
import { sumOf } from './lib/metrics.mjs';
import { withServer } from './lib/suite.mjs';
import { patience } from './lib/until.mjs';

const total = Number(process.env.TIDEWIRE_CHURN ?? 200_000);
const seed = Number(process.env.TIDEWIRE_SEED ?? Date.now() % 1_000_000);
const rounds = 8;
const refusals = ['unknown_key', 'bad_path', 'no_protocol'];

class Generator extends Program {
  static next = 1;
  record = { open: 0, started: 0, opened: 0, unsure: 0, unknown_key: 0,
             bad_path: 0, no_protocol: 0 };

  static start(port, options = []) {
    const id = Generator.next++;
    return new Generator(sibling('tidewire_churn'), [
      '--port', port, '--id', id, '--seed', seed + id, '--slots', 1000,
      ...options,
    ].map(String), { stdio: ['pipe', 'pipe', 'pipe'] });
  }

  say(command) {
    this.stdout = '';
    this.child.stdin.write(`${command}\n`);
  }

  /** Waits for a line of the answer. */
  async hears(pattern) {
    const match = await this.prints(
      new RegExp(`^(?:fault .*|${pattern})$`, 'm'), 300_000);
    assert.ok(!match[0].startsWith('fault'), match[0]);
    return match;
  }

  async run(count) {
    this.say(`run ${count}`);
    await this.hears('ran');
  }

  /** Every operation has been answered: the record is exact. */
  async settle(command = 'settle') {
    this.say(command);
    this.record = JSON.parse((await this.hears('settled (.*)'))[1]);
  }
}

// The generators answer no pings, and on a busy machine they are slow.
const limits = { activity_timeout: '24h', pong_timeout: '1h',
                 handshake_timeout: '1m' };

withServer('churn', { sections: { limits } }, (run) => {
  const living = new Set();
  after(async () => {
    for (const one of living) await one.kill();
  });

  const sum = (records, key) => records.reduce((n, r) => n + r[key], 0);

  /** Compares the server's figures with the record of the generators. */
  async function check(dead) {
    await Promise.all([...living].map((one) => one.settle()));
    const alive = [...living].map((one) => one.record);
    const all = [...alive, ...dead];
    const open = sum(alive, 'open');
    // Resets and killed processes are not answered: the server may need a
    // moment. A gauge that is wrong does not become right by waiting.
    await run.server.reaches(open, 'tidewire_connections', {}, 20_000);
    for (const key of refusals)
      await run.server.reaches(
        sum(all, key), 'tidewire_connections_refused_total', { reason: key });
    const series = await run.server.metrics();
    const figure = (name, labels) =>
      sumOf(series, `tidewire_${name}`, labels);
    const opened = figure('connections_opened_total');
    assert.equal(figure('connections'), open);
    assert.equal(figure('connections', { app_id: '1' }), open);
    assert.equal(figure('gauge_drift'), 0);
    assert.equal(opened - figure('connections_closed_total'), open);
    for (const reason of ['crash', 'killed', 'slow_reader', 'timeout', 'drain'])
      assert.equal(figure('connections_closed_total', { reason }), 0, reason);
    assert.ok(opened >= sum(all, 'opened'),
              `${opened} opened, clients saw ${sum(all, 'opened')}`);
    const most = sum(all, 'opened') + sum(all, 'unsure') +
      sum(dead, 'unknown');
    assert.ok(opened <= most, `${opened} opened, at most ${most} can be`);
    const gauge = await (await run.server.get('/v1/gauge')).json();
    assert.equal(gauge.total, open);
    return sum(all, 'started');
  }

  /** What the server says of itself, for whoever has to find out why. */
  async function tellFigures() {
    const series = await run.server.metrics().catch(() => []);
    for (const { name, labels, value } of series)
      if (value !== 0 && /connections|drift/.test(name))
        console.log(name, labels, value);
    console.log(run.server.stderr);
  }

  test(`the gauge is right through ${total} connections (seed ${seed})`,
       { timeout: 600_000 * patience }, async () => {
    await churn().catch(async (error) => {
      await tellFigures();
      throw error;
    });
  });

  async function churn() {
    assert.ok(existsSync(sibling('tidewire_churn')), 'tidewire_churn is built');
    const start = (options) => {
      const one = Generator.start(run.server.port, options);
      living.add(one);
      return one;
    };
    for (let i = 0; i < 3; ++i) start();
    const dead = [];
    let done = 0;
    for (let round = 0; done < total; ++round) {
      const share = Math.ceil(total / rounds / 3);
      // What a killed process had refused is not known: it is refused nothing.
      const victim = start(['--no-refusals']);
      victim.say(`run ${share}`);
      const runs = [...living].filter((one) => one !== victim)
        .map((one) => one.run(share));
      const half = Math.max(1, Math.floor(share / 1000));
      await victim.hears(`at ${500 * (1 + (seed + round) % half)}`);
      living.delete(victim);
      await victim.kill();
      dead.push({ ...victim.record, unknown: share });
      await Promise.all(runs);
      done = await check(dead);
    }
    await Promise.all([...living].map((one) => one.settle('leave')));
    await check(dead);
    assert.equal(await run.server.connections(), 0);
    const started = sum([...living].map((one) => one.record), 'started');
    assert.ok(started >= total, `${started} connections`);
    const alarms = run.server.stderr.match(/.*"gauge_drift".*/g) ?? [];
    assert.deepEqual(alarms, [], 'no drift between the checkpoints either');
  }
});
