// A hard limit over three nodes: never exceeded, and reached. `./dev chaos` for
// long.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { long } from '../lib/chaos.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { until } from '../lib/until.mjs';

const limit = 10;
const rounds = long ? 1000 : 20;
const apps = `
[[apps]]
id = "1"
keys = [{ key = "app-key", secret = "app-secret" }]
max_connections = ${limit}
`;

describe('a hard limit over three nodes', { timeout: 1_800_000 }, () => {
  let cluster;
  before(async () => { cluster = await Cluster.start(3, { apps }); });
  after(() => cluster?.kill());

  /** Who is let in of so many that come at once; the others are gone. */
  const rush = async (count) => {
    const all = await Promise.all(Array.from({ length: count }, (_, i) =>
      RawPusher.join(cluster.alive[i % cluster.alive.length])
        .catch(() => null)));
    return all.filter(Boolean);
  };
  const leave = async (all) => {
    all.forEach((raw) => raw.destroy());
    await until(async () => {
      const open = await Promise.all(cluster.alive.map(
        (one) => one.connections('1')));
      return open.every((x) => x === 0);
    }, 'everybody has left');
  };

  test('its permits are given out', async () => {
    await until(async () => {
      const inside = await rush(1);
      inside.forEach((raw) => raw.destroy());
      return inside.length === 1;
    }, 'somebody is let in', 20_000);
  });

  test('ten times as many come at once: never more, and the limit is reached',
       async () => {
         for (let round = 0; round < rounds; ++round) {
           const inside = await rush(10 * limit);
           assert.ok(inside.length <= limit, `${inside.length} in ${round}`);
           await until(async () => {
             inside.push(...await rush(limit));
             assert.ok(inside.length <= limit, `${inside.length} in ${round}`);
             return inside.length === limit;
           }, `the limit is reached in round ${round}`);
           await leave(inside);
         }
         const { json } = await ctlJson(cluster.nodes[0], ['limits']);
         assert.equal(json.limits[0].limit, limit);
       });

  test('what a node held that said goodbye is given out again', async () => {
    const last = cluster.nodes[2];
    const held = [];
    for (let i = 0; i < limit; ++i)
      held.push(await RawPusher.join(last).catch(() => null));
    assert.ok(held.some(Boolean), 'it has let in some');
    await last.stop(20_000);
    held.forEach((raw) => raw?.destroy());
    await cluster.agrees();
    const inside = [];
    await until(async () => {
      inside.push(...await rush(limit));
      assert.ok(inside.length <= limit, `${inside.length}`);
      return inside.length === limit;
    }, 'the limit is reached without it', 20_000);
    const { code, json } = await ctlJson(cluster.nodes[0], ['limits']);
    assert.equal(code, 0, JSON.stringify(json));
    assert.ok(json.exact);
    assert.equal(json.limits[0].used, limit);
    assert.equal(json.limits[0].missing, '');
    await leave(inside);
  });
});

// Nobody tells the first node where the others are: it has to remember.
test('a node that begins anew gives away nothing that others hold',
     { timeout: 300_000 }, async () => {
  const cluster = await Cluster.start(3, { apps });
  const full = async (nodes) => {
    const all = [];
    await until(async () => {
      const one = await RawPusher.join(nodes[all.length % nodes.length])
        .catch(() => null);
      if (one) all.push(one);
      return all.length === limit;
    }, 'the limit is reached', 20_000);
    return all;
  };
  try {
    for (let round = 0; round < (long ? 50 : 5); ++round) {
      const inside = await full(cluster.nodes.slice(1));
      await cluster.nodes[0].kill();
      cluster.nodes[0] = await cluster.launch(0);
      const more = await Promise.all(Array.from({ length: 3 * limit }, () =>
        RawPusher.join(cluster.nodes[0]).catch(() => null)));
      assert.equal(more.filter(Boolean).length, 0, `in round ${round}`);
      inside.forEach((raw) => raw.destroy());
      await cluster.agrees();
    }
  } finally {
    await cluster.kill();
  }
});
