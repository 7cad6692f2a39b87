// Where other servers of this protocol are known to be wrong (protocol.md §13,
// docs/compatibility.md), one test each: these must stay right here.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { channelAuth, call, expecting, publish } from './lib/api.mjs';
import { appsToml, countApp, mainApp, offApp } from './lib/apps.mjs';
import { close, op } from './lib/frames.mjs';
import { RawPusher } from './lib/raw.mjs';
import { client, connected, disconnectAll, errorsOf, publisher, subscribed }
  from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { Inbox, until } from './lib/until.mjs';

withServer('defects of peers', {
  sections: { limits: { activity_timeout: '2s', pong_timeout: '500ms' } },
}, (run) => {
  afterEach(disconnectAll);
  const { ok, refused } = expecting(run);
  const nobody = () => run.server.reaches(0, 'tidewire_connections');
  const refusals = () => run.server.metric('tidewire_connections_refused_total');
  const noDrift = () => run.server.reaches(0, 'tidewire_gauge_drift');

  test('soketi: the activity timeout announced is the one kept', async () => {
    const raw = await RawPusher.join(run.server);
    assert.equal(raw.activityTimeout, 2);
    const begun = performance.now();
    const one = await raw.nextClose(10_000);
    assert.equal(one.code, 4201);
    const seconds = (performance.now() - begun) / 1000;
    assert.ok(seconds < 120, `closed after ${seconds} s`);
    raw.destroy();
  });

  test('soketi: a publish is answered with {}, nothing else', async () => {
    const event = { name: 'e', channel: 'a', data: '1' };
    assert.deepEqual(await ok('POST', '/events', { body: event }), {});
    assert.deepEqual(
      Object.keys(await ok('POST', '/batch_events',
                           { body: { batch: [event] } }))
        .filter((key) => key !== 'batch'), []);
  });

  test('soketi and Reverb: an old signed request is refused', async () => {
    const body = { name: 'e', channel: 'a', data: '1' };
    const now = Math.floor(Date.now() / 1000);
    for (const at of [now - 700, now + 700, 1])
      await refused(401, 'POST', '/events', { body, at });
    await refused(401, 'GET', '/channels', { at: now - 700 });
  });

  test('soketi: a publish answers the info it is asked for', async () => {
    const pusher = await connected(client(run.server, {
      app: countApp, user: { user_id: '1' },
    }));
    await subscribed(pusher, 'presence-p');
    const { json } = await publish(run.server, {
      name: 'e', channel: 'presence-p', data: '1',
      info: 'user_count,subscription_count',
    }, { app: countApp });
    assert.deepEqual(json, { channels: {
      'presence-p': { user_count: 1, subscription_count: 1 } } });
  });

  test('soketi: a refused connection does not lower the gauge', async () => {
    await nobody();
    const stays = await RawPusher.join(run.server);
    const before = await refusals();
    for (const key of [offApp.key, 'no-such-key', offApp.key]) {
      const raw = await RawPusher.connect(run.server.port,
                                          RawPusher.target(key));
      await raw.nextClose();
      raw.destroy();
    }
    await until(async () => await refusals() === before + 3, 'three refusals');
    for (const app_id of ['1', offApp.id])
      await run.server.reaches(app_id === '1' ? 1 : 0,
                               'tidewire_connections', { app_id });
    await noDrift();
    await stays.leave();
    await nobody();
  });

  test('soketi: a client that closes with 4200 leaves no ghost', async () => {
    await nobody();
    for (const code of [4200, 4201, 3000, 4999]) {
      const raw = await RawPusher.join(run.server);
      await raw.subscribe('presence-ghosts', channelAuth(
        raw.socketId, 'presence-ghosts', `{"user_id":"g${code}"}`));
      raw.write(close(code));
      await raw.nextClose();
      raw.destroy();
    }
    await nobody();
    await until(async () => {
      const { json } = await call(run.server, 'GET', '/channels');
      return !('presence-ghosts' in json.channels);
    }, 'the channel is vacated');
    await noDrift();
  });

  test('Reverb: who never subscribes is counted, asked and closed',
    async () => {
      await nobody();
      const raw = await RawPusher.join(run.server);
      await run.server.reaches(1, 'tidewire_connections', { app_id: '1' });
      const asked = await raw.frames.next(
        'a ping', 10_000, (one) => one.opcode === op.ping
          || (one.opcode === op.text
              && JSON.parse(one.payload).event === 'pusher:ping'));
      assert.ok(asked);
      assert.equal((await raw.nextClose(10_000)).code, 4201);
      raw.destroy();
      await nobody();
    });

  test('Reverb: the data of pusher:error is an object', async () => {
    const raw = await RawPusher.join(run.server);
    raw.sendText('{"event":');
    const error = await raw.nextEvent('pusher:error');
    assert.equal(typeof error.data, 'object');
    assert.equal(typeof error.data.message, 'string');
    raw.destroy();
  });

  test('Reverb: a message that is no JSON asks nobody to reconnect',
    async () => {
      const pusher = await connected(client(run.server));
      const errors = errorsOf(pusher);
      pusher.connection.connection.transport.socket.send('no json');
      const error = await errors.next('an error');
      assert.notEqual(error.data?.code, 4200);
      await subscribed(pusher, 'still-there');
      assert.equal(pusher.connection.state, 'connected');
    });

  test('Vask: the HTTP API knows an app by its id, not by its key',
    async () => {
      const body = { name: 'e', channel: 'a', data: '1' };
      const { status } = await publish(run.server, body,
                                       { app: { ...mainApp, id: mainApp.key } });
      assert.ok(status === 401 || status === 404, `${status}`);
      assert.equal((await publish(run.server, body)).status, 200);
    });
});

