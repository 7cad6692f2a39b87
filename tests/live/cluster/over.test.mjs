// A life that the others hold to be over ends, so that a new one may begin.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { until, within } from '../lib/until.mjs';

describe('a node that was forgotten while it was stopped',
         { timeout: 120_000 }, () => {
  let cluster;
  before(async () => { cluster = await Cluster.start(3); });
  after(() => cluster?.kill());

  test('ends with 5 when it wakes, sends its clients away, and joins anew',
       async () => {
         const [first, , last] = cluster.nodes;
         const raw = await RawPusher.join(last);
         await cluster.counts(1);
         last.signal('SIGSTOP');
         try {
           await until(async () => {
             const { json } = await ctlJson(first, ['nodes']);
             return json.nodes.find((x) => x.node === 'node-2')
               ?.state === 'lost';
           }, 'node-2 is lost', 20_000);
           const { code } =
             await ctlJson(first, ['nodes', 'forget', 'node-2']);
           assert.notEqual(code, 1);
         } finally {
           last.signal('SIGCONT');
         }
         const end = await within(last.exited, 'node-2 ends', 15_000);
         assert.deepEqual(end, { code: 5, signal: null }, last.stderr);
         assert.match(last.stderr, /"event":"told_ended"/);
         assert.match(last.stderr, /"event":"life_over".*ends with 5/);
         assert.equal((await raw.nextClose()).code, 4200);
         raw.destroy();
         cluster.nodes[2] = await cluster.launch(2);
         await cluster.agrees(20_000);
         await cluster.counts(0, 20_000);
         const { json } = await ctlJson(cluster.nodes[2], ['nodes']);
         assert.ok(json.exact, JSON.stringify(json));
       });
});
