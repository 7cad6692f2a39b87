// What happens at the doors when a node has died: its clients go first.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { RawPusher, RawWebSocket } from '../lib/raw.mjs';
import { until } from '../lib/until.mjs';

const rate = 40;
const apps = `
[[apps]]
id = "1"
keys = [{ key = "key-1", secret = "secret-1" }]

[[apps]]
id = "2"
keys = [{ key = "key-2", secret = "secret-2" }]
`;

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** Knocks once: the connection, or the code it was refused with. */
async function knock(node, key) {
  const raw = await RawWebSocket.connect(
    node.port, `/app/${key}?protocol=7`);
  const first = await raw.nextFrame();
  if (first.opcode === 1) return { raw };
  raw.destroy();
  return { code: first.code };
}

describe('a storm', { timeout: 120_000 }, () => {
  let cluster;
  const held = [];
  before(async () => {
    cluster = await Cluster.start(2, {
      apps, settings: { 'limits.connections_per_second': rate,
                        'limits.max_connections': 400 } });
  });
  after(async () => {
    held.forEach((raw) => raw.destroy());
    await cluster?.kill();
  });

  /** As an SDK does: again after a while, for as long as it is told to. */
  const comes = async (node, key, refused, over = () => false) => {
    while (!over()) {
      const { raw, code } = await knock(node, key);
      if (raw) {
        held.push(raw);
        return true;
      }
      refused.push(code);
      await pause(100);
    }
    return false;
  };

  test('after a death: its app has half of the rate for itself, and nobody is ' +
       'refused for good', async () => {
    const [first, second] = cluster.nodes;
    const refused = [];
    const clients = [];
    for (let i = 0; i < 60; ++i)
      clients.push(comes(second, 'key-1', refused));
    await Promise.all(clients);
    await cluster.counts(60);
    await second.kill();
    held.splice(0).forEach((raw) => raw.destroy());
    await until(async () => {
      const { json } = await ctlJson(first, ['failovers']);
      return json.failovers.some((x) => x.app === '1' && x.lost === 60);
    }, 'the account is open');
    assert.equal(await first.metric('tidewire_episode_outstanding',
                                    { app_id: '1' }), 60);

    const codes = [];
    let recovered = false;
    let others = 0;
    const began = performance.now();
    const crowd = Array.from({ length: 40 }, async () => {
      while (await comes(first, 'key-2', codes, () => recovered)) ++others;
    });
    await Promise.all(Array.from({ length: 60 },
                                 () => comes(first, 'key-1', codes)));
    const seconds = (performance.now() - began) / 1000;
    const then = others;
    recovered = true;
    await Promise.all(crowd);
    assert.ok(codes.every((code) => code === 4100), `${[...new Set(codes)]}`);
    // Half of the rate, and half of the second's worth that may come at once.
    assert.ok(then <= (rate / 2) * (seconds + 1) + 5,
              `${then} of the other app in ${seconds} s`);
    assert.equal(await first.connections('1'), 60);
  });

  test('a full node answers 4100', async () => {
    const [first] = cluster.nodes;
    const codes = [];
    let full = false;
    await Promise.all(Array.from({ length: 20 }, async () => {
      while (!full) {
        const { raw, code } = await knock(first, 'key-2');
        if (raw) held.push(raw);
        else codes.push(code);
        full ||= await first.connections() >= 400;
        if (code) await pause(100);
      }
    }));
    assert.equal((await knock(first, 'key-2')).code, 4100);
    assert.equal(await first.connections(), 400);
    assert.ok(codes.every((code) => code === 4100));
    const refusals = await first.metric('tidewire_connections_refused_total',
                                        { reason: 'node_full' });
    assert.ok(refusals > 0);
  });
});
