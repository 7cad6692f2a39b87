// How many are subscribed, told to those who are, protocol.md §5.8.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { countApp, mainApp } from './lib/apps.mjs';
import { channelAuth, expecting, publish } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import { client, connected, disconnectAll, subscribed } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

const counted = 'pusher_internal:subscription_count';
const app = countApp;

// Raw sockets answer no ping, and here a hundred of them wait for long.
const limits = { activity_timeout: '1h', pong_timeout: '10m' };

withServer('subscription counts', { sections: { limits } }, (run) => {
  const { ok } = expecting(run);
  afterEach(disconnectAll);

  const join = async (channel, auth) => {
    const raw = await RawPusher.join(run.server, { key: app.key });
    await raw.subscribe(channel, auth?.(raw.socketId));
    return raw;
  };
  const count = async (raw, ms) =>
    JSON.parse((await raw.nextEvent(counted, ms)).data).subscription_count;

  test('everybody is told of every change, the newcomer too', async () => {
    const a = await join('few');
    assert.equal(await count(a), 1);
    const b = await join('few');
    assert.equal(await count(a), 2);
    assert.equal(await count(b), 2);
    b.send('pusher:unsubscribe', { channel: 'few' });
    assert.equal(await count(a), 1);
    const c = await join('few');
    assert.equal(await count(c), 2);
    c.resetNow();
    assert.equal(await count(a), 2);
    assert.equal(await count(a), 1);
    a.destroy();
    b.destroy();
  });

  test('the event is as the protocol has it', async () => {
    const raw = await join('wire');
    assert.deepEqual(await raw.nextEvent(counted), {
      event: counted, channel: 'wire', data: '{"subscription_count":1}' });
    raw.destroy();
  });

  test('a publish that asks for both figures hears of each channel what it has',
       async () => {
    const raw = await join('mixed');
    const info = 'user_count,subscription_count';
    const answer = await publish(run.server, {
      name: 'e', channels: ['mixed', 'presence-mixed'], data: 'x', info }, { app });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json.channels, {
      mixed: { subscription_count: 1 },
      'presence-mixed': { user_count: 0, subscription_count: 0 },
    });
    raw.destroy();
  });

  test('pusher-js keeps the count on the channel', async () => {
    const one = await connected(client(run.server, { app }));
    const heard = await subscribed(one, 'private-js');
    assert.deepEqual(await heard.next('pusher:subscription_count'),
                     { subscription_count: 1 });
    const two = await connected(client(run.server, { app }));
    await subscribed(two, 'private-js');
    assert.deepEqual(await heard.next('pusher:subscription_count'),
                     { subscription_count: 2 });
    assert.equal(heard.channel.subscriptionCount, 2);
  });

  test('on a cache channel the count comes after the cached event',
       async () => {
    const channel = 'cache-counted';
    await publish(run.server, { name: 'e', channel, data: '1' }, { app });
    const raw = await join(channel);
    assert.equal((await raw.nextEvent()).event, 'e');
    assert.equal((await raw.nextEvent()).event, counted);
    raw.destroy();
  });

  test('presence channels and apps without the switch are not told',
       async () => {
    const channel = 'presence-counted';
    const raw = await join(channel, (id) =>
      channelAuth(id, channel, '{"user_id":"1"}', app));
    const other = await RawPusher.join(run.server, { key: mainApp.key });
    await other.subscribe('few');
    for (const one of [raw, other]) {
      one.send('pusher:ping', {});
      assert.equal((await one.nextEvent()).event, 'pusher:pong');
      one.destroy();
    }
  });

  test('up to a hundred every change is told, above that every 5 seconds',
       async () => {
    const channel = 'many';
    const first = await join(channel);
    const others = [];
    for (let n = 1; n <= 100; ++n) {
      assert.equal(await count(first), n);
      if (n < 100) others.push(await join(channel));
    }
    const begun = performance.now();
    for (let i = 0; i < 5; ++i) others.push(await join(channel));
    // Reactors tell the channel how many they have with what they send next.
    await until(async () => (await ok(
      'GET', `/channels/${channel}`,
      { app, query: { info: 'subscription_count' } }))
      .subscription_count === 105, 'a publisher is told of 105', 2000);
    assert.equal(await count(first, 15_000), 105);
    const waited = performance.now() - begun;
    assert.ok(waited > 3500, `told after ${waited} ms`);
    // Nothing happens, nothing is told; a small channel is told at once.
    for (const one of others.splice(10)) one.destroy();
    let last;
    while (last !== 11) last = await count(first, 15_000);
    first.destroy();
    for (const one of others) one.destroy();
  });
});
