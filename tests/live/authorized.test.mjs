// Apps that take authorized connections only, protocol.md §11.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { mainApp } from './lib/apps.mjs';
import { channelAuth, publish } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import { client, connected, disconnectAll, subscribed } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';
import { rawSignin } from './lib/users.mjs';

const strict = { id: '9', key: 'strict-key', secret: 'strict-secret' };
const apps = `
[[apps]]
id = "1"
keys = [{ key = "${mainApp.key}", secret = "${mainApp.secret}" }]

[[apps]]
id = "9"
keys = [{ key = "${strict.key}", secret = "${strict.secret}" }]
authorized_only = true
`;
const timeout = 1500 * patience;
const limits = { authorization_timeout: `${timeout}ms` };
const labels = { app_id: strict.id };

withServer('authorized connections', { apps, sections: { limits } }, (run) => {
  const join = () => RawPusher.join(run.server, { key: strict.key });
  const open = () => run.server.connections(strict.id);
  const gauge = async () => (await run.server.get('/v1/gauge')).json();
  const waiting = async () => (await gauge()).unauthorized[strict.id] ?? 0;

  afterEach(async () => {
    disconnectAll();
    await until(async () => await open() === 0 && await waiting() === 0,
                'everybody is gone');
    assert.equal((await gauge()).drift, 0);
  });

  test('a connection is not counted until it signs in', async () => {
    const raw = await join();
    await raw.fence();
    assert.equal(await open(), 0);
    const { total, apps: perApp, unauthorized, pending, drift } =
      await gauge();
    assert.equal(total, 0);
    assert.equal(perApp[strict.id], 0);
    assert.deepEqual(unauthorized, { [strict.id]: 1 });
    assert.ok(pending >= 1);
    assert.equal(drift, 0);
    await rawSignin(raw, { id: 'ann' }, strict);
    assert.equal(await open(), 1);
    assert.equal(await waiting(), 0);
    raw.destroy();
  });

  const rooms = {
    'private-x': undefined,
    'presence-x': '{"user_id":"1"}',
    'private-cache-x': undefined,
    'private-encrypted-x': undefined,
  };
  for (const [channel, data] of Object.entries(rooms))
    test(`a subscription to ${channel} authorizes`, async () => {
      const raw = await join();
      await raw.subscribe(
        channel, channelAuth(raw.socketId, channel, data, strict));
      assert.equal(await open(), 1);
      raw.destroy();
    });

  test('a public channel is served but does not authorize', async () => {
    const raw = await join();
    await raw.subscribe('news');
    await publish(run.server, { name: 'e', channel: 'news', data: '1' },
                  { app: strict });
    assert.equal((await raw.nextEvent()).event, 'e');
    assert.equal(await open(), 0);
    raw.destroy();
  });

  test('a subscription or sign-in that fails does not authorize',
       async () => {
    const raw = await join();
    raw.send('pusher:subscribe', { auth: `${strict.key}:0`,
                                   channel: 'private-x' });
    await raw.nextEvent('pusher:subscription_error');
    raw.send('pusher:signin', { auth: `${strict.key}:0`,
                                user_data: '{"id":"a"}' });
    await raw.nextEvent('pusher:error');
    assert.equal(await open(), 0);
    raw.destroy();
  });

  test('after the timeout it is closed with 4009 and counted as refused',
       async () => {
    const metric = () => run.server.metric(
      'tidewire_connections_refused_total',
      { ...labels, reason: 'unauthorized' });
    const before = await metric();
    const begun = performance.now();
    const raw = await join();
    await raw.subscribe('news');
    const { code } = await raw.nextClose();
    assert.equal(code, 4009);
    assert.ok(performance.now() - begun >= timeout - 100);
    await raw.gone();
    raw.destroy();
    assert.equal(await metric(), before + 1);
    assert.equal(await run.server.metric(
      'tidewire_connections_opened_total', labels),
      await run.server.metric('tidewire_connections_closed_total', labels));
  });

  test('an authorized connection outlives the timeout', async () => {
    const raw = await join();
    await rawSignin(raw, { id: 'ann' }, strict);
    const other = await join(); // is closed at its end, later than ours
    assert.equal((await other.nextClose()).code, 4009);
    await raw.fence();
    assert.equal(await open(), 1);
    raw.destroy();
    other.destroy();
  });

  test('one that leaves before is counted as abandoned', async () => {
    const reason = { ...labels, reason: 'abandoned' };
    const name = 'tidewire_connections_refused_total';
    const before = await run.server.metric(name, reason);
    const raw = await join();
    await raw.leave();
    await run.server.reaches(before + 1, name, reason);
  });

  test('pusher-js is counted when its private channel is', async () => {
    const pusher = await connected(client(run.server, { app: strict }));
    assert.equal(await open(), 0);
    await subscribed(pusher, 'private-js');
    assert.equal(await open(), 1);
  });

  test('other apps are not concerned', async () => {
    const raw = await RawPusher.join(run.server);
    assert.equal(await run.server.connections('1'), 1);
    raw.destroy();
  });
});

test('a drain closes those that are not authorized as well', async () => {
  const server = await Server.start({ apps });
  const raw = await RawPusher.join(server, { key: strict.key });
  const closed = raw.nextClose(10_000);
  await server.stop();
  assert.equal((await closed).code, 4200);
  raw.destroy();
});
