// Events that one client sends to the others, protocol.md §5.9.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { quietApp } from './lib/apps.mjs';
import { channelAuth } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import {
  client, connected, disconnectAll, errorsOf, publisher, subscribed,
} from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until, within } from './lib/until.mjs';

withServer('client events', {}, (run) => {
  afterEach(disconnectAll);

  /** A client on a channel: pusher-js, what it heard, its errors. */
  const enter = async (name, options) => {
    const pusher = await connected(client(run.server, options));
    const errors = errorsOf(pusher);
    return { pusher, errors, heard: await subscribed(pusher, name) };
  };

  /** A raw client, for what pusher-js would not send. */
  const enterRaw = async (name) => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe(
      name, /^private-/.test(name) ? channelAuth(raw.socketId, name) : {});
    return raw;
  };

  test('a client event on a private channel reaches the others', async () => {
    const a = await enter('private-chat');
    const b = await enter('private-chat');
    const c = await enter('private-chat');
    a.heard.channel.trigger('client-typing', { on: true });
    assert.deepEqual(await b.heard.next('client-typing'), { on: true });
    assert.deepEqual(await c.heard.next('client-typing'), { on: true });
    b.heard.channel.trigger('client-typing', { on: false });
    assert.deepEqual(await a.heard.next('client-typing'), { on: false });
    assert.equal(a.heard.count('client-typing'), 1); // not its own
  });

  test('on presence channels they carry the sender’s user_id', async () => {
    const a = await enter('presence-chat', { user: { user_id: 'ann' } });
    const b = await enter('presence-chat', { user: { user_id: 10 } });
    const got = new Promise((done) => a.heard.channel.bind(
      'client-hello', (data, meta) => done({ data, meta })));
    b.heard.channel.trigger('client-hello', { x: 1 });
    assert.deepEqual(await within(got, 'the event'),
                     { data: { x: 1 }, meta: { user_id: '10' } });
  });

  test('on private channels they carry no user_id', async () => {
    const raw = await enterRaw('private-wire');
    const { heard } = await enter('private-wire');
    heard.channel.trigger('client-x', { a: 1 });
    const event = await raw.nextEvent('client-x');
    assert.deepEqual(event, { event: 'client-x', channel: 'private-wire',
                              data: '{"a":1}' });
    raw.destroy();
  });

  test('data may be a string or any JSON value', async () => {
    const { heard } = await enter('private-any');
    const raw = await enterRaw('private-any');
    for (const data of ['text', '{"a":1}', { a: 1 }, [1], 5, true, null]) {
      raw.send('client-any', data, 'private-any');
      const expected = data === '{"a":1}' ? { a: 1 } : data;
      assert.deepEqual(await heard.next('client-any'), expected);
    }
    raw.destroy();
  });

  const rejected = async (raw, event, channel, data = {}) => {
    raw.send(event, data, channel);
    const { data: error } = await raw.nextEvent('pusher:error');
    assert.equal(error.code ?? null, null);
    assert.ok(error.message.length > 10, error.message);
    await raw.fence();
    return error.message;
  };

  test('a public channel takes none', async () => {
    const { heard } = await enter('public-chat');
    const raw = await enterRaw('public-chat');
    assert.match(await rejected(raw, 'client-x', 'public-chat'),
                 /only supported on private and presence channels/);
    await publisher(run.server).trigger('public-chat', 'fence', 1);
    await heard.next('fence');
    assert.equal(heard.count('client-x'), 0);
    raw.destroy();
  });

  test('a channel that the client is not subscribed to takes none',
       async () => {
    const { heard } = await enter('private-closed');
    const raw = await RawPusher.join(run.server);
    await rejected(raw, 'client-x', 'private-closed');
    await publisher(run.server).trigger('private-closed', 'fence', 1);
    await heard.next('fence');
    assert.equal(heard.count('client-x'), 0);
    raw.destroy();
  });

  test('an event of another name is none of a client’s', async () => {
    const { heard } = await enter('private-names');
    const raw = await enterRaw('private-names');
    await rejected(raw, 'shipped', 'private-names');
    await rejected(raw, `client-${'x'.repeat(200)}`, 'private-names');
    await publisher(run.server).trigger('private-names', 'fence', 1);
    await heard.next('fence');
    assert.equal(heard.all.length, 2); // subscription_succeeded and the fence
    raw.destroy();
  });

  test('an app may have them switched off', async () => {
    const a = await enter('private-chat', { app: quietApp });
    const b = await enter('private-chat', { app: quietApp });
    a.heard.channel.trigger('client-typing', {});
    const error = await a.errors.next('pusher:error');
    assert.match(error.data.message, /enable this feature/);
    assert.equal(a.pusher.connection.state, 'connected');
    await publisher(run.server, quietApp).trigger('private-chat', 'fence', 1);
    await b.heard.next('fence');
    assert.equal(b.heard.count('client-typing'), 0);
  });

  test('data over 10 KB is an error and is not delivered', async () => {
    const { heard } = await enter('private-size');
    const raw = await enterRaw('private-size');
    await rejected(raw, 'client-x', 'private-size', 'x'.repeat(10_241));
    raw.send('client-x', 'y'.repeat(10_240), 'private-size');
    assert.equal(await heard.next('client-x'), 'y'.repeat(10_240));
    raw.destroy();
  });

  test('the eleventh in a second is refused with 4301', async () => {
    const a = await enter('private-flood');
    const b = await enter('private-flood');
    for (let i = 0; i < 30; ++i) a.heard.channel.trigger('client-n', i);
    const error = await a.errors.next('error 4301');
    assert.equal(error.data.code, 4301);
    // Ten were within the limit; the connection stays, and after a while it
    // may speak again.
    for (let i = 0; i < 10; ++i)
      assert.equal(await b.heard.next('client-n'), i);
    assert.equal(a.pusher.connection.state, 'connected');
    await until(() => {
      a.heard.channel.trigger('client-again', 1);
      return b.heard.count('client-again') > 0;
    }, 'client events are taken again');
    assert.equal(a.pusher.connection.state, 'connected');
    assert.ok(b.heard.count('client-n') < 30);
  });

  test('one flooding client does not use up the rate of another', async () => {
    const a = await enter('private-fair');
    const b = await enter('private-fair');
    const c = await enter('private-fair');
    for (let i = 0; i < 30; ++i) a.heard.channel.trigger('client-a', i);
    await a.errors.next('error 4301');
    b.heard.channel.trigger('client-b', 1);
    assert.equal(await c.heard.next('client-b'), 1);
    assert.equal(b.errors.length, 0);
  });
});
