// What a node may be in the middle of when it is told to end, and how that is
// timed.
import assert from 'node:assert/strict';
import { publish } from './api.mjs';
import { pause } from './chaos.mjs';
import { freePorts } from './cluster.mjs';
import { ctl } from './commands.mjs';
import { RawPusher } from './raw.mjs';
import { Program, binary } from './server.mjs';
import { patience, within } from './until.mjs';

/** drain.duration of all nodes here, in seconds. */
export const drain = 1;

const stopped = (...nodes) => {
  nodes.forEach((one) => one.signal('SIGSTOP'));
  return () => nodes.forEach((one) => one.signal('SIGCONT'));
};

// A node that nobody knows yet, in its first moments.
async function early(cluster, chance, ms) {
  const one = new Program(binary, [
    'serve', '--port', '0', '--admin-port', '0',
    '--set', 'server.host=127.0.0.1',
    '--set', `data_dir=${cluster.dir}/early-${chance.whole(1, 1e9)}`,
    '--set', `cluster.listen=127.0.0.1:${(await freePorts(1))[0]}`,
    '--set', `cluster.peers=127.0.0.1:${cluster.ports[0]}`,
    '--set', `server.node=early-${chance.whole(1, 1e6)}`,
    '--set', 'cluster.name=test', '--set', 'cluster.secret=shared-secret',
    '--set', `drain.duration=${drain}s`]);
  await pause(ms);
  return { one, early: true };
}

// Clients of all nodes on many channels, so that there is much to hand over.
async function inhabited(cluster, channels) {
  const all = (await Promise.all(cluster.nodes.map((node) =>
    Promise.all(Array.from({ length: 5 }, () => RawPusher.join(node))))))
    .flat();
  await Promise.all(all.map(async (raw, k) => {
    for (let i = 0; i < channels; ++i)
      await raw.subscribe(`room-${(i + 7 * k) % (2 * channels)}`);
  }));
  return () => all.forEach((raw) => raw.destroy());
}

// Newcomers, and publishes on every node to the clients that there are.
function load(cluster) {
  const clients = new Set();
  let going = true;
  const come = async () => {
    while (going)
      try {
        const raw = await RawPusher.join(cluster.nodes[2]);
        clients.add(raw);
        await raw.subscribe('news');
        raw.pipe(() => {});
      } catch {
        await pause(20); // it is refused, or has ended
      }
  };
  const tell = async (node) => {
    while (going)
      await publish(node, { name: 'told', channel: 'news',
                            data: 'x'.repeat(2000) }).catch(() => pause(20));
  };
  const loops = [come(), come(), ...cluster.nodes.map(tell)];
  return async () => {
    going = false;
    await Promise.all(loops);
    clients.forEach((raw) => raw.destroy());
  };
}

/**
 * Each brings about a state of node 2 of a cluster of three: `{one, after}`,
 * who is told to end and how all is made as it was. `during` is done once it
 * was told; `early` is one that has perhaps not got so far as to listen.
 */
