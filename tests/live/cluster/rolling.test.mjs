// Nodes are replaced one after the other under load: drained, ended, started
// again; and so is an older build by this one. `./dev chaos` for long.
import assert from 'node:assert/strict';
import { readlinkSync, realpathSync } from 'node:fs';
import { test } from 'node:test';
import { Rig, companyApp, long, minutes, pause, rounds, seconds, seed }
  from '../lib/chaos.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { binary } from '../lib/server.mjs';
import { Traffic } from '../lib/traffic.mjs';
import { patience, until } from '../lib/until.mjs';

const timeout = (minutes * 60 + 1200) * 1000 * patience;
const drain = 1; // drain.duration, in seconds
const app = companyApp;
const older = process.env.TIDEWIRE_FROM ?? '';

/** What node `i` says that others have, in a second of which the record is one
    number: the same, of each app. */
async function exact(rig) {
  let at;
  await until(() => {
    at = Math.max(...rig.crowd.record.keys());
    return at > exact.from && rig.crowd.apps.every((id) => {
      const [low, high] = rig.bounds(at, id) ?? [0, 1];
      return low === high;
    });
  }, 'a second of which the record is one number', 15_000);
  await rig.finalOnAll(at);
  for (const i of rig.running) {
    const said = await until(() => rig.witness.samples.find((x) =>
      x.node === i && x.final?.at === at) ?? rig.witness.newest(i).final.at > at,
    `node-${i} tells of ${at}`);
    if (said === true) continue; // asked too seldom: judged by what it did say
    for (const id of rig.crowd.apps)
      assert.equal(said.final.apps[id], rig.bounds(at, id)[0],
                   `app ${id} on node-${i} at ${at}`);
  }
}

/** One node goes and comes back; the others serve on. */
async function replace(rig, i, sums, { ordered }) {
  const stay = rig.running.filter((x) => x !== i);
  const traffic = await Traffic.start(rig, app, { on: stay });
  try {
    await pause(500);
    if (ordered) {
      // As an operator may do it: first its clients, then the process. (An
      // older build perhaps knows no such order.)
      const from = seconds();
      rig.crowd.node(i, null);
      const { code, json } = await ctlJson(rig.nodes[stay[0]],
        ['drain', `node-${i}`, '--within', `${drain}s`]);
      assert.equal(code, 0, JSON.stringify(json));
      await rig.nodes[i].reaches(0, 'tidewire_connections', {}, 10_000);
      rig.deaths.push({ node: i, from, to: seconds() });
    }
    const { took, end } = await rig.drain(i);
    assert.deepEqual(end, { code: 0, signal: null });
    sums.took.push(took);
    await pause(rig.chance.whole(0, 1000));
    await rig.restart(i);
    await rig.healed();
    await pause(1000);
    const calm = seconds();
    await pause(1000);
    await traffic.rest();
    assert.deepEqual(traffic.refused.filter((x) => x.sent > calm), []);
    await until(() => {
      traffic.judgeMembers();
      return true;
    }, 'everybody sees who is there', 5000);
    sums.due += traffic.judgeEvents({ replaced: rig.deaths.slice(-2) }, () => false);
    sums.published += traffic.published.length;
    sums.refused += traffic.refused.length;
    exact.from = seconds();
    // Nobody is counted twice, and none of the others is missing.
    const there = traffic.listeners.length +
      traffic.guests.filter((x) => x.inside).length;
    await until(() => rig.running.every((x) => {
      const { final } = rig.witness.newest(x);
      return final?.at > exact.from && (final.apps[app.id] ?? 0) === there;
    }), `${there} of app ${app.id} on every node`, 15_000);
    await exact(rig);
  } finally {
    await traffic.end();
  }
}

async function rolling(t, program) {
  const rig = await Rig.start(3, {
    level: long ? 1500 : 300, churn: long ? 500 : 80, part: 11, program });
  rig.company = true;
  rig.cluster.program = binary;
  const sums = { took: [], due: 0, published: 0, refused: 0 };
  const runs = (node) => readlinkSync(`/proc/${node.pid}/exe`);
  try {
    if (program)
      for (const node of rig.nodes) assert.equal(runs(node), program);
    for (const round of rounds(1, 3)) {
      for (const i of rig.chance.some([0, 1, 2], 3))
        await replace(rig, i, sums, {
          ordered: !program && (round + i) % 2 === 0 });
      if (program) break; // one is upgraded once
    }
    for (const node of rig.nodes)
      assert.equal(runs(node), realpathSync(binary));
    const from = rig.begun + 2;
    const to = (await rig.crowd.told()).at - 1;
    await rig.finalOnAll(to);
    const filled = await rig.ledgersAgree(from, to);
    await rig.statementsAgree(from, to, filled);
    t.diagnostic(`seed ${seed}: ${sums.took.length} nodes replaced, gone ` +
      `within ${Math.max(...sums.took).toFixed(2)} s; ${
        sums.published} events published, ${sums.refused} refused, ${
        sums.due} deliveries due and made; ${rig.judged} figures`);
    assert.ok(Math.max(...sums.took) <= (drain + 2) * patience,
              `${sums.took}`);
  } finally {
    await rig.end();
  }
}

test('three nodes are restarted one after the other under load: the gauge is ' +
     'exact, no acknowledged event is lost, nobody is counted twice',
     { timeout }, (t) => rolling(t));

test('three nodes of an older build are upgraded one after the other under ' +
     'load, and the same holds', { timeout }, async (t) => {
  if (!older)
    return t.skip('TIDEWIRE_FROM names no older tidewire: there is nothing ' +
                  'to upgrade from');
  for (const _ of rounds(1, 3)) {
    void _;
    await rolling(t, realpathSync(older));
  }
  return undefined;
});
