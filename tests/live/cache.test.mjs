// Channels that keep their last event, protocol.md §5.6, §9.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { channelAuth, expecting, publish } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import { client, connected, disconnectAll, publisher, subscribed }
  from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

let serial = 0;
const fresh = (prefix) => `${prefix}${++serial}`;
const user = { user_id: 'ann', user_info: {} };

const prefixes = {
  'cache-': 'public',
  'private-cache-': 'private',
  'presence-cache-': 'presence',
  'private-encrypted-cache-': 'encrypted',
};

withServer('cache channels', {}, (run) => {
  const { ok, refused } = expecting(run);
  afterEach(disconnectAll);

  /** What a raw subscriber hears first after it succeeded. */
  const firstOn = async (channel) => {
    const raw = await RawPusher.join(run.server);
    const data = channel.startsWith('presence-')
      ? JSON.stringify(user) : undefined;
    await raw.subscribe(channel, /^p/.test(channel)
      ? channelAuth(raw.socketId, channel, data) : {});
    const event = await raw.nextEvent();
    return { raw, event };
  };

  for (const [prefix, kind] of Object.entries(prefixes)) {
    test(`a newcomer of a ${kind} cache channel gets the last event`,
         async () => {
      const channel = fresh(prefix);
      const data = '{"nonce":"n","ciphertext":"c"}';
      for (const name of ['first', 'last'])
        await ok('POST', '/events', { body: { name, channel, data } });
      for (let i = 0; i < 3; ++i) {
        const { raw, event } = await firstOn(channel);
        assert.deepEqual(event, { event: 'last', channel, data });
        raw.destroy();
      }
    });

    test(`an empty ${kind} cache channel is a miss`, async () => {
      const channel = fresh(prefix);
      const { raw, event } = await firstOn(channel);
      assert.deepEqual(event, { event: 'pusher:cache_miss', channel });
      raw.destroy();
    });
  }

  test('pusher-js hears the cached event, or the miss', async () => {
    const channel = fresh('private-cache-');
    const first = await connected(client(run.server));
    const missed = await subscribed(first, channel);
    await missed.next('pusher:cache_miss');
    await publisher(run.server).trigger(channel, 'state', { n: 1 });
    assert.deepEqual(await missed.next('state'), { n: 1 });
    const second = await connected(client(run.server));
    const heard = await subscribed(second, channel);
    assert.deepEqual(await heard.next('state'), { n: 1 });
    await publisher(run.server).trigger(channel, 'state', { n: 2 });
    assert.deepEqual(await heard.next('state'), { n: 2 });
    assert.equal(heard.count('pusher:cache_miss'), 0);
    assert.equal(heard.count('state'), 2);
  });

  test('while events pour in, none is missed or repeated', async () => {
    const channel = fresh('cache-');
    const total = 200;
    const api = publisher(run.server);
    const listeners = [];
    const pour = (async () => {
      for (let n = 1; n <= total; ++n) await api.trigger(channel, 'n', n);
    })();
    for (let i = 0; i < 10; ++i) {
      const raw = await RawPusher.join(run.server);
      await raw.subscribe(channel);
      listeners.push(raw);
    }
    await pour;
    for (const raw of listeners) {
      let last;
      while (last !== total) {
        const { event, data } = await raw.nextEvent();
        if (event === 'pusher:cache_miss') {
          assert.equal(last, undefined);
          last = 0;
          continue;
        }
        if (last !== undefined) assert.equal(Number(data), last + 1);
        last = Number(data);
      }
      raw.destroy();
    }
  });

  test('a client event is not cached', async () => {
    const channel = fresh('private-cache-');
    await publish(run.server, { name: 'kept', channel, data: '1' });
    const talker = await connected(client(run.server));
    const heard = await subscribed(talker, channel);
    await heard.next('kept');
    const witness = await firstOn(channel);
    heard.channel.trigger('client-said', {});
    assert.equal((await witness.raw.nextEvent()).event, 'client-said');
    const { raw, event } = await firstOn(channel);
    assert.equal(event.event, 'kept');
    raw.destroy();
    witness.raw.destroy();
  });

  test('the sender who was left out gets the cached event later', async () => {
    const channel = fresh('cache-');
    const { raw } = await firstOn(channel);
    await publish(run.server, { name: 'e', channel, data: '1',
                                socket_id: raw.socketId });
    raw.send('pusher:unsubscribe', { channel });
    await raw.subscribe(channel);
    assert.equal((await raw.nextEvent()).event, 'e');
    raw.destroy();
  });

  test('info=cache tells the data and the seconds left', async () => {
    const channel = fresh('cache-');
    const ask = (name = channel) => ok(
      'GET', `/channels/${name}`, { query: { info: 'cache' } });
    assert.deepEqual(await ask(), { occupied: false, cache: null });
    const data = '{"a":"ä \\"quoted\\""}';
    await publish(run.server, { name: 'e', channel, data });
    const { occupied, cache } = await ask();
    assert.equal(occupied, false);
    assert.equal(cache.data, data);
    assert.ok(cache.ttl <= 1800 && cache.ttl >= 1790, cache.ttl);
    const sdk = await (await publisher(run.server).get({
      path: `/channels/${channel}`, params: { info: 'cache' } })).json();
    assert.equal(sdk.cache.data, data);
    await refused(400, 'GET', '/channels/news', { query: { info: 'cache' } });
  });

  test('a cache channel without subscribers is not occupied', async () => {
    const channel = fresh('cache-');
    await publish(run.server, { name: 'e', channel, data: '1' });
    const { channels } = await ok('GET', '/channels');
    assert.equal(channels[channel], undefined);
  });
});

const seconds = 2;
const limits = { cache_ttl: `${seconds}s` };

withServer('cached events that expire', { sections: { limits } }, (run) => {
  const { ok } = expecting(run);
  afterEach(disconnectAll);

  test('an event is gone after its time, and not before', async () => {
    const channel = fresh('cache-');
    const sent = performance.now();
    await publish(run.server, { name: 'e', channel, data: '1' });
    const cache = async () => (await ok(
      'GET', `/channels/${channel}`, { query: { info: 'cache' } })).cache;
    const first = await cache();
    assert.ok(first.ttl === seconds || first.ttl === 1, first.ttl);
    let gone;
    await until(async () => {
      gone = performance.now();
      return (await cache()) === null;
    }, 'the event expires');
    assert.ok(gone - sent >= seconds * 1000 - 50, gone - sent);
    const raw = await RawPusher.join(run.server);
    await raw.subscribe(channel);
    assert.equal((await raw.nextEvent()).event, 'pusher:cache_miss');
    raw.destroy();
  });

  test('another event begins a time of its own', async () => {
    const channel = fresh('cache-');
    await publish(run.server, { name: 'old', channel, data: '1' });
    const begun = performance.now();
    await until(() => performance.now() - begun > seconds * 600, 'a while');
    await publish(run.server, { name: 'new', channel, data: '2' });
    await until(() => performance.now() - begun > seconds * 1100, 'a while');
    const raw = await RawPusher.join(run.server);
    await raw.subscribe(channel);
    assert.equal((await raw.nextEvent()).event, 'new');
    raw.destroy();
  });
});
