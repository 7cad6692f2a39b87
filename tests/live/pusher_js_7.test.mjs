// An older major of pusher-js: what it does has to work as with the newest.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import Pusher7 from 'pusher-js-7';
import { quietApp } from './lib/apps.mjs';
import {
  Heard, client, connected, disconnectAll, errorsOf, publisher, subscribed,
} from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';

const person = (id) => ({ user_id: id, user_info: { name: `n${id}` } });

withServer('pusher-js 7', {}, (run) => {
  afterEach(disconnectAll);
  const old = (options) => client(run.server, { Library: Pusher7, ...options });

  test('it is version 7', () => {
    assert.match(Pusher7.VERSION ?? '7', /^7/);
    assert.notEqual(Pusher7, undefined);
  });

  test('it connects and is counted', async () => {
    await run.server.reaches(0, 'tidewire_connections');
    const pusher = await connected(old());
    assert.match(pusher.connection.socket_id, /^\d+\.\d+$/);
    await run.server.reaches(1, 'tidewire_connections', { app_id: '1' });
    pusher.disconnect();
    await run.server.reaches(0, 'tidewire_connections');
  });

  for (const name of ['orders', 'private-orders'])
    test(`an event on ${name} arrives`, async () => {
      const heard = await subscribed(await connected(old()), name);
      const data = { id: 7, note: 'ä “q” \u{1F30A}' };
      await publisher(run.server).trigger(name, 'shipped', data);
      assert.deepEqual(await heard.next('shipped'), data);
    });

  test('a private channel with a wrong signature fails, alone', async () => {
    const pusher = await connected(old({
      auth: () => ({ auth: `app-key:${'0'.repeat(64)}` }),
    }));
    const heard = new Heard(pusher.subscribe('private-locked'));
    const error = await heard.next('pusher:subscription_error');
    assert.equal(error.status, 401);
    await subscribed(pusher, 'open');
  });

  test('members of a presence channel see each other', async () => {
    const ada = await subscribed(
      await connected(old({ user: person('1') })), 'presence-room');
    assert.equal(ada.members.count, 1);
    assert.deepEqual(ada.members.me, { id: '1', info: { name: 'n1' } });
    const bobs = await connected(old({ user: person('2') }));
    const bob = await subscribed(bobs, 'presence-room');
    assert.equal(bob.members.count, 2);
    assert.deepEqual(await ada.next('pusher:member_added'),
                     { id: '2', info: { name: 'n2' } });
    bobs.disconnect();
    assert.equal((await ada.next('pusher:member_removed')).id, '2');
  });

  test('it and pusher-js 8 send client events to each other', async () => {
    const olds = await subscribed(
      await connected(old({ user: person('1') })), 'presence-chat');
    const news = await subscribed(
      await connected(client(run.server, { user: person('2') })),
      'presence-chat');
    await olds.next('pusher:member_added');
    olds.channel.trigger('client-typing', { x: 1 });
    assert.deepEqual(await news.next('client-typing'), { x: 1 });
    news.channel.trigger('client-typing', { x: 2 });
    assert.deepEqual(await olds.next('client-typing'), { x: 2 });
    assert.equal(olds.count('client-typing'), 1, 'no echo');
  });

  test('it is told when client events are off', async () => {
    const pusher = await connected(old({ app: quietApp }));
    const errors = errorsOf(pusher);
    const heard = await subscribed(pusher, 'private-quiet');
    heard.channel.trigger('client-typing', {});
    await errors.next('an error');
    assert.equal(pusher.connection.state, 'connected');
  });

  test('a key of no app ends it for good: 4001', async () => {
    const pusher = old({ app: { ...quietApp, key: 'no-such-key' } });
    const errors = errorsOf(pusher);
    const error = await errors.next('an error');
    assert.equal(error.data?.code ?? error.error?.data?.code, 4001);
  });

  test('it keeps its subscriptions over a reconnection', async () => {
    const pusher = await connected(old());
    const heard = await subscribed(pusher, 'lasting');
    pusher.disconnect();
    pusher.connect();
    await heard.next('pusher:subscription_succeeded');
    await publisher(run.server).trigger('lasting', 'e', 1);
    assert.equal(await heard.next('e'), 1);
  });
});
