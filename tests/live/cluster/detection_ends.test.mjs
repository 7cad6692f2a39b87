// A node that is told to end does, whatever it is doing: within the drain's time
// and 2 s. `./dev chaos` for long: 200 times.
import { test } from 'node:test';
import { Chance, long, minutes, seconds } from '../lib/chaos.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { Times, drain, ends, states } from '../lib/endings.mjs';
import { patience } from '../lib/until.mjs';

const times = 200; // of the long form
const timeout = (minutes * 240 + 900) * 1000 * patience;

test('a node ends within drain.duration and 2 s, whatever it is doing',
     { timeout }, async (t) => {
  const cluster = await Cluster.start(3, {
    settings: { 'drain.duration': `${drain}s` } });
  const chance = new Chance(8);
  const took = new Times();
  const began = seconds();
  const names = Object.keys(states);
  const count = long ? times : names.length;
  try {
    for (let i = 0; i < count; ++i) {
      const name = names[i % names.length];
      took.add(name, await ends(cluster, name, states[name], chance));
    }
    t.diagnostic(`${count} times, ${(seconds() - began).toFixed(0)
      } s in all; at most, in ms: ${took}`);
    took.judge();
  } finally {
    cluster.nodes.forEach((one) => one?.signal('SIGCONT'));
    await cluster.kill();
  }
});
