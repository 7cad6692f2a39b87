// Webhooks as a backend sees them, checked with the real `pusher` SDK.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { channelAuth, publish } from './lib/api.mjs';
import { countApp, mainApp, quietApp } from './lib/apps.mjs';
import { Receiver, hookToml, hookedApp } from './lib/hooks.mjs';
import { RawPusher } from './lib/raw.mjs';
import { client, connected, disconnectAll, publisher, subscribed }
  from './lib/sdk.mjs';
import { Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';

const delay = 600;
const occupancy = { events: ['channel_occupied', 'channel_vacated'] };

/** Subscribes a raw client. */
async function join(server, channel, { key, auth } = {}) {
  const raw = await RawPusher.join(server, { key });
  await raw.subscribe(channel, auth?.(raw.socketId) ?? {});
  return raw;
}

const privately = (channel) => (id) => channelAuth(id, channel);
const as = (channel, user) => (id) =>
  channelAuth(id, channel, JSON.stringify({ user_id: user }));

describe('webhooks', { timeout: 300_000 * patience }, () => {
  let main, other, batches, counts, server;

  before(async () => {
    main = await Receiver.start();
    other = await Receiver.start();
    batches = await Receiver.start();
    counts = await Receiver.start();
    server = await Server.start({
      sections: { webhooks: { delay: `${delay}ms`, retry_for: '4s' } },
      apps: hookedApp(mainApp, [
        hookToml(`${main.origin}/all`),
        hookToml(`${main.origin}/filtered?x=1`,
                 { channels: ['presence-*', 'exact'], ...occupancy }),
        hookToml(`${batches.origin}/batch`,
                 { batch: true, batch_interval: '300ms', batch_events: 5,
                   channels: ['batch-*'], ...occupancy }),
      ]) + hookedApp(quietApp, [hookToml(`${other.origin}/other`, occupancy)])
        + hookedApp(countApp, [hookToml(`${counts.origin}/counts`)],
                    { subscription_counts: true }),
    });
  });

  after(async () => {
    disconnectAll();
    await server?.stop();
    for (const one of [main, other, batches, counts]) await one?.stop();
  });

  const onAll = (name, channel) => (e) =>
    e.name === name && e.channel === channel;
  const hookOf = (name, channel) =>
    main.next(`${name} of ${channel}`, onAll(name, channel));

  test('the SDK finds the webhook valid, and its fields exact', async () => {
    const page = await connected(client(server));
    const began = Date.now();
    await subscribed(page, 'sdk');
    const hook = await hookOf('channel_occupied', 'sdk');
    const webhook = publisher(server).webhook(hook);
    assert.ok(webhook.isValid(), 'signature and content type');
    assert.deepEqual(webhook.getEvents(),
                     [{ name: 'channel_occupied', channel: 'sdk' }]);
    assert.ok(Math.abs(webhook.getTime().getTime() - began) < 60_000);
    assert.equal(hook.headers['content-type'], 'application/json');
    assert.equal(hook.headers['x-pusher-key'], mainApp.key);
    assert.match(hook.rawBody, /^\{"time_ms":\d{13},"events":\[\{"name":/);
    assert.match(hook.id, /^1\/sdk\/channel_occupied\/[0-9a-f]+\/\d+$/);
    assert.equal(hook.path, '/all');
    assert.ok(!publisher(server, quietApp).webhook(hook).isValid());
    page.disconnect();
    await hookOf('channel_vacated', 'sdk');
  });

  test('vacated waits for the delay, and is not sent if the client returns',
       async () => {
    const first = await join(server, 'returns');
    await hookOf('channel_occupied', 'returns');
    await first.leave();
    const second = await join(server, 'returns');
    // What another channel does meanwhile takes as long as the delay.
    const witness = await join(server, 'witness');
    await witness.leave();
    await hookOf('channel_vacated', 'witness');
    const left = performance.now();
    await second.leave();
    const hook = await hookOf('channel_vacated', 'returns');
    assert.ok(hook.at - left > delay * 0.9, `${hook.at - left} ms`);
    assert.deepEqual(
      main.events.filter((e) => e.channel === 'returns' && e).map(
        (e) => e.name),
      ['channel_occupied', 'channel_vacated']);
  });

  test('members are users: two tabs of one are added once', async () => {
    const room = 'presence-room';
    const one = await join(server, room, { auth: as(room, 'ann') });
    assert.equal((await main.event('member_added', room)).user_id, 'ann');
    const two = await join(server, room, { auth: as(room, 'ann') });
    const bob = await join(server, room, { auth: as(room, 'bob') });
    assert.deepEqual(await main.event('member_added', room),
                     { name: 'member_added', channel: room, user_id: 'bob' });
    await two.leave();
    await bob.leave();
    assert.equal((await main.event('member_removed', room)).user_id, 'bob');
    await one.leave();
    assert.equal((await main.event('member_removed', room)).user_id, 'ann');
    const names = () => main.hooks.filter((h) => h.path === '/all')
      .flatMap((h) => h.events).filter((e) => e.channel === room)
      .map((e) => e.name);
    await until(() => names().includes('channel_vacated'), 'it is vacated');
    assert.deepEqual(names(), [
      'channel_occupied', 'member_added', 'member_added', 'member_removed',
      'member_removed', 'channel_vacated']);
  });

  test('a client event has its sender; publishes are none', async () => {
    const room = 'presence-talk';
    const ann = await join(server, room, { auth: as(room, 'ann') });
    await publish(server, { name: 'e', channel: room, data: '1',
                            socket_id: ann.socketId });
    ann.send('client-hi', { text: 'ä"\n' }, room);
    assert.deepEqual(await main.event('client_event', room), {
      name: 'client_event', channel: room, event: 'client-hi',
      data: JSON.stringify({ text: 'ä"\n' }), socket_id: ann.socketId,
      user_id: 'ann',
    });
    const bob = await join(server, 'private-talk',
                           { auth: privately('private-talk') });
    bob.send('client-x', 'plain', 'private-talk');
    const event = await main.event('client_event', 'private-talk');
    assert.equal(event.data, 'plain');
    assert.ok(!('user_id' in event));
    assert.equal(
      main.events.filter((e) => e.name === 'client_event').length, 2);
    await ann.leave();
    await bob.leave();
  });

  test('a miss that many meet at the same time is told once', async () => {
    const joined = await Promise.all(
      Array.from({ length: 5 }, () => join(server, 'cache-x')));
    assert.deepEqual(await main.event('cache_miss', 'cache-x'),
                     { name: 'cache_miss', channel: 'cache-x' });
    await publish(server, { name: 'e', channel: 'cache-x', data: '1' });
    joined.push(await join(server, 'cache-x'), await join(server, 'cache-y'));
    await main.event('cache_miss', 'cache-y');
    assert.equal(main.events.filter((e) =>
      e.name === 'cache_miss' && e.channel === 'cache-x').length, 1);
    for (const one of joined) await one.leave();
  });

  test('counts are told of every change, but not of presence', async () => {
    const { key } = countApp;
    const told = async () => {
      const event = await counts.event('subscription_count', 'few');
      assert.deepEqual(Object.keys(event),
                       ['name', 'channel', 'subscription_count']);
      return event.subscription_count;
    };
    const one = await join(server, 'few', { key });
    assert.equal(await told(), 1);
    const two = await join(server, 'few', { key });
    assert.equal(await told(), 2);
    const room = 'presence-few';
    const ann = await join(server, room, { key, auth: (id) =>
      channelAuth(id, room, '{"user_id":"ann"}', countApp) });
    await counts.event('member_added', room);
    await one.leave();
    assert.equal(await told(), 1);
    await two.leave();
    assert.equal(await told(), 0);
    await ann.leave();
    await counts.event('channel_vacated', room);
    const named = new Set(counts.events.filter((e) => e.channel === room)
      .map((e) => e.name));
    assert.ok(!named.has('subscription_count'));
  });

  test('an endpoint hears of its events and channels only', async () => {
    const filtered = (e) => main.hooks.filter((h) => h.path.startsWith('/fil')
      && h.events.some((x) => x.channel === e));
    const exact = await join(server, 'exact');
    const exactly = await join(server, 'exactly');
    await until(() => filtered('exact').length === 1, 'exact is told');
    await hookOf('channel_occupied', 'exactly');
    assert.equal(filtered('exactly').length, 0);
    assert.equal(filtered('exact')[0].path, '/filtered?x=1');
    const names = main.hooks.filter((h) => h.path.startsWith('/fil'))
      .flatMap((h) => h.events.map((e) => e.name));
    assert.ok(names.every((n) => n.startsWith('channel_')), names.join());
    await exact.leave();
    await exactly.leave();
  });

  test('a batch holds several events of one app, and no more than it may',
       async () => {
    const joined = [];
    for (let i = 0; i < 7; ++i)
      joined.push(await join(server, `batch-${i}`));
    const seen = () => batches.hooks.flatMap((h) => h.events);
    await until(() => seen().length === 7, 'all events came');
    assert.ok(batches.hooks.length < 7, 'some came together');
    assert.ok(batches.hooks.every((h) => h.events.length <= 5));
    for (const hook of batches.hooks) {
      assert.ok(publisher(server).webhook(hook).isValid());
      assert.match(hook.id, /^1\/batch\/[0-9a-f]+\/\d+$/);
    }
    assert.deepEqual(seen().map((e) => e.channel).sort(),
                     joined.map((_, i) => `batch-${i}`));
    for (const one of joined) await one.leave();
  });

  test('a try that fails is repeated after 1 and 2 seconds, the same',
       async () => {
    const tries = [];
    main.answer = (hook) => {
      if (!hook.events.some((e) => e.channel === 'retry')) return 200;
      tries.push(hook);
      return [500, 302, 200][tries.length - 1] ?? 200;
    };
    const raw = await join(server, 'retry');
    await hookOf('channel_occupied', 'retry');
    main.answer = () => 200;
    assert.equal(tries.length, 3);
    assert.equal(new Set(tries.map((t) => t.id)).size, 1);
    assert.equal(new Set(tries.map((t) => t.rawBody)).size, 1);
    const pauses = [tries[1].at - tries[0].at, tries[2].at - tries[1].at];
    assert.ok(pauses[0] > 950 && pauses[0] < 1900 * patience, `${pauses}`);
    assert.ok(pauses[1] > 1950 && pauses[1] < 3800 * patience, `${pauses}`);
    await raw.leave();
  });

  test('a redirect is a failure, and is not followed', async () => {
    let tries = 0;
    main.answer = (hook) =>
      hook.events[0].channel === 'moved' && ++tries === 1 ? 302 : 200;
    const raw = await join(server, 'moved');
    await hookOf('channel_occupied', 'moved');
    main.answer = () => 200;
    assert.equal(tries, 2);
    assert.ok(main.hooks.every((h) => h.path !== '/other'));
    await raw.leave();
  });

  test('an endpoint that does not answer delays no other app', async () => {
    main.answer = (hook) =>
      hook.events[0].channel.startsWith('slow') ? 'hang' : 200;
    const slow = [];
    for (let i = 0; i < 20; ++i) slow.push(await join(server, `slow-${i}`));
    await until(() => main.hooks.some((h) => h.verdict === 'hang'), 'it hangs');
    const began = performance.now();
    const raw = await join(server, 'quick', { key: quietApp.key });
    await other.event('channel_occupied', 'quick');
    const took = performance.now() - began;
    assert.ok(took < 500 * patience, `${took} ms`);
    main.answer = () => 200;
    main.letGo();
    for (const one of slow) await one.leave();
    await raw.leave();
    await other.event('channel_vacated', 'quick');
    assert.ok(other.hooks.every((h) =>
      publisher(server, quietApp).webhook(h).isValid()
      && h.events.every((e) => e.channel === 'quick')));
  });

  test('connections are kept for the next webhook', async () => {
    const before = main.sockets;
    for (let i = 0; i < 20; ++i) {
      const raw = await join(server, `kept-${i}`);
      await hookOf('channel_occupied', `kept-${i}`);
      await raw.leave();
    }
    assert.ok(main.sockets <= before + 8, `${main.sockets} sockets`);
  });

  test('the figures say what was sent and what failed', async () => {
    await server.reaches(0, 'tidewire_webhooks_queue', {}, 60_000);
    assert.ok(await server.metric('tidewire_webhooks_sent_total',
                                  { app_id: '1' }) > 20);
    assert.equal(await server.metric('tidewire_webhooks_failed_total',
                                     { app_id: '2' }), 0);
    assert.ok(await server.metric('tidewire_webhooks_failed_total',
                                  { app_id: '1' }) >= 3);
  });
});
