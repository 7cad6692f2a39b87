// Nodes are killed and restarted under churn, and the gauge is compared with
// the crowd's own record, tick by tick, on every node. `./dev chaos` for long.
import { describe, test } from 'node:test';
import { Rig, long, minutes, pause, rounds, seconds, seed }
  from '../lib/chaos.mjs';
import { patience } from '../lib/until.mjs';

const kinds = [
  { count: 3, down: 1, level: long ? 1500 : 450, churn: long ? 500 : 100,
    short: 4, kills: 50, part: 1 },
  { count: 5, down: 2, level: long ? 1500 : 450, churn: long ? 500 : 100,
    short: 2, kills: 50, part: 2 },
];

for (const kind of kinds)
  describe(`${kind.count} nodes that are killed under churn`,
           { timeout: (minutes * 60 + 600) * 1000 * patience }, () => {
    test('the gauge is the record on every node, after each healing and all ' +
         'the time, and so is every ledger', async (t) => {
      const rig = await Rig.start(kind.count, kind);
      let kills = 0;
      const healing = [];
      try {
        for (const round of rounds(kind.short, Infinity)) {
          void round;
          const victims = rig.chance.some(
            rig.running, rig.chance.whole(1, kind.down));
          for (const i of victims) {
            await rig.kill(i);
            ++kills;
            await pause(rig.chance.whole(0, 800));
          }
          await pause(rig.chance.whole(0, 1500));
          for (const i of victims)
            await rig.restart(i);
          healing.push(await rig.healed());
          if (long && kills >= kind.kills &&
              seconds() > rig.begun + minutes * 60)
            break;
        }
        const from = rig.begun + 2;
        const to = (await rig.crowd.told()).at - 1;
        await rig.finalOnAll(to);
        const filled = await rig.ledgersAgree(from, to);
        const stated = await rig.statementsAgree(from, to, filled);
        const { sharp, seconds: all } = rig.sharpness();
        t.diagnostic(`seed ${seed}: ${kills} kills; ${rig.judged} figures of ` +
          `the gauge and ${all} seconds, ${sharp} of them sharp; peak ${
            stated?.peak}; a view after at most ${
            Math.max(...healing.map((x) => x.view)).toFixed(1)
          } s, a final tick ${
            Math.max(...healing.map((x) => x.final)).toFixed(1)} s later`);
      } finally {
        await rig.end();
      }
    });
  });
