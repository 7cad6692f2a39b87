// Apps that are made, changed, disabled and deleted while the server runs, as
// operators and their users see it.
import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { call, channelAuth, publish } from './lib/api.mjs';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { makeApp, mode, refusal } from './lib/run_time_apps.mjs';
import {
  client, connected, disconnectAll, publisher, subscribed,
} from './lib/sdk.mjs';
import { run as runProgram } from './lib/server.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

withServer('apps at run time', {}, (run) => {
  afterEach(disconnectAll);

  const manage = (...args) => run.server.manage(...args);

  test('the token is made for its owner only, and nobody comes in without',
       async () => {
    const { server } = run;
    assert.match(server.token, /^[0-9a-f]{64}$/);
    assert.equal(mode(path.join(server.dir, 'data')), '700');
    assert.equal(mode(path.join(server.dir, 'data/admin-token')), '600');
    assert.equal(mode(path.join(server.dir, 'data/apps.db')), '600');
    for (const [method, target] of [
      ['GET', '/v1/apps'], ['POST', '/v1/apps'], ['GET', '/v1/apps/1'],
      ['PATCH', '/v1/apps/1'], ['DELETE', '/v1/apps/1'],
      ['POST', '/v1/apps/1/keys'], ['DELETE', '/v1/apps/1/keys/app-key'],
      ['POST', '/v1/reload'], ['GET', '/v1/none-of-this'],
    ])
      for (const header of [undefined, 'Bearer wrong', server.token,
                            `Basic ${server.token}`]) {
        const answer = await server.get(target, {
          method, headers: header ? { Authorization: header } : {},
        });
        assert.equal(answer.status, 401, `${method} ${target} ${header}`);
        assert.match(answer.headers.get('www-authenticate'), /^Bearer/);
        const { error } = await answer.json();
        assert.match(error, /admin-token/);
        assert.ok(!error.includes(server.token));
      }
    for (const target of ['/metrics', '/healthz', '/readyz', '/v1/gauge', '/',
                          '/demo.json'])
      assert.equal((await server.get(target)).status, 200, target);
  });

  test('a page of another origin changes nothing', async () => {
    const raw = await RawSocket.open(run.server.adminPort);
    const ask = async (headers, target = '/v1/apps') => {
      raw.write(`POST ${target} HTTP/1.1\r\nContent-Length: 2\r\n` +
                `${headers.join('\r\n')}\r\n\r\n{}`);
      return (await raw.response()).status;
    };
    const token = `Authorization: Bearer ${run.server.token}`;
    const host = `127.0.0.1:${run.server.adminPort}`;
    assert.equal(await ask([`Host: ${host}`, token,
                            'Origin: http://evil.example']), 403);
    // DNS rebinding: the page is of the host that it asks, by its own name.
    assert.equal(await ask(['Host: evil.example:9601',
                            'Origin: http://evil.example:9601'],
                           '/demo/publish'), 403);
    assert.equal(await ask([`Host: ${host}`, token,
                            `Origin: http://${host}`]), 201);
    raw.destroy();
  });

  test('an app that was just made is used at once by the SDKs', async () => {
    const app = await makeApp(run.server);
    assert.match(app.id, /^\d{9}$/);
    const page = await connected(client(run.server, { app }));
    const heard = await subscribed(page, 'private-news');
    await publisher(run.server, app).trigger('private-news', 'hello', { n: 1 });
    assert.deepEqual(await heard.next('hello'), { n: 1 });
    // What is of one app is nothing to another.
    const other = await connected(client(run.server));
    const elsewhere = await subscribed(other, 'private-news');
    await publisher(run.server, app).trigger('private-news', 'hello', { n: 2 });
    assert.deepEqual(await heard.next('hello'), { n: 2 });
    await publisher(run.server).trigger('private-news', 'fence', {});
    await elsewhere.next('fence');
    assert.equal(elsewhere.count('hello'), 0);
  });

  test('secrets are shown when an app is made, then only on request',
       async () => {
    const app = await makeApp(run.server, { client_events: false });
    for (const target of ['/v1/apps', `/v1/apps/${app.id}`]) {
      const hidden = await manage('GET', target);
      assert.equal(hidden.status, 200);
      assert.ok(!hidden.text.includes(app.secret), hidden.text);
      assert.ok(hidden.text.includes(app.key), hidden.text);
      const shown = await manage('GET', `${target}?secrets=true`);
      assert.ok(shown.text.includes(app.secret));
    }
    const { json } = await manage('GET', `/v1/apps/${app.id}`);
    assert.equal(json.client_events, false);
    assert.equal(json.source, 'api');
  });

  const faults = {
    'an id with a space': [{ id: 'x 7' }, 400, 'id'],
    'a number that is a text':
      [{ client_events_per_second: '9' }, 400, 'client_events_per_second'],
    'a switch that is a number': [{ enabled: 1 }, 400, 'enabled'],
    'a field that does not exist': [{ colour: 'red' }, 400, 'colour'],
    'a key pair without a secret':
      [{ keys: [{ key: 'a' }] }, 400, 'keys[0].secret'],
    'no key pair': [{ keys: [] }, 400, 'keys'],
    'a webhook that is none':
      [{ webhooks: [{ url: 'nowhere' }] }, 400, 'webhooks[0].url'],
    'an event that no webhook has':
      [{ webhooks: [{ url: 'http://a.example/', events: ['x'] }] }, 400,
       'webhooks[0].events[0]'],
    'an origin with a path':
      [{ origins: ['https://a.example/x'] }, 400, 'origins[0]'],
    'an id that the file has': [{ id: '1' }, 409, 'id'],
    'a key that the file has':
      [{ keys: [{ key: 'app-key', secret: 's' }] }, 409, 'keys[0].key'],
    'the public demo secret':
      [{ keys: [{ key: 'mine', secret: 'app-secret' }] }, 400,
       'keys[0].secret'],
  };
  for (const [name, [fields, status, field]] of Object.entries(faults))
    test(`${name} is refused by name`, async () => {
      const answer = await manage('POST', '/v1/apps', fields);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.headers.get('content-type'), /^application\/json/);
      assert.ok(answer.json.error.startsWith(`${field}: `), answer.text);
    });

  test('a body that is no JSON object is refused', async () => {
    for (const body of ['{', '[]', '"x"', '{"id":"7"} {}', '\0']) {
      const answer = await run.server.get('/v1/apps', {
        method: 'POST', body,
        headers: { Authorization: `Bearer ${run.server.token}` },
      });
      assert.equal(answer.status, 400, body);
      assert.match((await answer.json()).error, /The body is/);
    }
  });

  test('what the file defines is changed in the file only', async () => {
    for (const [method, target, body] of [
      ['PATCH', '/v1/apps/1', { enabled: false }], ['DELETE', '/v1/apps/1'],
      ['POST', '/v1/apps/1/keys'], ['DELETE', '/v1/apps/1/keys/app-key'],
    ]) {
      const answer = await manage(method, target, body);
      assert.equal(answer.status, 409, `${method} ${target}`);
      assert.match(answer.json.error, /defined by the configuration/);
    }
    await connected(client(run.server));
  });

  test('a disabled app closes its sockets with 4003 and takes no others',
       async () => {
    const app = await makeApp(run.server);
    const staying = await connected(client(run.server));
    const pages = await Promise.all(Array.from({ length: 3 }, () =>
      connected(client(run.server, { app }))));
    const raw = await RawPusher.join(run.server, { key: app.key });
    const codes = pages.map((page) => new Promise((done) => {
      page.connection.bind('error', (error) =>
        done((error.error ?? error).data.code));
    }));
    const off = await manage('PATCH', `/v1/apps/${app.id}`,
                             { enabled: false });
    assert.equal(off.status, 200, off.text);
    assert.equal((await raw.nextClose()).code, 4003);
    assert.deepEqual(await Promise.all(codes), [4003, 4003, 4003]);
    assert.equal(await refusal(run.server, app.key), 4003);
    const event = { name: 'e', channel: 'c', data: '{}' };
    assert.equal((await publish(run.server, event, { app })).status, 403);
    assert.equal((await call(run.server, 'GET', '/channels', { app })).status,
                 403);
    await run.server.reaches(0, 'tidewire_connections', { app_id: app.id });
    await run.server.reaches(4, 'tidewire_connections_closed_total',
                             { app_id: app.id, reason: 'app_disabled' });
    assert.equal(staying.connection.state, 'connected');
    // And back again.
    await manage('PATCH', `/v1/apps/${app.id}`, { enabled: true });
    await connected(client(run.server, { app }));
    assert.equal((await publish(run.server, event, { app })).status, 200);
  });

  test('a deleted app closes its sockets, and then there is no such app',
       async () => {
    const app = await makeApp(run.server);
    const raw = await RawPusher.join(run.server, { key: app.key });
    await raw.subscribe('news');
    const gone = await manage('DELETE', `/v1/apps/${app.id}`);
    assert.equal(gone.status, 204);
    assert.equal((await raw.nextClose()).code, 4003);
    assert.equal(await refusal(run.server, app.key), 4001);
    const event = { name: 'e', channel: 'news', data: '{}' };
    assert.equal((await publish(run.server, event, { app })).status, 404);
    assert.equal((await manage('GET', `/v1/apps/${app.id}`)).status, 404);
    assert.equal((await manage('DELETE', `/v1/apps/${app.id}`)).status, 404);
    // One of the same id and key is another app, without its subscribers.
    const again = await makeApp(run.server, {
      id: app.id, keys: [{ key: app.key, secret: app.secret }],
    });
    const channels = await call(run.server, 'GET', '/channels', { app: again });
    assert.deepEqual(channels.json, { channels: {} });
    await RawPusher.join(run.server, { key: app.key }).then((x) => x.leave());
    await run.server.reaches(2, 'tidewire_connections_opened_total',
                             { app_id: app.id });
  });

  test('a connection keeps what its removed key gave it, and no more',
       async () => {
    const old = await makeApp(run.server);
    const raw = await RawPusher.join(run.server, { key: old.key });
    const auth = (channel, app) => channelAuth(raw.socketId, channel,
                                               undefined, app);
    await raw.subscribe('private-a', auth('private-a', old));
    const added = await manage('POST', `/v1/apps/${old.id}/keys`);
    assert.equal(added.status, 201, added.text);
    const fresh = { id: old.id, ...added.json };
    const removed =
      await manage('DELETE', `/v1/apps/${old.id}/keys/${old.key}`);
    assert.equal(removed.status, 204);
    // Open and subscribed: stays. New with the old key: refused.
    const event = { name: 'e', channel: 'private-a', data: '{}' };
    assert.equal((await publish(run.server, event, { app: old })).status, 401);
    assert.equal((await publish(run.server, event, { app: fresh })).status,
                 200);
    await raw.nextEvent('e');
    raw.send('pusher:subscribe',
             { channel: 'private-b', ...auth('private-b', old) });
    const no = await raw.nextEvent('pusher:subscription_error');
    assert.equal(no.channel, 'private-b');
    await raw.subscribe('private-b', auth('private-b', fresh));
    assert.equal(await refusal(run.server, old.key), 4001);
    const last =
      await manage('DELETE', `/v1/apps/${old.id}/keys/${fresh.key}`);
    assert.equal(last.status, 409);
    assert.match(last.json.error, /last key/);
    await raw.leave();
  });

  test('keys are rotated under load without anybody noticing', async () => {
    let app = await makeApp(run.server);
    const pages = [];
    const heard = [];
    const join = async () => {
      const page = await connected(client(run.server, { app }));
      pages.push(page);
      heard.push(await subscribed(page, 'private-load'));
    };
    for (let i = 0; i < 5; ++i) await join();
    const drops = [];
    const watch = (page) => page.connection.bind('state_change', (x) =>
      drops.push(x));
    pages.forEach(watch);
    // A publisher that never stops, and takes up new credentials when told.
    let sent = 0;
    let going = true;
    const publishing = (async () => {
      while (going)
        await publisher(run.server, app)
          .trigger('private-load', 'n', { n: ++sent });
    })();
    for (let round = 0; round < 10; ++round) {
      const added = await manage('POST', `/v1/apps/${app.id}/keys`,
                                 { first: round % 2 === 0 });
      assert.equal(added.status, 201, added.text);
      const before = sent;
      const old = app;
      app = { id: app.id, ...added.json };
      await join(); // with the new key, while the old one works
      watch(pages.at(-1));
      await until(() => sent >= before + 3, 'events with the new key');
      const removed =
        await manage('DELETE', `/v1/apps/${app.id}/keys/${old.key}`);
      assert.equal(removed.status, 204, removed.text);
      assert.equal(await refusal(run.server, old.key), 4001);
    }
    going = false;
    await publishing; // none was refused
    for (const one of heard) {
      await until(() => one.all.at(-1)?.data.n === sent, 'the last event');
      const numbers = one.all.filter(({ event }) => event === 'n')
        .map(({ data }) => data.n);
      const first = numbers[0];
      assert.deepEqual(numbers, numbers.map((_, i) => first + i));
    }
    assert.deepEqual(drops, [], 'no connection changed its state');
    assert.equal((await manage('GET', `/v1/apps/${app.id}`)).json.keys.length,
                 1);
  });

  test('limits and switches of an app take effect at once', async () => {
    const app = await makeApp(run.server, { client_events: true });
    const raw = await RawPusher.join(run.server, { key: app.key });
    const auth = channelAuth(raw.socketId, 'private-a', undefined, app);
    await raw.subscribe('private-a', auth);
    const off = await manage('PATCH', `/v1/apps/${app.id}`,
                             { client_events: false });
    assert.equal(off.status, 200);
    raw.send('client-x', {}, 'private-a');
    assert.match((await raw.nextEvent('pusher:error')).data.message,
                 /client_events/);
    await raw.leave();
  });

  test('a second server on the same data_dir does not start', async () => {
    const { code, stderr } = await runProgram(
      ['serve', '--port', '0', '--admin-port', '0', '--data-dir',
       path.join(run.server.dir, 'data')]);
    assert.equal(code, 1);
    assert.match(stderr, /in use by another server \(process \d+\)/);
    assert.equal((await run.server.get('/healthz')).status, 200);
  });

  test('nothing secret is logged', async () => {
    const { json } = await manage('GET', '/v1/apps?secrets=true');
    for (const { keys } of json.apps)
      for (const { secret } of keys)
        assert.ok(!run.server.stderr.includes(secret));
    assert.ok(!run.server.stderr.includes(run.server.token));
  });
});
