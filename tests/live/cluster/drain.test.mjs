// Nodes that are drained, taken back, and filled up again, under the eyes of
// the gauge: whoever is sent away is counted once, wherever he comes back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { Crew } from '../lib/crew.mjs';
import { RawPusher, RawWebSocket } from '../lib/raw.mjs';
import { publisher } from '../lib/sdk.mjs';
import { until, within } from '../lib/until.mjs';

const target = '/app/app-key?protocol=7';

describe('draining in a cluster', { timeout: 240_000 }, () => {
  let cluster;
  let crew;
  let peaks; // the highest that any node said since it was last emptied
  let watching = true;
  let watch;
  before(async () => {
    cluster = await Cluster.start(3, { settings: { 'drain.duration': '2s' } });
    crew = new Crew();
    peaks = [];
    watch = (async () => {
      while (watching) {
        peaks.push(...await cluster.gauges().catch(() => []));
        await new Promise((done) => { setTimeout(done, 50); });
      }
    })();
  });
  after(async () => {
    watching = false;
    crew?.leave();
    await watch;
    await cluster?.kill();
  });

  // What a balancer does with leastconn: ready nodes only, the emptiest first.
  const least = async () => {
    const ready = [];
    for (const one of cluster.alive)
      if ((await one.get('/readyz')).status === 200) ready.push(one);
    const open = (one) => crew.on(one).length;
    return ready.sort((a, b) => open(a) - open(b))[0];
  };
  const ready = async (one) => (await one.get('/readyz')).status === 200;
  const settled = async (total) => {
    await cluster.counts(total);
    assert.ok(Math.max(...peaks) <= total, `${Math.max(...peaks)} > ${total}`);
    assert.equal(crew.trouble, undefined);
  };

  test('by its name, asked on another: its clients go elsewhere, paced',
       async () => {
         const [first, second, third] = cluster.nodes;
         await Promise.all([crew.come(first, 40), crew.come(second, 80),
                            crew.come(third, 40)]);
         await cluster.counts(160);
         crew.follow(least);
         const began = performance.now();
         const { code, json } = await ctlJson(
           first, ['drain', 'node-1', '--within', '2s']);
         assert.equal(code, 0, JSON.stringify(json));
         assert.equal(json.closing_connections, 80);
         assert.equal(json.answered, 'node-1');
         assert.equal(await ready(second), false);
         const early = performance.now() - began < 700;
         if (early)
           assert.ok(crew.on(second).length > 20, 'not all at once');
         await until(() => crew.on(second).length === 0 && crew.moved === 80,
                     'all are elsewhere', 10_000);
         assert.ok(performance.now() - began > 1000, 'spread over the time');
         await settled(160);
         assert.equal(await second.connections('1'), 0);
         const raw = await RawWebSocket.connect(second.port, target);
         assert.equal((await raw.nextClose()).code, 4200);
         raw.destroy();
       });

  test('it is a member that owns nothing, and the API still answers there',
       async () => {
         const [first, second] = cluster.nodes;
         const { json } = await ctlJson(first, ['nodes']);
         const row = json.nodes.find((x) => x.node === 'node-1');
         assert.ok(row.draining && row.in_view);
         await cluster.agrees();
         const raw = await RawPusher.join(first);
         await raw.subscribe('news');
         await publisher(second).trigger('news', 'told', {});
         await raw.nextEvent('told');
         raw.destroy();
         await cluster.counts(160);
         peaks.length = 0; // that one was one more
         const again = await ctlJson(first, ['drain', 'node-1']);
         assert.equal(again.code, 1);
         assert.match(again.json.error, /drains already/);
       });

  test('is taken back by undrain, and filled up by rebalance', async () => {
    const [first, second, third] = cluster.nodes;
    assert.equal((await ctlJson(third, ['undrain', 'node-1'])).code, 0);
    assert.equal(await ready(second), true);
    await until(async () => !(await ctlJson(first, ['nodes'])).json.nodes
      .find((x) => x.node === 'node-1').draining, 'it does not drain');
    // Enough for differences that are worth it.
    const more = [...await crew.come(first, 100), ...await crew.come(third, 100)];
    await cluster.counts(360);
    peaks.length = 0;
    crew.moved = 0;
    for (const one of more) crew.follow1(one, least);
    const plan = await ctlJson(third, ['rebalance', 'node-1']);
    assert.equal(plan.code, 0, JSON.stringify(plan.json));
    const sent = plan.json.nodes.reduce((sum, x) => sum + x.sends, 0);
    assert.ok(sent > 100 && sent <= 120, `${sent} are sent`);
    assert.equal(plan.json.nodes.find((x) => x.node === 'node-1').sends, 0);
    await until(() => crew.moved === sent, 'they have moved', 15_000)
      .catch((error) => {
        error.message += `: ${crew.moved} of ${sent}; ${crew.trouble}`;
        throw error;
      });
    await settled(360);
    assert.ok(crew.on(second).length >= sent - 5, crew.on(second).length);
    const again = await ctlJson(first, ['rebalance', 'node-1']);
    assert.ok(again.json.nodes.every((x) => x.sends === 0));
  });

  test('a drain that is taken back keeps who was not sent away', async () => {
    const [first, second] = cluster.nodes;
    const before = crew.on(second).length;
    const moved = crew.moved;
    await ctlJson(first, ['drain', 'node-1', '--within', '60s']);
    await until(() => crew.moved > moved, 'the first ones have left', 10_000);
    assert.equal((await ctlJson(first, ['undrain', 'node-1'])).code, 0);
    await until(() => ready(second), 'it is ready');
    assert.ok(crew.on(second).length > before / 2);
    await settled(360);
  });

  test('SIGTERM: says goodbye, and nobody takes it for a death', async () => {
    const [first, second, third] = cluster.nodes;
    const here = crew.on(third).length;
    const moved = crew.moved;
    third.signal('SIGTERM');
    const end = await within(third.exited, 'node-2 ends', 10_000);
    assert.deepEqual(end, { code: 0, signal: null }, third.stderr);
    await until(() => crew.moved >= moved + here, 'its clients are elsewhere');
    await settled(360);
    await cluster.agrees();
    for (const one of [first, second]) {
      const { json } = await ctlJson(one, ['failovers']);
      const rows = json.failovers.filter((x) => x.node === 'node-2');
      assert.ok(rows.every((x) => x.why === 'drained'), JSON.stringify(rows));
      const nodes = await ctlJson(one, ['nodes']);
      assert.equal(nodes.json.ended.find((x) => x.node === 'node-2').how,
                   'left');
    }
  });
});
