// Laravel Echo, which most pages use instead of bare pusher-js.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  client, connected, disconnectAll, echo, publisher,
} from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { Inbox, within } from './lib/until.mjs';

withServer('laravel-echo', {}, (run) => {
  afterEach(disconnectAll);

  const page = async (user) =>
    echo(await connected(client(run.server, { user })));

  /** Resolves once a new channel is subscribed. */
  const ready = (channel) => within(new Promise((done, fail) => {
    channel.subscribed(() => done(channel));
    channel.error(fail);
  }), 'the subscription');

  test('a page listens to a public channel', async () => {
    const heard = new Inbox();
    const one = await page();
    await ready(one.channel('orders')
      .listen('OrderShipped', (event) => heard.push(event)));
    assert.equal(one.socketId(), one.connector.pusher.connection.socket_id);
    await publisher(run.server)
      .trigger('orders', 'App\\Events\\OrderShipped', { id: 5 });
    assert.deepEqual(await heard.next('OrderShipped'), { id: 5 });
  });

  test('a page listens to a private channel and stops', async () => {
    const heard = new Inbox();
    const one = await page();
    const channel = one.private('orders.1');
    await ready(channel.listen('.order.paid', (event) => heard.push(event)));
    const sdk = publisher(run.server);
    await sdk.trigger('private-orders.1', 'order.paid', { id: 1 });
    assert.deepEqual(await heard.next('order.paid'), { id: 1 });
    channel.stopListening('.order.paid');
    channel.listen('.order.sent', (event) => heard.push(event));
    await sdk.trigger('private-orders.1', 'order.paid', { id: 2 });
    await sdk.trigger('private-orders.1', 'order.sent', { id: 3 });
    assert.deepEqual(await heard.next('order.sent'), { id: 3 });
  });

  test('a broadcast to others skips the page that caused it', async () => {
    const mine = new Inbox();
    const theirs = new Inbox();
    const one = await page();
    const two = await page();
    await ready(one.private('news').listen('.e', (e) => mine.push(e)));
    await ready(two.private('news').listen('.e', (e) => theirs.push(e)));
    const sdk = publisher(run.server);
    await sdk.trigger('private-news', 'e', 1, { socket_id: one.socketId() });
    await sdk.trigger('private-news', 'e', 2);
    assert.equal(await theirs.next('e'), 1);
    assert.equal(await mine.next('e'), 2);
  });

  test('here, joining and leaving tell who is in the room', async () => {
    const heard = new Inbox();
    const one = await page({ user_id: 1, user_info: { name: 'Ann' } });
    one.join('room')
      .here((users) => heard.push({ here: users }))
      .joining((user) => heard.push({ joining: user }))
      .leaving((user) => heard.push({ leaving: user }));
    assert.deepEqual(await heard.next('here'), { here: [{ name: 'Ann' }] });
    const two = await page({ user_id: 2, user_info: { name: 'Bob' } });
    const here = await within(
      new Promise((done) => two.join('room').here(done)), 'here');
    assert.deepEqual(here.map((u) => u.name).sort(), ['Ann', 'Bob']);
    assert.deepEqual(await heard.next('joining'), { joining: { name: 'Bob' } });
    two.leave('room');
    assert.deepEqual(await heard.next('leaving'), { leaving: { name: 'Bob' } });
  });

  test('whispers go to the others in a room', async () => {
    const heard = new Inbox();
    const one = await page({ user_id: 1, user_info: {} });
    const two = await page({ user_id: 2, user_info: {} });
    await ready(one.join('chat')
      .listenForWhisper('typing', (event) => heard.push(event)));
    const other = await ready(two.join('chat'));
    other.whisper('typing', { name: 'Bob' });
    assert.deepEqual(await heard.next('whisper'), { name: 'Bob' });
  });

  test('leaving a channel ends its events', async () => {
    const heard = new Inbox();
    const one = await page();
    await ready(one.channel('left').listen('.e', () => heard.push('left')));
    await ready(one.channel('kept').listen('.e', () => heard.push('kept')));
    one.leaveChannel('left');
    await publisher(run.server).trigger(['left', 'kept'], 'e', {});
    assert.equal(await heard.next('e'), 'kept');
  });

  test('a refused private channel reports an error', async () => {
    const one = echo(await connected(client(run.server, {
      auth: () => ({ auth: 'app-key:nonsense' }),
    })));
    const error = await within(
      new Promise((done) => one.private('no').error(done)), 'an error');
    assert.equal(error.status, 401);
  });
});
