// A hard limit while nodes are killed, stopped and cut off from each other:
// never exceeded, and reached again once no node is missing. `./dev chaos` for
// long.
import assert from 'node:assert/strict';
import { Chance, long, minutes, pause, rounds, seed } from '../lib/chaos.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { ctl } from '../lib/commands.mjs';
import { Network, inNetworks } from '../lib/network.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { patience, until, within } from '../lib/until.mjs';

const limit = 10;
const count = 3;
const apps = `
[[apps]]
id = "1"
keys = [{ key = "app-key", secret = "app-secret" }]
max_connections = ${limit}
`;

/** Those who are inside by their own account: from when they are told so until
    they leave, or until their node is killed. */
class Guests {
  inside = new Map(); // socket -> node
  most = 0;
  refused = 0;

  async come(node) {
    let raw;
    try {
      raw = await RawPusher.connect(node.port, RawPusher.target(), {},
                                    { host: node.host });
      await raw.nextEvent('pusher:connection_established');
    } catch {
      ++this.refused;
      raw?.destroy();
      return;
    }
    // What was on its way when its node was killed is not inside.
    if (node.doomed || raw.closed) return void raw.destroy();
    this.inside.set(raw, node);
    raw.onEnd = () => this.inside.delete(raw);
    this.most = Math.max(this.most, this.inside.size);
    assert.ok(this.inside.size <= limit, `${this.inside.size} are inside`);
  }

  /** So many at once, spread over `nodes`. */
  rush(nodes, many) {
    return Promise.all(Array.from({ length: many }, (_, i) =>
      this.come(nodes[i % nodes.length])));
  }

  leave(raw) {
    this.inside.delete(raw);
    raw.destroy();
  }

  async kill(node) {
    node.doomed = true;
    for (const [raw, on] of this.inside)
      if (on === node) this.leave(raw);
    await node.kill();
  }
}

// Each does it, and resolves to what takes it back.
const faults = {
  kill: async ({ cluster, guests, at }) => {
    await guests.kill(cluster.nodes[at]);
    return async () => { cluster.nodes[at] = await cluster.launch(at); };
  },
  pause: async ({ cluster, at }) => {
    const node = cluster.nodes[at];
    node.signal('SIGSTOP');
    return async () => { node.signal('SIGCONT'); };
  },
  'cut off': async ({ network, at }) => {
    network.part([at], [0, 1, 2].filter((x) => x !== at));
    return async () => network.mend();
  },
  'cut one way': async ({ network, at }) => {
    network.cut(at, (at + 1) % count);
    network.cut(at, (at + 2) % count);
    return async () => network.mend();
  },
};

/** With what each node knows of the limit. */
async function explain(error, cluster, guests) {
  error.message += `; ${guests.inside.size} are inside`;
  for (const node of cluster.alive)
    error.message += `\n${node.node}: ${(await ctl(node, ['limits'])).stdout}`;
  throw error;
}

async function faultsAndRushes(t) {
  const network = new Network(count);
  const chance = new Chance(11);
  const guests = new Guests();
  const cluster = await Cluster.start(count, { apps, homes: network.homes });
  const names = Object.keys(faults);
  const done = {};
  let slowest = 0;
  try {
    for (const round of rounds(names.length, 2 * names.length)) {
      const name = names[round % names.length];
      const at = chance.whole(0, count - 1);
      const length = chance.whole(0, long ? 15_000 : 2500);
      done[name] = (done[name] ?? 0) + 1;
      // The fault comes in the middle of a rush, and goes on for a while.
      const first = guests.rush(cluster.alive, 10 * limit);
      await pause(chance.whole(0, 150));
      const heal = await faults[name]({ cluster, network, guests, at });
      for (const end = performance.now() + length; performance.now() < end;) {
        for (const raw of chance.some([...guests.inside.keys()],
                                      chance.whole(0, guests.inside.size)))
          guests.leave(raw);
        const more = guests.rush(cluster.alive, 2 * limit);
        await Promise.race([more, pause(400)]);
        more.catch(() => {}); // The test fails with the first of them.
      }
      await heal();
      await first;
      const healed = performance.now();
      await cluster.agrees(20_000);
      await until(async () => {
        await guests.rush(cluster.alive, limit);
        return guests.inside.size === limit;
      }, `the limit is reached after round ${round}, ${name}`, 20_000)
        .catch((error) => explain(error, cluster, guests));
      slowest = Math.max(slowest, performance.now() - healed);
      // Some stay for the next one.
      for (const raw of chance.some([...guests.inside.keys()],
                                    chance.whole(0, limit)))
        guests.leave(raw);
    }
    assert.equal(guests.most, limit);
    t.diagnostic(`seed ${seed}: ${JSON.stringify(done)}; ${
      guests.refused} refused, never more than ${guests.most} inside; reached ` +
      `again after at most ${(slowest / 1000).toFixed(1)} s`);
  } finally {
    network.mend();
    cluster.nodes.forEach((one) => one?.signal('SIGCONT'));
    for (const raw of guests.inside.keys()) raw.destroy();
    await within(cluster.kill(), 'all end', 20_000);
  }
}

inNetworks(import.meta.url, (minutes * 60 + 240) * patience, {
  'a hard limit holds through kills, pauses and partitions': faultsAndRushes,
});
