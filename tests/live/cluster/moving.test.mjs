// Everything that a channel can do, over nodes and while channels move: a node
// drains, is taken back, is killed, comes again, and leaves. Clients are with
// the two others; whatever moves, they notice nothing, and neither does the
// app's backend.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { countApp, mainApp } from '../lib/apps.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { Receiver, hookToml, hookedApp } from '../lib/hooks.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { client, connected, disconnectAll, publisher, subscribed }
  from '../lib/sdk.mjs';
import { until } from '../lib/until.mjs';
import { signedIn } from '../lib/users.mjs';

// So many of each that each node owns some of them.
const many = (prefix) => Array.from({ length: 9 }, (_, i) => `${prefix}${i}`);
const news = many('private-news-');
const rooms = many('presence-room-');
const cached = many('cache-news-');
const counted = many('counted-');
const watched = many('watched-');

const members = ['pusher_internal:member_added',
                 'pusher_internal:member_removed'];

describe('while channels move', { timeout: 300_000 }, () => {
  let cluster;
  let receiver;
  let serial = 0;
  const people = {}; // ann with node 0, ben with node 1, for all of the time
  const counters = [];

  before(async () => {
    receiver = await Receiver.start();
    const counts = `[[apps]]\nid = "${countApp.id}"\nsubscription_counts = true\n`
      + `keys = [{ key = "${countApp.key}", secret = "${countApp.secret}" }]\n`;
    cluster = await Cluster.start(3, {
      apps: hookedApp(mainApp, [hookToml(receiver.origin, {
        events: ['channel_occupied', 'channel_vacated', 'member_added',
                 'member_removed'],
      })], { client_events_per_second: 0 }) + counts,
      // Raw sockets answer no ping.
      settings: { 'limits.activity_timeout': '1h', 'limits.pong_timeout': '10m',
                  'webhooks.delay': '200ms', 'webhooks.settle': '1s' },
    });
    for (const [i, name] of ['ann', 'ben'].entries()) {
      const one = people[name] = {
        pusher: await signedIn(cluster.nodes[i],
                               { id: name, watchlist: watched },
                               { user: { user_id: name } }),
        heard: {},
      };
      await one.pusher.watched.next('nobody is there');
      for (const channel of [...news, ...rooms])
        one.heard[channel] = await subscribed(one.pusher, channel);
    }
    for (const i of [0, 1]) {
      const raw = await RawPusher.join(cluster.nodes[i], { key: countApp.key });
      for (const channel of counted) await raw.subscribe(channel);
      counters.push(raw);
    }
  });
  after(async () => {
    disconnectAll();
    counters.forEach((raw) => raw.destroy());
    await cluster?.kill();
    await receiver?.stop();
  });

  const both = () => Object.values(people);

  // Who drains lets nobody in.
  let drains = null;
  const doors = () => cluster.alive.filter((one) => one !== drains);

  /** Until it is accepted; what was answered with 503 may have come, too. */
  const put = async (node, channel, data, more) => {
    for (let left = 20;; --left) {
      const name = `e-${++serial}`;
      try {
        await publisher(node).trigger(channel, name, data, more);
        return name;
      } catch (error) {
        if (left === 0 || error.status !== 503) throw error;
        await new Promise((done) => { setTimeout(done, 250); });
      }
    }
  };

  const events = async () => {
    for (const node of cluster.alive)
      for (const channel of [...news, ...rooms]) {
        const name = await put(node, channel, { from: node.node });
        for (const { heard } of both()) {
          assert.deepEqual(await heard[channel].next(name),
                           { from: node.node });
          assert.equal(heard[channel].count(name), 1, name);
        }
      }
  };

  // A later event comes behind the one that he does not get.
  const exclusion = async () => {
    for (const node of cluster.alive)
      for (const channel of news) {
        const { connection } = people.ben.pusher;
        const name = await put(node, channel, {},
                               { socket_id: connection.socket_id });
        await people.ann.heard[channel].next(name);
        await people.ben.heard[channel].next(await put(node, channel, {}));
        assert.equal(people.ben.heard[channel].count(name), 0);
      }
  };

  const clientEvents = async () => {
    for (const channel of [...news, ...rooms])
      for (const [from, to] of [['ann', 'ben'], ['ben', 'ann']]) {
        const name = `client-${++serial}`;
        assert.ok(people[from].heard[channel].channel.trigger(name, { from }));
        assert.deepEqual(await people[to].heard[channel].next(name), { from });
        assert.equal(people[from].heard[channel].count(name), 0);
      }
  };

  const presence = async () => {
    for (const room of rooms) {
      for (const { heard } of both()) {
        const list = heard[room].channel.members;
        assert.deepEqual(Object.keys(list.members).sort(), ['ann', 'ben']);
      }
      for (const node of cluster.alive) {
        const answer = await publisher(node).get(
          { path: `/channels/${room}/users` });
        assert.deepEqual((await answer.json()).users.map((x) => x.id).sort(),
                         ['ann', 'ben']);
      }
    }
    // Ann saw ben come, and that was all there was to see.
    for (const room of rooms) {
      const changes = (one) => one.heard[room].all
        .filter(({ event }) => members.includes(event.replace(
          'pusher:', 'pusher_internal:'))).length;
      assert.equal(changes(people.ann), 1, room);
      assert.equal(changes(people.ben), 0, room);
    }
  };

  let kept = new Map(); // the last event of each cache channel
  const cache = async () => {
    for (const [i, channel] of cached.entries()) {
      const node = doors()[i % doors().length];
      const late = await RawPusher.join(node);
      await late.subscribe(channel);
      const { event } = await late.nextEvent();
      assert.equal(event, kept.get(channel) ?? 'pusher:cache_miss', channel);
      kept.set(channel, await put(node, channel, {}));
      await late.nextEvent(kept.get(channel));
      late.destroy();
    }
  };

  const counts = async () => {
    const told = async (expected) => {
      for (const raw of counters) {
        const { data } =
          await raw.nextEvent('pusher_internal:subscription_count');
        assert.equal(JSON.parse(data).subscription_count, expected);
      }
    };
    for (const raw of counters) await raw.fence(); // past what came before
    for (const [i, channel] of counted.entries()) {
      const node = doors()[i % doors().length];
      const late = await RawPusher.join(node, { key: countApp.key });
      await late.subscribe(channel);
      await told(3);
      late.destroy();
      await told(2);
    }
  };

  // One who is watched comes, is sent an event by each node, and is ended.
  const users = async () => {
    for (const [i, id] of watched.slice(0, 3).entries()) {
      const at = doors()[i % doors().length];
      const node = cluster.alive[(i + 1) % cluster.alive.length];
      const one = await signedIn(at, { id });
      for (const { pusher } of both())
        assert.deepEqual(await pusher.watched.next(`${id} is online`),
                         { name: 'online', ids: [id] });
      for (const from of cluster.alive) {
        const name = `e-${++serial}`;
        await publisher(from).sendToUser(id, name, { from: from.node });
        const { data } = await one.mail.next(
          `mail from ${from.node}`, 5000, ({ event }) => event === name);
        assert.deepEqual(data, { from: from.node });
      }
      await publisher(node).terminateUserConnections(id);
      await until(() => one.connection.state !== 'connected', `${id} is ended`);
      one.disconnect();
      for (const { pusher } of both())
        assert.deepEqual(await pusher.watched.next(`${id} is offline`),
                         { name: 'offline', ids: [id] });
    }
    for (const { pusher } of both()) {
      assert.equal(pusher.watched.length, 0, 'nothing else was seen of anybody');
      assert.equal(pusher.connection.state, 'connected');
    }
  };

  const said = () => {
    const result = new Map();
    const ids = new Set();
    for (const { id, events: all, verdict } of receiver.hooks) {
      if (verdict !== 200 || ids.has(id)) continue;
      ids.add(id);
      for (const { channel, name, user_id: user } of all)
        result.set(channel, [...result.get(channel) ?? [],
                             user ? `${name} ${user}` : name]);
    }
    return result;
  };
  const backend = async () => {
    const all = {
      news: ['channel_occupied'],
      rooms: ['channel_occupied', 'member_added ann', 'member_added ben'],
    };
    await until(() => {
      const now = said();
      for (const [list, expected] of [[news, all.news], [rooms, all.rooms]])
        for (const channel of list)
          assert.deepEqual(now.get(channel), expected, channel);
      return true;
    }, 'the backend knows of each change once', 10_000);
  };

  const everything = async () => {
    await events();
    await exclusion();
    await clientEvents();
    await presence();
    await cache();
    await counts();
    await users();
    await backend();
  };

  test('all is there over three nodes', async () => {
    await everything();
  });

  test('a node drains, and owns nothing', async () => {
    const { code } = await ctlJson(cluster.nodes[0], ['drain', 'node-2']);
    assert.equal(code, 0);
    drains = cluster.nodes[2];
    await cluster.agrees();
    await everything();
  });

  test('it is taken back', async () => {
    const { code } = await ctlJson(cluster.nodes[1], ['undrain', 'node-2']);
    assert.equal(code, 0);
    drains = null;
    await cluster.agrees();
    await everything();
  });

  test('it is killed', async () => {
    await cluster.nodes[2].kill();
    await cluster.agrees();
    await everything();
  });

  test('it comes again', async () => {
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
    await everything();
  });

  test('it leaves', async () => {
    await cluster.nodes[2].stop(20_000);
    await cluster.agrees();
    await everything();
  });

  test('and at last all are gone, once', async () => {
    for (const { pusher } of both()) pusher.disconnect();
    await until(() => {
      const now = said();
      return [...news, ...rooms].every((channel) =>
        now.get(channel).at(-1) === 'channel_vacated');
    }, 'all are vacated');
    for (const channel of [...news, ...rooms]) {
      const list = said().get(channel).sort();
      assert.deepEqual(list, [...new Set(list)], channel);
    }
  });
});
