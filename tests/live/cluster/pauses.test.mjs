// Nodes are stopped for a while and go on, under churn: what they missed they
// state on waking, and nobody takes silence for zero. `./dev chaos` for long.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Rig, long, minutes, pause, rounds, seed }
  from '../lib/chaos.mjs';
import { patience } from '../lib/until.mjs';

describe('three nodes of which one is stopped for a while',
         { timeout: (minutes * 60 + 600) * 1000 * patience }, () => {
  test('every tick is in the end what the record says, and unknown is never ' +
       'zero', async (t) => {
    const rig = await Rig.start(3, {
      level: long ? 1500 : 450, churn: long ? 500 : 100, part: 3,
    });
    const pauses = [];
    const healing = [];
    try {
      for (const round of rounds(2, 8)) {
        const length = long ? rig.chance.whole(1, 60) : [2, 8][round];
        const i = rig.chance.one(rig.running);
        const node = rig.nodes[i];
        // In every second round clients come to it and leave it meanwhile.
        rig.crowd.node(i, node, { held: round % 2 === 1 });
        rig.stop(i);
        try {
          await pause(length * 1000);
        } finally {
          rig.go(i);
        }
        const { from: stopped, to: woke } = rig.pauses.at(-1);
        rig.crowd.node(i, node);
        healing.push(await rig.healed(20_000));
        pauses.push(length);
        // Nobody knew of the others' last state after it stopped; nobody said
        // that he did.
        const during = rig.witness.samples.filter((x) => x.node !== i &&
          x.asked > stopped + 2.5 && x.told < woke);
        if (length > 4) assert.notEqual(during.length, 0);
        for (const x of during) {
          assert.ok(x.final === null || x.final.at <= stopped + 1.1 ||
                    x.final.unknown_nodes > 0, JSON.stringify(x));
          assert.equal(x.newest.exact, false, JSON.stringify(x));
          assert.ok(x.newest.missing.includes(`node-${i}`), JSON.stringify(x));
        }
      }
      const from = rig.begun + 2;
      const to = (await rig.crowd.told()).at - 1;
      await rig.finalOnAll(to);
      const filled = await rig.ledgersAgree(from, to);
      const stated = await rig.statementsAgree(from, to, filled);
      const { sharp, seconds: all } = rig.sharpness();
      t.diagnostic(`seed ${seed}: stopped for ${pauses} s; ${rig.judged
        } figures of the gauge and ${all} seconds, ${sharp} of them sharp; ` +
        `peak ${stated?.peak}; a view after at most ${
          Math.max(...healing.map((x) => x.view)).toFixed(1)
        } s, a final tick ${
          Math.max(...healing.map((x) => x.final)).toFixed(1)} s later`);
    } finally {
      await rig.end();
    }
  });
});
