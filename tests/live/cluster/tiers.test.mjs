// Caps of tiers over three nodes (docs/tiers.md): what is counted, who is
// refused where, and that the operator is told of each step once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { Receiver } from '../lib/hooks.mjs';
import { appsWith, knock } from '../lib/limits.mjs';
import { patience, until } from '../lib/until.mjs';

const tier = (name, lines) => `[[tiers]]\nname = "${name}"\n${lines}\n`;
const config = tier('soft', 'connections = 6\ngrace = "5s"') +
  tier('long', 'connections = 4\ngrace = "25s"') +
  tier('hard', 'connections = 3\ngrace = "1s"\nover = "refuse_4004"') +
  appsWith({ 1: 'tier = "soft"', 2: 'tier = "long"', 3: 'tier = "hard"' });

const levels = { ok: 0, near: 1, grace: 2, over: 3 };

describe('tiers over three nodes', { timeout: 300_000 * patience }, () => {
  let cluster, operator;
  const open = new Map(); // by node

  before(async () => {
    operator = await Receiver.start();
    cluster = await Cluster.start(3, { apps: config, settings: {
      'meter.webhook_url': `${operator.origin}/caps`,
      'meter.webhook_secret': 'operator-secret',
    } });
  });
  after(async () => {
    for (const list of open.values()) list.forEach((raw) => raw.destroy());
    await cluster?.kill();
    await operator?.stop();
  });

  /** So many more clients of an app on each of these nodes. */
  const fill = async (id, count, nodes = cluster.alive) => {
    for (const one of nodes)
      for (let i = 0; i < count; ++i) {
        const { raw, code } = await knock(one, `key-${id}`);
        assert.ok(raw, `let in, not ${code}`);
        open.set(one, [...open.get(one) ?? [], raw]);
      }
  };
  const stands = (id, level, ms = 20_000) => Promise.all(cluster.alive.map(
    (one) => one.reaches(levels[level], 'tidewire_cap_state',
                         { app_id: String(id) }, ms)));
  /** What the operator was told of an app, each delivery once. */
  const told = (id) => {
    const seen = new Map();
    for (const hook of operator.hooks.filter((x) => x.verdict === 200))
      if (hook.events[0].app_id === String(id)) {
        const before = seen.get(hook.id);
        if (before) assert.deepEqual(hook.events, before, hook.id);
        seen.set(hook.id, hook.events);
      }
    return [...seen.values()].flat();
  };
  const steps = (id) => told(id).map(({ from, to, cause }) =>
    [from, to, cause].join(' '));
  const step = (id, to, cause) => until(
    () => told(id).find((x) => x.to === to && (!cause || x.cause === cause)),
    `the operator is told that ${id} goes to ${to}`, 30_000);
  const caps = async (one, id) => {
    const { json } = await ctlJson(one, ['tiers', String(id)]);
    return json.caps[0];
  };
  /** Waits until all nodes say the same of a cap, and returns it. */
  const agreed = (id, fits = () => true) => until(async () => {
    const all = await Promise.all(cluster.alive.map((x) => caps(x, id)));
    const [first] = all;
    for (const each of all) assert.deepEqual(each, first);
    assert.ok(fits(first), JSON.stringify(first));
    return first;
  }, `all nodes say the same of ${id}`, 20_000);

  test('the cap is on what all nodes have together', async () => {
    await stands(1, 'ok');
    await fill(1, 2); // two on each: 6, and no node has more than 2
    await stands(1, 'near');
    await fill(1, 1, [cluster.nodes[1]]);
    const said = await step(1, 'grace');
    assert.equal(said.value, 7);
    await stands(1, 'grace');
    await fill(1, 1); // inside the grace nobody is refused
    const now = await agreed(1, (x) => x.value === 10);
    assert.equal(now.state, 'grace');
    assert.equal(Date.parse(now.deadline), Date.parse(said.deadline));
  });

  test('when the grace has run out, every node refuses', async () => {
    const over = await step(1, 'over');
    assert.equal(over.value, 10);
    await stands(1, 'over');
    for (const one of cluster.nodes) {
      assert.equal((await knock(one, 'key-1')).code, 4100);
      await one.reaches(1, 'tidewire_connections_refused_total',
                        { app_id: '1', reason: 'tier_cap' });
    }
    await cluster.counts(10); // whoever is open stays
  });

  test('each step was told once, by whoever owns the cap', async () => {
    assert.deepEqual(steps(1), ['ok near rose', 'near grace rose',
                                'grace over deadline']);
    assert.equal(operator.hooks.filter((x) => x.events[0].app_id === '1')
      .length, 3);
    const names = cluster.nodes.map((one) => one.node);
    assert.ok(names.includes((await agreed(1)).told_by));
  });

  test('the cluster explains whose figure it is', async () => {
    const { json } = await ctlJson(cluster.nodes[0], ['explain', '1']);
    assert.equal(json.cluster_gauge, 10);
    assert.equal(json.gauge, 3);
    const tiers = await ctlJson(cluster.nodes[0], ['tiers', '1']);
    assert.equal(tiers.code, 0, JSON.stringify(tiers.json));
    assert.match(tiers.json.notes.join(' '), /all nodes together/);
  });

  test('those who leave on any node open the doors of all', async () => {
    for (const one of cluster.nodes.slice(0, 2)) {
      open.get(one).forEach((raw) => raw.destroy());
      open.set(one, []);
    }
    await stands(1, 'ok');
    await fill(1, 1, [cluster.nodes[2]]);
    assert.equal((await step(1, 'ok')).cause, 'fell');
  });

  test('a grace given on one node holds on all, and is told once', async () => {
    await fill(3, 2, cluster.nodes.slice(0, 2));
    await stands(3, 'over');
    assert.equal((await knock(cluster.nodes[2], 'key-3')).code, 4004);
    await step(3, 'over');
    const end = await ctlJson(cluster.nodes[2],
                              ['grace', '3', '--grant', '1h']);
    assert.equal(end.code, 0, JSON.stringify(end.json));
    await stands(3, 'grace');
    await step(3, 'grace', 'granted');
    await fill(3, 1, [cluster.nodes[1]]);
    const now = await agreed(3, (x) => x.value === 5);
    assert.ok(Date.parse(now.deadline) > Date.now() + 3_000_000);
    assert.equal(steps(3).filter((x) => /granted/.test(x)).length, 1);
  });

  test('kill -9 of the owner: the grace goes on, and the next one tells it',
       async () => {
    const { told_by: owner } = await agreed(2);
    const gone = cluster.nodes.findIndex((one) => one.node === owner);
    const others = cluster.nodes.filter((_, i) => i !== gone);
    await fill(2, 3, others);
    const begun = await step(2, 'grace');
    await stands(2, 'grace');
    await cluster.nodes[gone].kill();
    open.delete(cluster.nodes[gone]);
    await cluster.agrees();
    const kept = await agreed(2);
    assert.equal(kept.deadline, begun.deadline);
    assert.notEqual(kept.told_by, owner);
    // It comes back within the grace, and knows as much as the others.
    cluster.nodes[gone] = await cluster.launch(gone);
    await cluster.agrees();
    const again = await agreed(2);
    assert.equal(again.state, 'grace');
    assert.equal(again.deadline, begun.deadline);
    await stands(2, 'grace');
    const over = await step(2, 'over');
    assert.equal(over.deadline, begun.deadline);
    await stands(2, 'over');
    for (const one of cluster.nodes)
      assert.equal((await knock(one, 'key-2')).code, 4100);
    const near = steps(2).filter((x) => x === 'ok near rose');
    assert.deepEqual(steps(2), [...near, steps(2)[near.length],
                                'grace over deadline']);
    assert.match(steps(2)[near.length], /^(ok|near) grace rose$/);
  });

  test('a node that was started anew knows what holds', async () => {
    const before = await agreed(2);
    const count = operator.hooks.length;
    await cluster.nodes[1].kill();
    open.delete(cluster.nodes[1]);
    await cluster.agrees();
    cluster.nodes[1] = await cluster.launch(1);
    await cluster.agrees();
    const now = await agreed(2);
    assert.equal(now.deadline, before.deadline);
    const granted = await agreed(3);
    assert.ok(Date.parse(granted.deadline) > Date.now() + 3_000_000);
    // Nothing that was told before is told again.
    const again = operator.hooks.slice(count).filter((hook) =>
      operator.hooks.slice(0, count).some((x) => x.id === hook.id));
    assert.deepEqual(again.map((x) => x.id), []);
  });
});
