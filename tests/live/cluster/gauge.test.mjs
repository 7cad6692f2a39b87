// The gauge of the cluster, beside our own record of what we opened.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { until } from '../lib/until.mjs';

describe('the gauge of three nodes', { timeout: 180_000 }, () => {
  let cluster;
  let open; // by node: what we hold
  before(async () => {
    cluster = await Cluster.start(3);
    open = cluster.nodes.map(() => []);
  });
  after(async () => {
    open?.flat().forEach((raw) => raw.destroy());
    await cluster?.kill();
  });

  const total = () => open.flat().length;
  const come = async (node, count) => {
    for (let i = 0; i < count; ++i)
      open[node].push(await RawPusher.join(cluster.nodes[node]));
  };

  test('is the sum of all, asked on any', async () => {
    await Promise.all([come(0, 5), come(1, 10), come(2, 15)]);
    await cluster.counts(total());
    for (const raw of open[1].splice(0, 4))
      raw.destroy();
    await cluster.counts(total());
  });

  test('is without a killed node, once its death is proved', async () => {
    await cluster.nodes[2].kill();
    open[2].splice(0).forEach((raw) => raw.destroy());
    await cluster.counts(total());
  });

  test('has its clients when they are back elsewhere, and nobody twice',
       async () => {
         const seen = [];
         let watching = true;
         const watch = (async () => {
           while (watching) {
             seen.push(...await cluster.gauges());
             await new Promise((done) => { setTimeout(done, 50); });
           }
         })();
         await Promise.all([come(0, 8), come(1, 7)]);
         await cluster.counts(total());
         watching = false;
         await watch;
         assert.ok(Math.max(...seen) <= total(), `${seen} above ${total()}`);
       });

  test('goes on with the node that comes back', async () => {
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
    await cluster.counts(total());
    await come(2, 3);
    await cluster.counts(total());
  });

  test('is a range while a node is lost, and exact when it is back',
       async () => {
         cluster.nodes[1].signal('SIGSTOP');
         const others = [cluster.nodes[0], cluster.nodes[2]];
         const gauge = async (node) =>
           (await (await node.get('/v1/gauge')).json()).cluster.newest;
         try {
           await until(async () => (await Promise.all(others.map(gauge)))
             .every((x) => x.exact === false && x.most >= total()),
           'the others say that they are not sure', 20_000);
         } finally {
           cluster.nodes[1].signal('SIGCONT');
         }
         await cluster.agrees(20_000);
         await cluster.counts(total(), 20_000);
         for (const node of cluster.nodes)
           assert.equal((await gauge(node)).exact, true);
       });
});
