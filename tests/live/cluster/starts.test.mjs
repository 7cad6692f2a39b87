// Nodes begin: what they answer before they know whether others are there, and
// that time goes on as it was, however often they are started again.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { publish } from '../lib/api.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { until } from '../lib/until.mjs';

const event = { name: 'hello', channel: 'news', data: '{}' };

describe('a node that cannot know yet whether it is alone',
         { timeout: 60_000 }, () => {
  const calls = new Set();
  let silent;
  let cluster;
  before(async () => {
    // Takes calls and says nothing: a node may live there, or not.
    silent = createServer((socket) =>
      calls.add(socket.on('error', () => {})));
    await new Promise((done) => { silent.listen(0, '127.0.0.1', done); });
    cluster = await Cluster.start(1, { homes: [{}, {}] });
  });
  after(async () => {
    await cluster?.kill();
    for (const socket of calls) socket.destroy();
    silent?.close();
  });

  test('answers 503, says why, and serves after at most two seconds',
       async () => {
         const began = performance.now();
         const node = await cluster.launch(1, {
           'cluster.peers': `127.0.0.1:${silent.address().port}`,
         }, { ready: false });
         try {
           const ready = await node.get('/readyz');
           assert.equal(ready.status, 503);
           assert.match(await ready.text(), /joining the cluster/);
           const refused = await publish(node, event);
           assert.equal(refused.status, 503);
           assert.match(refused.text, /joining its cluster\. Ask another one/);
           await until(async () => (await node.get('/readyz')).status === 200,
                       'it serves');
           assert.ok(performance.now() - began > 1500, 'it waited');
           assert.equal((await publish(node, event)).status, 200);
         } finally {
           await node.kill();
         }
       });
});

describe('nodes that are started again and again', { timeout: 120_000 }, () => {
  let cluster;
  before(async () => { cluster = await Cluster.start(2, { homes: [{}, {}] }); });
  after(() => cluster?.kill());

  // Seconds by which a tick may be ahead of this machine's clock.
  const slack = 0.3;
  const newest = async (node) =>
    (await (await node.get('/v1/gauge')).json()).cluster.newest?.at ?? 0;

  test('go on with the time that was, and never run ahead of it', async () => {
    let last = 0;
    for (let round = 0; round < 12; ++round) {
      const again = round % 3 === 2 ? [0, 1] : [round % 2];
      // Who ends in order states the second whole in which it ends.
      const by = round % 4 === 3 ? 'SIGKILL' : 'SIGTERM';
      await Promise.all(again.map((i) => {
        cluster.nodes[i].signal(by);
        return cluster.nodes[i].exited;
      }));
      await Promise.all(again.map(async (i) => {
        cluster.nodes[i] = await cluster.launch(i);
      }));
      await cluster.agrees();
      for (const node of cluster.nodes) {
        const at = await until(async () => {
          const now = await newest(node);
          return now > last && now;
        }, `${node.node} goes on after ${last}`);
        assert.ok(at <= Date.now() / 1000 + slack,
                  `${node.node} is ${at - Date.now() / 1000} s ahead`);
      }
      last = Math.max(...await Promise.all(cluster.nodes.map(newest)));
    }
  });
});