export const states = {
  'has just been started': (cluster, chance) =>
    early(cluster, chance, chance.whole(150, 1200)),
  'does not listen yet': (cluster, chance) =>
    early(cluster, chance, chance.whole(0, 120)),
  'is a member': async (cluster) => ({ one: cluster.nodes[2] }),
  'joins': async (cluster, chance) => {
    await cluster.nodes[2].kill();
    cluster.nodes[2] = await cluster.launch(2);
    await pause(chance.whole(0, 1500));
    return { one: cluster.nodes[2] };
  },
  'has clients': async (cluster) => {
    const after = await inhabited(cluster, 1);
    return { one: cluster.nodes[2], after };
  },
  'is under load': async (cluster, chance) => {
    const after = load(cluster);
    await pause(chance.whole(200, 800));
    return { one: cluster.nodes[2], after };
  },
  'has a client that takes nothing': async (cluster) => {
    const raw = await RawPusher.join(cluster.nodes[2]);
    await raw.subscribe('news');
    raw.socket.pause();
    // More than the kernels hold: what is left waits in the outbox.
    for (let i = 0; i < 600; ++i)
      await publish(cluster.nodes[i % 3], {
        name: 'told', channel: 'news', data: 'x'.repeat(10_000) });
    return { one: cluster.nodes[2], after: () => raw.destroy() };
  },
  'gives channels away': async (cluster, chance) => {
    const leave = await inhabited(cluster, 20);
    await ctl(cluster.nodes[0], ['drain', 'node-2', '--within', '2s']);
    await pause(chance.whole(0, 60));
    return { one: cluster.nodes[2], after: leave };
  },
  'is given channels': async (cluster, chance) => {
    const leave = await inhabited(cluster, 20);
    await ctl(cluster.nodes[0], ['drain', 'node-1', '--within', '2s']);
    await pause(chance.whole(0, 60));
    return { one: cluster.nodes[2], after: async () => {
      leave();
      await ctl(cluster.nodes[0], ['undrain', 'node-1']);
    } };
  },
  'waits for the channels of a dead one': async (cluster, chance) => {
    const leave = await inhabited(cluster, 20);
    await cluster.nodes[1].kill();
    await pause(chance.whole(0, 300));
    return { one: cluster.nodes[2], after: async () => {
      leave();
      cluster.nodes[1] = await cluster.launch(1);
    } };
  },
  'does not hear a stopped one': async (cluster, chance) => {
    const after = stopped(cluster.nodes[0]);
    await pause(chance.one([0, 100, 1000, 3000, 6000]));
    return { one: cluster.nodes[2], after };
  },
  'hears nobody': async (cluster, chance) => {
    const after = stopped(cluster.nodes[0], cluster.nodes[1]);
    await pause(chance.one([0, 100, 1000, 3000, 6000]));
    return { one: cluster.nodes[2], after };
  },
  'loses another one meanwhile': async (cluster, chance) => ({
    one: cluster.nodes[2],
    during: async () => {
      await pause(chance.whole(0, 300));
      await cluster.nodes[1].kill();
    },
    after: async () => { cluster.nodes[1] = await cluster.launch(1); },
  }),
  'hears no more of another one meanwhile': async (cluster, chance) => {
    const leave = await inhabited(cluster, 5);
    let go;
    return {
      one: cluster.nodes[2],
      during: async () => {
        await pause(chance.whole(0, 200));
        go = stopped(cluster.nodes[0]);
      },
      after: () => {
        go();
        leave();
      },
    };
  },
  'sees another one leave': async (cluster, chance) => {
    cluster.nodes[1].signal('SIGTERM');
    await pause(chance.whole(0, 1000));
    return { one: cluster.nodes[2], after: async () => {
      await cluster.nodes[1].exited;
      cluster.nodes[1] = await cluster.launch(1);
    } };
  },
  'ends with all the others': async (cluster) => {
    const leave = await inhabited(cluster, 5);
    return {
      one: cluster.nodes[2],
      during: () => [0, 1].forEach((i) => cluster.nodes[i].signal('SIGTERM')),
      after: async () => {
        leave();
        for (const i of [0, 1]) {
          await cluster.nodes[i].exited;
          cluster.nodes[i] = await cluster.launch(i);
        }
      },
    };
  },
};

/** Brings node 2 into that state, and sends it SIGTERM: how long it takes. */
export async function ends(cluster, name, state, chance) {
  const { one, early: unborn, during, after } = await state(cluster, chance);
  const from = performance.now();
  one.signal('SIGTERM');
  const others = Promise.resolve(during?.());
  const end = await within(one.exited, `one that ${name} ends`, 30_000)
    .catch(async (error) => {
      await one.kill();
      error.message += `\n${one.stderr}`;
      throw error;
    });
  const ms = performance.now() - from;
  // Before it listens to signals, the kernel ends it.
  if (!(unborn && end.signal === 'SIGTERM'))
    assert.deepEqual(end, { code: 0, signal: null }, `${name}: ${one.stderr}`);
  await others;
  await after?.();
  if (!unborn) cluster.nodes[2] = await cluster.launch(2);
  await cluster.agrees(20_000);
  return ms;
}

/** The longest of each, in ms. */
export class Times {
  #most = {};

  add(name, ms) {
    this.#most[name] = Math.max(this.#most[name] ?? 0, ms);
  }

  judge() {
    for (const [name, ms] of Object.entries(this.#most))
      assert.ok(ms <= (drain + 2) * 1000 * patience, `${name}: ${ms} ms`);
  }

  toString() {
    return JSON.stringify(Object.fromEntries(Object.entries(this.#most)
      .map(([name, ms]) => [name, Math.round(ms)])));
  }
}
