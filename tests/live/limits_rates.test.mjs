// Limits of publishes, reads and client events per second (docs/limits.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, channelAuth, isSentence, publish } from './lib/api.mjs';
import { appOf, appsWith, codes, knock, opened, refusals }
  from './lib/limits.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

withServer('the rates of an app', {
  apps: appsWith({ 3: 'publishes_per_second = 10', 4: 'reads_per_second = 5',
                   5: 'client_events_per_second = 3', 6: '' }),
  sections: { server: { reactors: 2 } },
}, (run) => {
  const event = { name: 'e', channel: 'c', data: '' };

  test('publishes_per_second: 10 channels pass, the 11th is 429 with '
       + 'Retry-After', async () => {
    const { server } = run;
    const app = appOf(3);
    const quiet = () => call(server, 'GET', '/channels', { app });
    const name = { app_id: '3', reason: 'publish_rate' };
    const before = await server.metric('tidewire_limited_total', name);
    const channels = (count) =>
      Array.from({ length: count }, (_, i) => `c${i}`);
    const full = await publish(
      server, { name: 'e', data: '', channels: channels(10) }, { app });
    assert.equal(full.status, 200, full.text);
    const over = await publish(
      server, { name: 'e', data: '', channels: channels(9) }, { app });
    assert.equal(over.status, 429);
    isSentence(over);
    assert.match(over.text, /publishes_per_second/);
    assert.equal(over.headers.get('retry-after'), '1');
    await server.reaches(before + 1, 'tidewire_limited_total', name);
    assert.equal((await quiet()).status, 200, 'asking is another matter');
    // Nothing of a refused one was delivered or counted.
    await until(async () => (await publish(server, event, { app })).status
                === 200, 'a publish passes again', 3000);
    const other = await publish(server, event, { app: appOf(6) });
    assert.equal(other.status, 200, 'another app has a rate of its own');
  });

  test('publishes_per_second: a batch counts its events', async () => {
    const { server } = run;
    const app = appOf(3);
    const batch = (count) => call(server, 'POST', '/batch_events', {
      app, body: { batch: Array(count).fill(event) } });
    // A whole second's worth, once nothing is owed any more.
    await until(async () => (await batch(10)).status === 200,
                'ten events pass', 5000);
    assert.equal((await batch(10)).status, 429);
  });

  test('reads_per_second: the 6th question is 429', async () => {
    const { server } = run;
    const app = appOf(4);
    const tails = ['/channels', '/channels/a', '/channels/a/stats',
                   '/connections', '/channels/presence-a/users'];
    const answers = await Promise.all(
      [...tails, ...tails, ...tails].map(
        (tail) => call(server, 'GET', tail, { app })));
    const passed = answers.filter((one) => one.status === 200).length;
    assert.ok(passed >= 5 && passed <= 7, `${passed} were answered`);
    for (const one of answers.filter((a) => a.status !== 200)) {
      assert.equal(one.status, 429);
      isSentence(one);
      assert.match(one.text, /reads_per_second/);
    }
    const sent = await publish(server, event, { app });
    assert.equal(sent.status, 200, 'publishing is another matter');
    assert.ok(await server.metric('tidewire_limited_total',
                                  { app_id: '4', reason: 'read_rate' }) >= 8);
  });

  test('client_events_per_second: the 4th is refused with 4301', async () => {
    const { server } = run;
    const name = { app_id: '5', reason: 'client_event_rate' };
    const before = await server.metric('tidewire_limited_total', name);
    const { raw } = await knock(server, 'key-5');
    await raw.subscribe('private-b', channelAuth(
      raw.socketId, 'private-b', undefined, appOf(5)));
    for (let i = 0; i < 4; ++i) raw.send('client-y', {}, 'private-b');
    assert.equal((await raw.nextEvent('pusher:error')).data.code, 4301);
    await raw.fence();
    await server.reaches(before + 1, 'tidewire_limited_total', name);
    raw.destroy();
  });
});

const two = appsWith({ 1: '', 2: '' });

withServer('the rates of a node', {
  apps: two,
  sections: { limits: { connections_per_second: 4, publishes_per_second: 4,
                        reads_per_second: 4 },
              server: { reactors: 2 } },
}, (run) => {
  test('they hold for all apps together', async () => {
    const { server } = run;
    const all = await Promise.all(Array.from(
      { length: 16 }, (_, i) => knock(server, `key-${1 + i % 2}`)));
    const served = opened(all).length;
    assert.ok(served >= 4 && served <= 6, `${served} were served`);
    assert.ok(codes(all).every((code) => code === 4100));
    assert.equal(await refusals(server, 'node_rate'), 16 - served);
    for (const raw of opened(all)) raw.destroy();
    const event = { name: 'e', channel: 'c', data: '' };
    for (const ask of [
      (i) => publish(server, event, { app: appOf(1 + i % 2) }),
      (i) => call(server, 'GET', '/channels', { app: appOf(1 + i % 2) })]) {
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, i) => ask(i)));
      const passed = answers.filter((one) => one.status === 200).length;
      assert.ok(passed >= 4 && passed <= 6, `${passed} passed`);
      const over = answers.find((one) => one.status === 429);
      assert.match(over.text, /limits\.\w+_per_second/);
      assert.match(over.headers.get('retry-after'), /^\d+$/);
    }
  });
});
