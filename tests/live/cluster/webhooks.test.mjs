// What a node has announced and not delivered when it is killed, and what is
// announced of one that is silent.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { channelAuth } from '../lib/api.mjs';
import { mainApp } from '../lib/apps.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { Receiver, hookToml, hookedApp } from '../lib/hooks.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { until } from '../lib/until.mjs';

const rooms = Array.from({ length: 24 }, (_, i) => `presence-room-${i}`);

/** What was said at an endpoint, each delivery once: `name user` by channel. */
function told(receiver, path) {
  const seen = new Map();
  const result = new Map(rooms.map((room) => [room, []]));
  for (const hook of receiver.hooks.filter((x) => x.path === path &&
                                           x.verdict === 200)) {
    if (seen.has(hook.id)) {
      assert.equal(hook.rawBody, seen.get(hook.id), `body of ${hook.id}`);
      continue;
    }
    seen.set(hook.id, hook.rawBody);
    for (const { channel, name, user_id: user } of hook.events)
      result.get(channel).push(user ? `${name} ${user}` : name);
  }
  return result;
}

describe('unsent webhooks', { timeout: 180_000 }, () => {
  let receiver;
  let cluster;
  before(async () => {
    receiver = await Receiver.start();
    const events = ['channel_occupied', 'channel_vacated', 'member_added',
                    'member_removed'];
    cluster = await Cluster.start(3, {
      apps: hookedApp(mainApp, [
        hookToml(`${receiver.origin}/one`, { events }),
        hookToml(`${receiver.origin}/batch`,
                 { events, batch: true, batch_interval: '100ms' }),
      ]),
      settings: {
        'webhooks.delay': '100ms', 'webhooks.settle': '1s',
        'webhooks.timeout': '2s',
      },
    });
  });
  after(async () => {
    await cluster?.kill();
    await receiver?.stop();
  });

  const says = (what, ms = 20_000) => until(() => {
    const wrong = ['/one', '/batch'].flatMap((path) =>
      [...told(receiver, path)].filter(([, list]) =>
        JSON.stringify(list) !== JSON.stringify(what)));
    if (wrong.length)
      throw new Error(`${wrong.length} rooms: ${JSON.stringify(wrong[0])}`);
    return true;
  }, `each room is ${what}`, ms);

  test('its successors deliver them once, and it does not when it is back',
       async () => {
    const ann = await Promise.all([0, 1].map((i) =>
      RawPusher.join(cluster.nodes[i])));
    // Nothing is answered, and what is not answered is not delivered.
    receiver.answer = () => 'hang';
    for (const [i, room] of rooms.entries()) {
      const raw = ann[i % 2];
      const data = JSON.stringify({ user_id: 'ann' });
      await raw.subscribe(room, channelAuth(raw.socketId, room, data));
    }
    // Each of the three nodes has hung at both endpoints, so each has more.
    await until(() => ['/one', '/batch'].every((path) =>
      receiver.hooks.filter((x) => x.path === path).length >= 3),
                'the endpoints are asked');
    await until(async () => {
      const waiting = await Promise.all(cluster.nodes.map((one) =>
        one.metric('tidewire_webhooks_queue')));
      return waiting.every((x) => x > 4);
    }, 'each node has webhooks that wait');
    await cluster.nodes[2].kill();
    await cluster.agrees();
    receiver.answer = () => 200;
    receiver.letGo();
    const here = ['channel_occupied', 'member_added ann'];
    await says(here);
    // What follows is in order with what came from the dead node.
    for (const [i, room] of rooms.entries())
      ann[i % 2].send('pusher:unsubscribe', { channel: room });
    const all = [...here, 'member_removed ann', 'channel_vacated'];
    await says(all);
    const before = receiver.hooks.length;
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
    await until(() => /webhooks_asked/.test(
      cluster.nodes[2].stdout + cluster.nodes[2].stderr),
                'node 2 has asked', 15_000);
    // A later event to both endpoints comes behind whatever node 2 had left.
    const ben = await RawPusher.join(cluster.nodes[2]);
    for (const room of rooms)
      await ben.subscribe(room, channelAuth(
        ben.socketId, room, JSON.stringify({ user_id: 'ben' })));
    await says([...all, 'channel_occupied', 'member_added ben']);
    const again = receiver.hooks.slice(before).filter((x) =>
      x.events.some(({ user_id: user }) => user === 'ann'));
    assert.deepEqual(again.map((x) => x.id), []);
    [...ann, ben].forEach((raw) => raw.destroy());
  });
});

describe('a node that is silent', { timeout: 180_000 }, () => {
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

  /** Ann and the rooms are with node 2, which is stopped for a while. */
  const around = async (lostAfter, during) => {
    const receiver = await Receiver.start();
    const cluster = await Cluster.start(3, {
      apps: hookedApp(mainApp, [hookToml(`${receiver.origin}/one`, {
        events: ['channel_occupied', 'channel_vacated', 'member_added',
                 'member_removed'],
      })]),
      settings: {
        'webhooks.delay': '100ms', 'webhooks.settle': '500ms',
        'webhooks.lost_after': lostAfter,
        'limits.activity_timeout': '1h', 'limits.pong_timeout': '10m',
      },
    });
    try {
      const ann = await RawPusher.join(cluster.nodes[2]);
      for (const room of rooms)
        await ann.subscribe(room, channelAuth(
          ann.socketId, room, JSON.stringify({ user_id: 'ann' })));
      const says = (...what) => until(() => {
        for (const [room, list] of told(receiver, '/one'))
          assert.deepEqual(list, what, room);
        return true;
      }, `each room is ${what}`, 20_000);
      await says('channel_occupied', 'member_added ann');
      cluster.nodes[2].signal('SIGSTOP');
      const [first, second] = cluster.nodes;
      await until(async () => {
        const views = await Promise.all([first, second].map(async (one) =>
          (await ctlJson(one, ['cluster'])).json));
        return views.every((x) => x.members === 2);
      }, 'it is left out', 20_000);
      await during({ cluster, says });
      ann.destroy();
    } finally {
      cluster.nodes[2].signal('SIGCONT');
      await cluster.kill();
      await receiver.stop();
    }
  };

  const here = ['channel_occupied', 'member_added ann'];
  const gone = ['member_removed ann', 'channel_vacated'];

  test('takes nobody with it, and brings nobody back', () =>
    around('60s', async ({ cluster, says }) => {
      await pause(4000);
      await says(...here);
      cluster.nodes[2].signal('SIGCONT');
      await cluster.agrees(20_000);
      await pause(4000);
      await says(...here);
      await cluster.nodes[2].kill(); // that is proof
      await says(...here, ...gone);
    }));

  test('is given up in the end, and what it has is told again when it is back',
       () => around('1s', async ({ cluster, says }) => {
         await says(...here, ...gone);
         cluster.nodes[2].signal('SIGCONT');
         await cluster.agrees(20_000);
         await says(...here, ...gone, ...here);
         await pause(3000);
         await says(...here, ...gone, ...here);
       }));
});
