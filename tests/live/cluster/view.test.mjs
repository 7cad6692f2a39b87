// Who is there: nodes find each other, and notice who is gone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { ctl, ctlJson } from '../lib/commands.mjs';
import { run } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const states = async (one) => {
  const { json } = await ctlJson(one, ['nodes']);
  return Object.fromEntries(json.nodes.map((x) => [x.node, x]));
};

describe('three nodes', { timeout: 120_000 }, () => {
  let cluster;
  before(async () => { cluster = await Cluster.start(3); });
  after(() => cluster?.kill());

  test('find each other by one address', async () => {
    for (const one of cluster.nodes) {
      const { code, json } = await ctlJson(one, ['nodes']);
      assert.equal(code, 0, JSON.stringify(json));
      assert.deepEqual(json.nodes.map((x) => x.node).sort(),
                       ['node-0', 'node-1', 'node-2']);
      assert.ok(json.nodes.every((x) => x.in_view));
      assert.equal((await ctlJson(one, ['cluster'])).json.standing, 'member');
    }
  });

  test('notice a kill at once, and let the restarted one in', async () => {
    const killed = performance.now();
    await cluster.nodes[2].kill();
    await until(async () => {
      const seen = await Promise.all(cluster.alive.map(states));
      return seen.every((x) => !x['node-2']?.in_view);
    }, 'the dead node is in no view', 3000);
    assert.ok(performance.now() - killed < 3000);
    const { json } = await ctlJson(cluster.nodes[0], ['nodes']);
    assert.ok(json.ended.some((x) => x.node === 'node-2' &&
                                     x.how === 'refused'));
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
  });

  test('say who is silent, and forgive who comes back', async () => {
    cluster.nodes[1].signal('SIGSTOP');
    try {
      await until(async () =>
        (await states(cluster.nodes[0]))['node-1'].state === 'lost',
      'node-1 is lost', 15_000);
      const { code, json } = await ctlJson(cluster.nodes[0], ['nodes']);
      assert.equal(code, 4);
      assert.match(json.notes.join(), /Node node-1 is not heard/);
      assert.ok(!json.ended?.some((x) => x.node === 'node-1'));
    } finally {
      cluster.nodes[1].signal('SIGCONT');
    }
    // It is in the view for a second more although it is lost.
    await until(async () =>
      (await states(cluster.nodes[0]))['node-1'].state === 'alive',
    'node-1 is heard again', 20_000);
    await cluster.agrees(20_000);
    const { json } = await ctlJson(cluster.nodes[1], ['nodes']);
    assert.ok(json.nodes.every((x) => x.in_view));
  });

  test('give up nobody who is alive', async () => {
    const end = await ctlJson(cluster.nodes[0], ['nodes', 'forget', 'node-1']);
    assert.equal(end.code, 1);
    assert.match(end.json.error, /is alive/);
    const none = await ctlJson(cluster.nodes[0], ['nodes', 'forget', 'x']);
    assert.equal(none.code, 1);
  });
});

describe('who does not belong', { timeout: 60_000 }, () => {
  let cluster;
  before(async () => { cluster = await Cluster.start(1); });
  after(() => cluster?.kill());

  const wrong = [
    ['another secret', { 'cluster.secret': 'another-one' }, 'wrong_secret'],
    ['another cluster', { 'cluster.name': 'other' }, 'other_cluster'],
    ['the same name', { 'server.node': 'node-0' }, 'name_taken'],
  ];
  for (const [what, settings, code] of wrong)
    test(`${what} is refused, and both sides say why`, async () => {
      cluster.ports[1] ??= 0;
      const stranger = await cluster.launch(1, settings);
      try {
        await until(async () => {
          const { json } = await ctlJson(cluster.nodes[0], ['cluster']);
          return json.refused?.some((x) => x.reason === code);
        }, `node-0 has refused it: ${code}`);
        const { json } = await ctlJson(stranger, ['cluster']);
        assert.equal(json.members, 1);
        assert.equal(json.not_linked.length, 1);
        assert.match(json.not_linked[0].sentence, /; (give|correct)/);
      } finally {
        await stranger.kill();
      }
    });

  test('a node without [cluster] says so', async () => {
    const { Server } = await import('../lib/server.mjs');
    const alone = await Server.start();
    const end = await ctl(alone, ['nodes', '--text']);
    assert.equal(end.code, 1);
    assert.match(end.stderr, /in no cluster/);
    await alone.stop();
    void run;
  });
});
