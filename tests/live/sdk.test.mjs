// The spine with the real SDKs: pusher-js subscribes, the Node server SDK
// publishes, the event arrives.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { countApp, mainApp, newKey } from './lib/apps.mjs';
import {
  Heard, client, connected, disconnectAll, errorsOf, publisher, subscribed,
} from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

withServer('pusher-js and the Node server SDK', {}, (run) => {
  afterEach(disconnectAll);

  test('pusher-js connects and is given a socket id', async () => {
    const pusher = await connected(client(run.server));
    assert.match(pusher.connection.socket_id, /^\d+\.\d+$/);
    await run.server.reaches(1, 'tidewire_connections', { app_id: '1' });
  });

  test('every connection has a socket id of its own', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => connected(client(run.server))));
    assert.equal(new Set(all.map((p) => p.connection.socket_id)).size, 20);
  });

  test('the gauge falls when pusher-js disconnects', async () => {
    await run.server.reaches(0, 'tidewire_connections');
    const pusher = await connected(client(run.server));
    await run.server.reaches(1, 'tidewire_connections');
    pusher.disconnect();
    await run.server.reaches(0, 'tidewire_connections');
  });

  for (const name of ['orders', 'private-orders', 'A-z_0=@,.;'])
    test(`an event published on ${name} arrives with its data`, async () => {
      const heard =
        await subscribed(await connected(client(run.server)), name);
      const data = { id: 7, note: 'ä “q” \u{1F30A} \\ \n', list: [1, {}] };
      await publisher(run.server).trigger(name, 'shipped', data);
      assert.deepEqual(await heard.next('shipped'), data);
    });

  test('an encrypted event passes through a blind server', async () => {
    const sdk = publisher(run.server, undefined, {
      encryptionMasterKeyBase64: Buffer.alloc(32, 7).toString('base64'),
    });
    const name = 'private-encrypted-orders';
    const pusher = await connected(client(run.server, {
      auth: (id, channel) => sdk.authorizeChannel(id, channel),
    }));
    const heard = await subscribed(pusher, name);
    await sdk.trigger(name, 'shipped', { secret: 'ä' });
    assert.deepEqual(await heard.next('shipped'), { secret: 'ä' });
  });

  test('data that is not JSON passes through unchanged', async () => {
    const heard =
      await subscribed(await connected(client(run.server)), 'plain');
    const trigger = (data) =>
      publisher(run.server).trigger('plain', 'said', data);
    for (const data of ['just words', '', '{"half":', '"', '\u0001 \u2028']) {
      await trigger(data);
      assert.equal(await heard.next('said'), data);
    }
    await trigger('[1,2]');
    assert.deepEqual(await heard.next('said'), [1, 2]);
  });

  test('one publish reaches several channels', async () => {
    const pusher = await connected(client(run.server));
    const heard = await Promise.all(
      ['a', 'b', 'private-c'].map((name) => subscribed(pusher, name)));
    await publisher(run.server).trigger(['a', 'b', 'private-c'], 'all', 1);
    for (const one of heard) assert.equal(await one.next('all'), 1);
  });

  test('a batch reaches every channel of it, in its order', async () => {
    const pusher = await connected(client(run.server));
    const a = await subscribed(pusher, 'batch-a');
    const b = await subscribed(pusher, 'batch-b');
    const batch = Array.from({ length: 10 }, (_, i) => ({
      channel: i % 2 ? 'batch-b' : 'batch-a', name: 'n', data: { i },
    }));
    await publisher(run.server).triggerBatch(batch);
    for (const i of [0, 2, 4, 6, 8])
      assert.deepEqual(await a.next('n'), { i });
    for (const i of [1, 3, 5, 7, 9])
      assert.deepEqual(await b.next('n'), { i });
  });

  test('socket_id keeps an event from its sender only', async () => {
    const sender = await connected(client(run.server));
    const other = await connected(client(run.server));
    const mine = await subscribed(sender, 'chat');
    const theirs = await subscribed(other, 'chat');
    const sdk = publisher(run.server);
    const { socket_id } = sender.connection;
    await sdk.trigger('chat', 'said', 'one', { socket_id });
    await sdk.triggerBatch(
      [{ channel: 'chat', name: 'said', data: 'two', socket_id }]);
    await sdk.trigger('chat', 'said', 'three');
    for (const text of ['one', 'two', 'three'])
      assert.equal(await theirs.next('said'), text);
    assert.equal(await mine.next('said'), 'three');
    assert.equal(mine.count('said'), 1);
  });

  test('unsubscribing ends the events of that channel only', async () => {
    const pusher = await connected(client(run.server));
    const left = await subscribed(pusher, 'left');
    const kept = await subscribed(pusher, 'kept');
    const sdk = publisher(run.server);
    pusher.unsubscribe('left');
    await until(async () => {
      const answer = await sdk.get({ path: '/channels/left' });
      return (await answer.json()).occupied === false;
    }, 'the channel is vacated');
    await sdk.trigger(['left', 'kept'], 'news', 1);
    await kept.next('news');
    assert.equal(left.count('news'), 0);
    // And it is not for ever.
    const again = await subscribed(pusher, 'left');
    await sdk.trigger('left', 'news', 2);
    assert.equal(await again.next('news'), 2);
  });

  test('a subscription is over when its connection is', async () => {
    const pusher = await connected(client(run.server));
    await subscribed(pusher, 'briefly');
    pusher.disconnect();
    const sdk = publisher(run.server);
    await until(async () => {
      const { channels } =
        await (await sdk.get({ path: '/channels' })).json();
      return !('briefly' in channels);
    }, 'the channel is gone');
  });

  test('a wrong signature fails that subscription only', async () => {
    const pusher = await connected(client(run.server, {
      auth: (_, name) => name === 'private-locked'
        ? { auth: `app-key:${'0'.repeat(64)}` } : null,
    }));
    const locked = new Heard(pusher.subscribe('private-locked'));
    const error = await locked.next('pusher:subscription_error');
    assert.equal(error.type, 'AuthError');
    assert.equal(error.status, 401);
    assert.match(error.error, /signature/i);
    const open = await subscribed(pusher, 'private-open');
    await publisher(run.server)
      .trigger(['private-locked', 'private-open'], 'secret', 1);
    await open.next('secret');
    assert.equal(locked.count('secret'), 0);
  });

  test('a private channel refuses the key of another app', async () => {
    const pusher = await connected(client(run.server, {
      auth: (id, name) =>
        publisher(run.server, countApp).authorizeChannel(id, name),
    }));
    const heard = new Heard(pusher.subscribe('private-x'));
    const error = await heard.next('pusher:subscription_error');
    assert.match(error.error, /key/i);
  });

  test('both keys work while a key is being rotated', async () => {
    const old = await connected(client(run.server));
    const young = await connected(client(run.server, { app: newKey }));
    const heard = [await subscribed(old, 'private-rotation'),
                   await subscribed(young, 'private-rotation')];
    await publisher(run.server, newKey).trigger('private-rotation', 'e', 1);
    for (const one of heard) assert.equal(await one.next('e'), 1);
    await publisher(run.server).trigger('private-rotation', 'e', 2);
    for (const one of heard) assert.equal(await one.next('e'), 2);
  });

  test('apps do not hear each other', async () => {
    const ours = await subscribed(await connected(client(run.server)), 'same');
    const theirs = await subscribed(
      await connected(client(run.server, { app: countApp })), 'same');
    await publisher(run.server).trigger('same', 'e', 'ours');
    await publisher(run.server, countApp).trigger('same', 'e', 'theirs');
    assert.equal(await ours.next('e'), 'ours');
    assert.equal(await theirs.next('e'), 'theirs');
    assert.equal(ours.count('e') + theirs.count('e'), 2);
  });

  test('pusher-js keeps its subscriptions over a reconnection', async () => {
    const pusher = await connected(client(run.server));
    const heard = await subscribed(pusher, 'lasting');
    pusher.disconnect();
    pusher.connect();
    await heard.next('pusher:subscription_succeeded');
    await publisher(run.server).trigger('lasting', 'e', 1);
    assert.equal(await heard.next('e'), 1);
  });

  test('the server SDK asks about channels and users', async () => {
    const pusher = await connected(
      client(run.server, { user: { user_id: '9', user_info: {} } }));
    await subscribed(pusher, 'asked');
    await subscribed(pusher, 'presence-asked');
    const sdk = publisher(run.server);
    const ask = async (path, params) =>
      (await sdk.get({ path, params })).json();
    const { channels } = await ask('/channels');
    assert.deepEqual(channels, { 'asked': {}, 'presence-asked': {} });
    assert.deepEqual(
      await ask('/channels', { filter_by_prefix: 'presence-',
                               info: 'user_count' }),
      { channels: { 'presence-asked': { user_count: 1 } } });
    assert.deepEqual(await ask('/channels/asked'), { occupied: true });
    assert.deepEqual(
      await ask('/channels/presence-asked', { info: 'user_count' }),
      { occupied: true, user_count: 1 });
    assert.deepEqual(await ask('/channels/nobody'), { occupied: false });
    assert.deepEqual(await ask('/channels/presence-asked/users'),
                     { users: [{ id: '9' }] });
  });

  test('a publish answers what its info asks', async () => {
    const pusher = await connected(client(run.server, {
      app: countApp, user: { user_id: '1' },
    }));
    await subscribed(pusher, 'presence-p');
    await subscribed(pusher, 'counted');
    const sdk = publisher(run.server, countApp);
    const one = await sdk.trigger('presence-p', 'e', 1,
                                  { info: 'user_count,subscription_count' });
    assert.deepEqual(await one.json(), { channels: {
      'presence-p': { user_count: 1, subscription_count: 1 } } });
    const two = await sdk.trigger(['counted', 'empty'], 'e', 1,
                                  { info: 'subscription_count' });
    assert.deepEqual(await two.json(), { channels: {
      counted: { subscription_count: 1 }, empty: { subscription_count: 0 },
    } });
    const batch = await sdk.triggerBatch([
      { channel: 'presence-p', name: 'e', data: 1, info: 'user_count' },
      { channel: 'counted', name: 'e', data: 1 },
      { channel: 'counted', name: 'e', data: 1, info: 'subscription_count' },
    ]);
    assert.deepEqual(await batch.json(), { batch: [
      { user_count: 1 }, {}, { subscription_count: 1 }] });
  });

  test('the server SDK is refused with a wrong secret', async () => {
    const sdk = publisher(run.server, { ...mainApp, secret: 'wrong' });
    await assert.rejects(sdk.trigger('a', 'e', 1), { status: 401 });
  });

  test('a name or a payload too long is refused with a status', async () => {
    const sdk = publisher(run.server);
    await assert.rejects(sdk.trigger('c'.repeat(165), 'e', 1),
                         { status: 400 });
    await assert.rejects(sdk.trigger('c', 'e', 'x'.repeat(10_241)),
                         { status: 413 });
    await sdk.trigger('c', 'e', 'x'.repeat(10_240));
  });

  test('an idle pusher-js is not told any error', async () => {
    const pusher = await connected(client(run.server));
    const errors = errorsOf(pusher);
    await subscribed(pusher, 'calm');
    await publisher(run.server).trigger('calm', 'e', 1);
    await until(() => pusher.channel('calm').subscribed, 'subscribed');
    assert.equal(errors.length, 0);
  });
});
