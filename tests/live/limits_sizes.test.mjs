// Sizes and counts that an app may have otherwise than everybody, each at its
// value and one beyond it (docs/limits.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, channelAuth, publish } from './lib/api.mjs';
import { appOf, appsWith, knock } from './lib/limits.mjs';
import { withServer } from './lib/suite.mjs';

const limitsOfApp = `
[apps.limits]
max_message = "4KiB"
event_data = "2KiB"
event_name = 10
channel_name = 20
channels_per_event = 2
events_per_batch = 2
presence_members = 2
presence_user = "100B"
presence_user_id = 5
subscriptions_per_connection = 3
`;

withServer('the sizes of an app', {
  apps: appsWith({ 5: limitsOfApp, 6: '' }),
  sections: { server: { reactors: 2 } },
}, (run) => {
  const event = { name: 'e', channel: 'c', data: '' };
  const five = appOf(5);

  test('subscriptions_per_connection: the 4th is refused, until one is left',
       async () => {
    const { server } = run;
    const { raw } = await knock(server, 'key-5');
    for (const name of ['a', 'b', 'c']) await raw.subscribe(name);
    raw.send('pusher:subscribe', { auth: '', channel: 'd' });
    const no = await raw.nextEvent('pusher:subscription_error');
    assert.equal(no.channel, 'd');
    const data = typeof no.data === 'string' ? JSON.parse(no.data) : no.data;
    assert.equal(data.type, 'LimitReached');
    assert.ok(data.error.length > 10);
    await server.reaches(1, 'tidewire_limited_total',
                         { app_id: '5', reason: 'subscriptions' });
    raw.send('pusher:unsubscribe', { channel: 'b' });
    await raw.subscribe('d');
    await raw.fence();
    raw.destroy();
  });

  test('event_data: 2,048 bytes are taken, 2,049 are 413', async () => {
    const { server } = run;
    const send = (size) => publish(
      server, { ...event, data: 'x'.repeat(size) }, { app: five });
    const name = { app_id: '5', reason: 'event_size' };
    const before = await server.metric('tidewire_limited_total', name);
    assert.equal((await send(2048)).status, 200);
    const over = await send(2049);
    assert.equal(over.status, 413);
    assert.match(over.text, /2048/);
    await server.reaches(before + 1, 'tidewire_limited_total', name);
    const elsewhere = await publish(
      server, { ...event, data: 'x'.repeat(2049) }, { app: appOf(6) });
    assert.equal(elsewhere.status, 200, 'another app has its own');
  });

  test('event_data: it holds for client events, too', async () => {
    const { server } = run;
    const auth = (raw) => channelAuth(raw.socketId, 'private-a', undefined,
                                      five);
    const { raw } = await knock(server, 'key-5');
    const { raw: other } = await knock(server, 'key-5');
    await raw.subscribe('private-a', auth(raw));
    await other.subscribe('private-a', auth(other));
    raw.send('client-x', 'x'.repeat(2048), 'private-a');
    assert.equal((await other.nextEvent('client-x')).data.length, 2048);
    raw.send('client-x', 'x'.repeat(2049), 'private-a');
    assert.match((await raw.nextEvent('pusher:error')).data.message, /2048/);
    raw.destroy();
    other.destroy();
  });

  test('max_message: 4,096 bytes are heard, 4,097 close with 1009',
       async () => {
    const { raw } = await knock(run.server, 'key-5');
    const padded = (size) => {
      const empty = '{"event":"pusher:ping","data":""}';
      return empty.replace('""', `"${'x'.repeat(size - empty.length)}"`);
    };
    raw.sendText(padded(4096));
    await raw.nextEvent('pusher:pong');
    raw.sendText(padded(4097));
    assert.equal((await raw.nextClose()).code, 1009);
    raw.destroy();
  });

  test('names, channels and batches of an app have its own limits',
       async () => {
    const { server } = run;
    const status = async (tail, body) =>
      (await call(server, 'POST', tail, { app: five, body })).status;
    const name = (n) => ({ ...event, name: 'n'.repeat(n) });
    assert.equal(await status('/events', name(10)), 200);
    assert.equal(await status('/events', name(11)), 400);
    const channel = (n) => ({ ...event, channel: 'c'.repeat(n) });
    assert.equal(await status('/events', channel(20)), 200);
    assert.equal(await status('/events', channel(21)), 400);
    const many = (n) => ({ name: 'e', data: '', channels: Array.from(
      { length: n }, (_, i) => `c${i}`) });
    assert.equal(await status('/events', many(2)), 200);
    assert.equal(await status('/events', many(3)), 400);
    const batch = (n) => ({ batch: Array(n).fill(event) });
    assert.equal(await status('/batch_events', batch(2)), 200);
    assert.equal(await status('/batch_events', batch(3)), 400);
    const get = (n) => call(server, 'GET', `/channels/${'c'.repeat(n)}`,
                            { app: five });
    assert.equal((await get(20)).status, 200);
    assert.equal((await get(21)).status, 400);
  });

  test('presence channels of an app have its own limits', async () => {
    const { server } = run;
    const enter = async (channel, data) => {
      const { raw } = await knock(server, 'key-5');
      raw.send('pusher:subscribe', {
        channel, ...channelAuth(raw.socketId, channel, data, five) });
      const answer = JSON.parse((await raw.nextFrame()).payload);
      return { raw, event: answer.event };
    };
    const good = 'pusher_internal:subscription_succeeded';
    const bad = 'pusher:subscription_error';
    const all = [];
    for (const [data, expected] of [
      ['{"user_id":"1"}', good], ['{"user_id":"2"}', good],
      ['{"user_id":"1"}', good], ['{"user_id":"3"}', bad]]) {
      all.push(await enter('presence-full', data));
      assert.equal(all.at(-1).event, expected, data);
    }
    for (const [data, expected] of [
      ['{"user_id":"12345"}', good], ['{"user_id":"123456"}', bad]]) {
      all.push(await enter('presence-id', data));
      assert.equal(all.at(-1).event, expected, data);
    }
    const sized = (n) => {
      const empty = '{"user_id":"1","user_info":""}';
      return empty.replace('""', `"${'x'.repeat(n - empty.length)}"`);
    };
    for (const [size, expected] of [[100, good], [101, bad]]) {
      all.push(await enter('presence-size', sized(size)));
      assert.equal(all.at(-1).event, expected, `${size} bytes`);
    }
    for (const { raw } of all) raw.destroy();
  });
});
