// A node that is told to end while it is cut off from the others, or has no room
// on its disk. In network namespaces; `./dev chaos` for long.
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import assert from 'node:assert/strict';
import { publish } from '../lib/api.mjs';
import { Chance, long, minutes, pause } from '../lib/chaos.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { Times, drain, ends } from '../lib/endings.mjs';
import { Network, inNetworks } from '../lib/network.mjs';
import { RawPusher } from '../lib/raw.mjs';

const times = long ? 30 : 3; // that many of all cuts
const cuts = {
  'is cut off from all': (net) => net.part([0, 1], [2]),
  'is cut off from one': (net) => net.part([0], [2]),
  'says what nobody hears': (net) => { net.cut(2, 0); net.cut(2, 1); },
  'hears nothing': (net) => { net.cut(0, 2); net.cut(1, 2); },
};

async function clients(node, count) {
  const all = await Promise.all(Array.from({ length: count }, () =>
    RawPusher.join(node)));
  await Promise.all(all.map((raw) => raw.subscribe('news')));
  return () => all.forEach((raw) => raw.destroy());
}

async function begin() {
  const network = new Network(3);
  const cluster = await Cluster.start(3, {
    homes: network.homes, settings: { 'drain.duration': `${drain}s` } });
  return { network, cluster };
}

async function cutOff(t) {
  const { network, cluster } = await begin();
  const chance = new Chance(12);
  const took = new Times();
  try {
    const names = Object.keys(cuts);
    for (let i = 0; i < Math.max(times, names.length); ++i) {
      const name = names[i % names.length];
      took.add(name, await ends(cluster, name, async () => {
        const leave = await clients(cluster.nodes[2], 20);
        cuts[name](network);
        await pause(chance.one([0, 300, 3000, 6000]));
        return { one: cluster.nodes[2], after: () => {
          network.mend();
          leave();
        } };
      }, chance));
    }
    t.diagnostic(`at most, in ms: ${took}`);
    took.judge();
  } finally {
    network.mend();
    await cluster.kill();
  }
}

async function diskFull(t) {
  const { cluster } = await begin();
  const chance = new Chance(13);
  const took = new Times();
  const data = path.join(cluster.dir, 'node-2/data');
  const filler = path.join(cluster.dir, 'node-2/data/filler');
  try {
    await cluster.nodes[2].kill();
    mkdirSync(data, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', data]);
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
    for (let i = 0; i < (long ? 10 : 1); ++i)
      took.add('has a full disk', await ends(cluster, 'has a full disk',
        async () => {
          const leave = await clients(cluster.nodes[2], 20);
          for (const block of [65_536, 4096, 1])
            for (let n = 0;; ++n)
              try {
                writeFileSync(filler, Buffer.alloc(block), { flag: 'a' });
              } catch (error) {
                assert.equal(error.code, 'ENOSPC', `after ${n}`);
                break;
              }
          assert.equal(statfsSync(data).bavail, 0);
          // It serves on, and says what it cannot write.
          await pause(chance.whole(1000, 3000));
          const { status } = await publish(cluster.nodes[2], {
            name: 'told', channel: 'news', data: '{}' });
          assert.equal(status, 200);
          return { one: cluster.nodes[2], after: () => {
            assert.match(cluster.nodes[2].stderr, /"level":"error"/);
            rmSync(filler);
            leave();
          } };
        }, chance));
    t.diagnostic(`at most, in ms: ${took}`);
    took.judge();
  } finally {
    await cluster.nodes[2].kill();
    execFileSync('umount', ['-l', data]);
    await cluster.kill();
  }
}

inNetworks(import.meta.url, minutes * 60 + 600, {
  'a node that is cut off ends within drain.duration and 2 s': cutOff,
  'and so does one whose disk is full': diskFull,
});