const cappedApp = { id: '9', key: 'capped-key', secret: 'capped-secret' };

withServer('defects of peers: caps, counts and users', {
  apps: `${appsToml}
[[apps]]
id = "9"
keys = [{ key = "capped-key", secret = "capped-secret" }]
max_connections = 2
`,
}, (run) => {
  afterEach(disconnectAll);
  const sdk = () => publisher(run.server);

  /** A pusher-js that signs in as `id`, watching others. */
  async function signedIn(id, watchlist = []) {
    const pusher = client(run.server, {
      userAuthentication: {
        customHandler: ({ socketId }, done) =>
          done(null, sdk().authenticateUser(socketId, { id, watchlist })),
      },
    });
    const events = new Inbox();
    pusher.user.bind_global((event, data) => events.push({ event, data }));
    for (const name of ['online', 'offline'])
      pusher.user.watchlist.bind(name, ({ user_ids: ids }) =>
        events.push({ event: name, data: ids }));
    pusher.signin();
    await connected(pusher);
    await pusher.user.signinDonePromise;
    return { pusher, events };
  }

  test('soketi and Reverb: over the cap it is 4004, and closed', async () => {
    const open = [];
    for (let i = 0; i < 2; ++i)
      open.push(await RawPusher.join(run.server, { key: cappedApp.key }));
    const raw = await RawPusher.connect(run.server.port,
                                        RawPusher.target(cappedApp.key));
    assert.equal((await raw.nextClose()).code, 4004);
    raw.destroy();
    await run.server.reaches(2, 'tidewire_connections',
                             { app_id: cappedApp.id });
    for (const one of open) await one.leave();
    await run.server.reaches(0, 'tidewire_connections',
                             { app_id: cappedApp.id });
    await run.server.reaches(0, 'tidewire_gauge_drift');
  });

  test('soketi, Reverb and Sockudo: clients are told subscription counts',
    async () => {
      const first = await RawPusher.join(run.server, { key: countApp.key });
      await first.subscribe('counted');
      const count = async () => {
        const event =
          await first.nextEvent('pusher_internal:subscription_count');
        assert.equal(event.channel, 'counted');
        return JSON.parse(event.data).subscription_count;
      };
      assert.equal(await count(), 1);
      const second = await RawPusher.join(run.server, { key: countApp.key });
      await second.subscribe('counted');
      assert.equal(await count(), 2);
      await second.leave();
      assert.equal(await count(), 1);
      first.destroy();
    });

  test('Sockudo: watchlist events have the name pusher-js listens for',
    async () => {
      const { events } = await signedIn('watcher', ['watched']);
      const { pusher } = await signedIn('watched');
      const next = (name) =>
        events.next(name, 5000, (one) => one.event === name);
      assert.deepEqual((await next('online')).data, ['watched']);
      pusher.disconnect();
      assert.deepEqual((await next('offline')).data, ['watched']);
    });

  test('Reverb: a user signs in and is sent events', async () => {
    const { events } = await signedIn('7');
    await until(async () => {
      await sdk().sendToUser('7', 'hello', { from: 'backend' });
      return events.length > 0;
    }, 'the user channel works');
    const { data } = await events.next('hello', 5000,
                                       (one) => one.event === 'hello');
    assert.deepEqual(data, { from: 'backend' });
  });

  test('Vask: users are terminated by the id of the app', async () => {
    const { pusher } = await signedIn('8');
    const inbox = new Inbox();
    pusher.connection.bind('state_change', ({ current }) =>
      inbox.push(current));
    await sdk().terminateUserConnections('8');
    await inbox.next('the end', 5000,
                     (state) => ['disconnected', 'failed'].includes(state));
  });

  test('Vask: the cache attribute holds data and ttl, nothing else',
    async () => {
      const raw = await RawPusher.join(run.server);
      await raw.subscribe('cache-info');
      await sdk().trigger('cache-info', 'e', 'kept');
      await raw.nextEvent('e');
      const { json } = await call(run.server, 'GET', '/channels/cache-info',
                                  { query: { info: 'cache' } });
      assert.deepEqual(Object.keys(json.cache).sort(), ['data', 'ttl']);
      raw.destroy();
    });
});
