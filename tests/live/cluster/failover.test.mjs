// The account of dead nodes, beside the generator's own record.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { Crew } from '../lib/crew.mjs';
import { until } from '../lib/until.mjs';

const accounts = async (one, node) => {
  const { code, json } = await ctlJson(one, ['failovers']);
  return { code, json, rows: json.failovers.filter((x) => x.node === node) };
};

const figures = (row) => ({
  lost: row.lost, identified: row.identified, attributed: row.attributed,
  outstanding: row.outstanding, open: row.open, opened: row.opened,
});

describe('the account of a dead node', { timeout: 240_000 }, () => {
  let cluster;
  let crew;
  before(async () => {
    cluster = await Cluster.start(4);
    crew = new Crew();
  });
  after(async () => {
    crew?.leave();
    await cluster?.kill();
  });

  /** Waits until all who live say the same of that node, and `what` of it. */
  const agree = async (node, what) => {
    let last;
    await until(async () => {
      last = await Promise.all(cluster.alive.map((x) => accounts(x, node)));
      return last.every(({ code, json, rows }) => code === 0 && json.exact &&
        rows.length === 1 &&
        JSON.stringify(figures(rows[0])) ===
          JSON.stringify(figures(last[0].rows[0])) &&
        Object.entries(what).every(([key, x]) => rows[0][key] === x));
    }, `all say of ${node} ${JSON.stringify(what)}`, 15_000)
      .catch((error) => {
        error.message += `\n${JSON.stringify(last, null, 1)}`;
        throw error;
      });
    return last[0].rows[0];
  };

  const [zero, one, two, three] = [0, 1, 2, 3];
  let born = 0;
  const named = () => ({ user: `user-${++born}` });

  test('opens within a second, with what it had, and follows who comes back',
       async () => {
         const { nodes } = cluster;
         await crew.come(nodes[zero], 5, named);
         await crew.come(nodes[one], 20, named);
         await crew.come(nodes[one], 4, () => ({ member: `m-${++born}` }));
         await crew.come(nodes[one], 2, () => ({ user: 'twice' }));
         await crew.come(nodes[one], 6);
         await cluster.counts(crew.open);

         const killed = Date.now();
         await nodes[one].kill();
         const lost = crew.lost(nodes[one]);
         assert.equal(lost.length, 32);
         const row = await agree('node-1', {
           lost: lost.length, identified: 0, outstanding: lost.length,
           open: true });
         const after = Date.parse(row.opened) - killed;
         assert.ok(after <= 1000, `opened after ${after} ms`);

         const known = lost.filter((x) => x.user || x.member);
         const first = [...known.slice(0, 10), ...known.slice(-2)];
         await crew.back(first, [nodes[zero], nodes[two], nodes[three]]);
         await agree('node-1', { lost: 32, identified: first.length });
         // Nobody knows these; they are estimated, and never more than came.
         const strangers = lost.filter((x) => !x.user && !x.member);
         await crew.back(strangers, [nodes[two]]);
         const now = await agree('node-1', { identified: first.length });
         assert.ok(now.attributed <= strangers.length, now.attributed);
         await cluster.counts(crew.open);
         await crew.back(known.filter((x) => !first.includes(x)),
                         [nodes[three], nodes[zero]]);
         const end = await agree('node-1', { lost: 32, identified: 26 });
         assert.equal(end.identified + end.attributed + end.outstanding, 32);
         await cluster.counts(crew.open);
       });

  test('is the same after the node that was asked about it has died, too',
       async () => {
         const { nodes } = cluster;
         nodes[one] = await cluster.launch(one);
         await cluster.agrees();
         await crew.come(nodes[two], 20, named);
         await crew.come(nodes[three], 10, named);
         await cluster.counts(crew.open);

         await nodes[two].kill();
         const ofTwo = crew.lost(nodes[two]);
         const known = ofTwo.filter((x) => x.user || x.member);
         await agree('node-2', { lost: ofTwo.length, open: true });
         // Some of them come to the very node that is going to be asked.
         await crew.back(known.slice(0, 9),
                         [nodes[three], nodes[zero], nodes[one]]);
         await agree('node-2', { identified: 9 });
         await cluster.counts(crew.open);

         const { json } = await ctlJson(nodes[three], ['failovers']);
         assert.equal(
           json.failovers.find((x) => x.node === 'node-2').identified, 9);
         await nodes[three].kill();
         const ofThree = crew.lost(nodes[three]);
         await agree('node-2', { lost: ofTwo.length, identified: 9 });
         await agree('node-3', { lost: ofThree.length, identified: 0 });

         await crew.back(ofThree, [nodes[zero], nodes[one]]);
         await crew.back(known.slice(9), [nodes[one], nodes[zero]]);
         const inThree = ofThree.filter((x) => x.user || x.member).length;
         await agree('node-2', { lost: ofTwo.length,
                                 identified: known.length });
         await agree('node-3', { lost: ofThree.length, identified: inThree });
         await cluster.counts(crew.open);
       });

  test('is told to a node that comes later', async () => {
    const before = (await accounts(cluster.nodes[zero], 'node-2')).rows[0];
    cluster.nodes[two] = await cluster.launch(two);
    await cluster.agrees();
    await agree('node-2', figures(before));
  });
});
