// The HTTP API beyond today's libraries: old forms, questions of other servers,
// browsers, prefixes (protocol.md §9, §17; docs/http-api.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countApp, mainApp, offApp } from './lib/apps.mjs';
import { call, channelAuth, expecting, hmac, isSentence, md5, publish,
         requestBytes, signedTarget } from './lib/api.mjs';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { publisher } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';

withServer('deprecated forms', {}, (run) => {
  const { ok, refused } = expecting(run);
  const old = (channel, options) => call(
    run.server, 'POST', `/channels/${channel}/events`, options);

  test('an event posted to a channel is taken with 202', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('old');
    for (const body of ['{"a":1}', '"text"', 'no JSON at all', 'ä\u{1F30A}']) {
      const answer = await old('old', { query: { name: 'my event' }, body });
      assert.equal(answer.status, 202, answer.text);
      assert.deepEqual(await raw.nextEvent('my event'),
                       { event: 'my event', channel: 'old', data: body });
    }
    raw.destroy();
  });

  test('it leaves out the socket that it names', async () => {
    const raw = await RawPusher.join(run.server);
    const other = await RawPusher.join(run.server);
    for (const one of [raw, other]) await one.subscribe('but');
    const query = { name: 'e', socket_id: raw.socketId };
    assert.equal((await old('but', { query, body: '{}' })).status, 202);
    await other.nextEvent('e');
    await publish(run.server, { name: 'fence', channel: 'but', data: '' });
    assert.equal((await raw.nextEvent()).event, 'fence');
    raw.destroy();
    other.destroy();
  });

  const wrong = {
    'no name': [{}, '{}', 400],
    'a name too long': [{ name: 'n'.repeat(201) }, '{}', 400],
    'a socket_id that is none': [{ name: 'e', socket_id: 'x' }, '{}', 400],
    'data of 10,241 bytes': [{ name: 'e' }, 'x'.repeat(10_241), 413],
  };
  for (const [name, [query, body, status]] of Object.entries(wrong))
    test(`an event posted to a channel with ${name} is ${status}`, async () => {
      await refused(status, 'POST', '/channels/c/events', { query, body });
    });

  test('data of 10,240 bytes is taken, bad UTF-8 is 400', async () => {
    const query = { name: 'e' };
    assert.equal(
      (await old('c', { query, body: 'x'.repeat(10_240) })).status, 202);
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const target = signedTarget('POST', '/apps/1/channels/c/events', {
      query, edit: (q) => { q.body_md5 = md5(body); } });
    const raw = await RawSocket.open(run.server.port);
    raw.write(`POST ${target} HTTP/1.1\r\nHost: x\r\n` +
              `Content-Length: ${body.length}\r\n\r\n`);
    raw.write(body);
    const answer = await raw.response();
    assert.equal(answer.status, 400, answer.body);
    raw.destroy();
  });

  test('stats tell whether a channel is occupied, and by how many users',
       async () => {
    const app = countApp;
    const raw = await RawPusher.join(run.server, { key: app.key });
    const other = await RawPusher.join(run.server, { key: app.key });
    for (const one of [raw, other]) {
      await one.subscribe('s');
      await one.subscribe('presence-s', channelAuth(
        one.socketId, 'presence-s', '{"user_id":"1"}', app));
    }
    const stats = (name, of = app) =>
      ok('GET', `/channels/${name}/stats`, { app: of });
    assert.deepEqual(await stats('s'), { occupied: true, connection_count: 2 });
    assert.deepEqual(await stats('presence-s'), {
      occupied: true, user_count: 1, connection_count: 2 });
    assert.deepEqual(await stats('nobody', mainApp), { occupied: false });
    assert.deepEqual(await stats('presence-nobody', mainApp),
                     { occupied: false, user_count: 0 });
    await refused(400, 'GET', '/channels/a%20b/stats');
    raw.destroy();
    other.destroy();
  });
});

// Signs what JavaScript objects cannot hold: a key twice.
function signedPairs(method, path, pairs, app = mainApp) {
  const all = [['auth_key', app.key],
               ['auth_timestamp', String(Math.floor(Date.now() / 1000))],
               ['auth_version', '1.0'], ...pairs]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const plain = all.map(([k, v]) => `${k}=${v}`).join('&');
  const signature = hmac(app.secret, `${method}\n${path}\n${plain}`);
  const query = [...all, ['auth_signature', signature]]
    .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`);
  return `${path}?${query.join('&')}`;
}

withServer('parameters in the query', {}, (run) => {
  const post = async (pairs) => {
    const answer = await fetch(
      `http://127.0.0.1:${run.server.port}${
        signedPairs('POST', '/apps/1/events', pairs)}`, { method: 'POST' });
    return { status: answer.status, text: await answer.text() };
  };

  test('a publish may stand there, channels as channels[]', async () => {
    const raw = await RawPusher.join(run.server);
    for (const name of ['qa', 'qb']) await raw.subscribe(name);
    const answer = await post([['name', 'e'], ['data', '{"x":"ä &="}'],
                               ['channels[]', 'qa'], ['channels[]', 'qb']]);
    assert.equal(answer.status, 200, answer.text);
    // Events of two channels come in any order.
    const got = [await raw.nextEvent('e'), await raw.nextEvent('e')];
    got.sort((a, b) => (a.channel < b.channel ? -1 : 1));
    for (const [i, channel] of ['qa', 'qb'].entries())
      assert.deepEqual(got[i], { event: 'e', channel, data: '{"x":"ä &="}' });
    raw.destroy();
  });

  test('one channel, a socket and info as well', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('qc');
    const answer = await post([['name', 'e'], ['data', ''], ['channel', 'qc'],
                               ['socket_id', raw.socketId]]);
    assert.equal(answer.status, 200, answer.text);
    const asked = await post([['name', 'f'], ['data', ''],
                              ['channel', 'presence-q'],
                              ['info', 'user_count']]);
    assert.deepEqual(JSON.parse(asked.text),
                     { channels: { 'presence-q': { user_count: 0 } } });
    await raw.fence();
    raw.destroy();
  });

  test('what is wrong there is 400 with a sentence', async () => {
    for (const pairs of [[], [['name', 'e']], [['name', 'e'], ['data', '']],
                         [['name', 'e'], ['data', ''], ['channels[]', 'a b']],
                         [['name', 'e'], ['data', ''], ['channels', 'a']]]) {
      const answer = await post(pairs);
      assert.equal(answer.status, 400, JSON.stringify(pairs));
      assert.ok(answer.text.length > 10);
    }
  });

  test('several channels with an encrypted one are refused there, too',
       async () => {
    const answer = await post([['name', 'e'], ['data', ''],
                               ['channels[]', 'a'],
                               ['channels[]', 'private-encrypted-b']]);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /[Ee]ncrypted/);
  });
});

withServer('questions', {}, (run) => {
  const { ok } = expecting(run);

  test('connections are those that are open, of this app, subscribed or not',
       async () => {
    const count = async (app) =>
      (await ok('GET', '/connections', { app })).connections;
    assert.equal(await count(), 0);
    const all = await Promise.all(Array.from(
      { length: 7 }, () => RawPusher.join(run.server)));
    const other = await RawPusher.join(run.server, { key: countApp.key });
    await all[0].subscribe('a');
    await all[0].subscribe('b');
    assert.deepEqual(await ok('GET', '/connections'), { connections: 7 });
    assert.equal(await count(countApp), 1);
    for (const raw of [...all, other]) raw.destroy();
    await run.server.reaches(0, 'tidewire_connections');
    assert.equal(await count(), 0);
  });

  test('a disabled app is 403, an unknown one 404, a wrong secret 401',
       async () => {
    for (const [app, status] of [
      [offApp, 403], [{ ...mainApp, id: '99' }, 404],
      [{ ...mainApp, secret: 'wrong' }, 401]])
      for (const [method, tail] of [
        ['POST', '/events'], ['POST', '/batch_events'], ['GET', '/channels'],
        ['GET', '/channels/c'], ['GET', '/channels/presence-c/users'],
        ['GET', '/connections'], ['GET', '/channels/c/stats'],
        ['POST', '/channels/c/events']]) {
        const answer = await call(run.server, method, tail, { app });
        assert.equal(answer.status, status, `${method} ${tail}`);
        isSentence(answer);
      }
  });

  test('HEAD is answered as GET without a body, signed as HEAD', async () => {
    const raw = await RawSocket.open(run.server.port);
    for (const tail of ['/channels', '/channels/c', '/connections']) {
      raw.write(requestBytes('HEAD', `/apps/1${tail}`));
      const answer = await raw.response({ head: true });
      assert.equal(answer.status, 200, tail);
      assert.match(answer.headers['content-type'], /json/);
      assert.ok(Number(answer.headers['content-length']) > 2);
    }
    raw.write(requestBytes('HEAD', '/apps/1/events'));
    assert.equal((await raw.response({ head: true })).status, 405);
    // The signature of a GET is none of a HEAD.
    const target = signedTarget('GET', '/apps/1/channels');
    raw.write(`HEAD ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.equal((await raw.response({ head: true })).status, 401);
    raw.destroy();
  });

  test('the type of a body and the name of a library do not matter',
       async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('types');
    for (const type of ['application/json', 'application/json; charset=utf-8',
                        'text/plain', 'application/x-www-form-urlencoded', 'x'])
      await ok('POST', '/events', {
        body: { name: 'e', channel: 'types', data: type },
        headers: { 'Content-Type': type,
                   'X-Pusher-Library': 'pusher-http-x 0.0\u00e9' },
      });
    for (let i = 0; i < 5; ++i) await raw.nextEvent('e');
    raw.destroy();
  });

  test('a user channel takes an event whoever is there', async () => {
    await ok('POST', '/events', { body: {
      name: 'e', channel: '#server-to-user-7', data: '{}' } });
    await publisher(run.server).sendToUser('7', 'e', {});
  });
});

const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers':
    'Origin, Content-Type, X-Auth-Token, X-Requested-With, Accept, ' +
    'Authorization, X-CSRF-TOKEN, XSRF-TOKEN, X-Socket-Id',
};

withServer('browsers', {}, (run) => {
  const allowed = (answer) => {
    for (const [name, value] of Object.entries(corsHeaders))
      assert.equal(answer.headers.get(name), value, name);
  };

  test('every answer has the headers of soketi, errors as well', async () => {
    const server = run.server;
    for (const [answer, status] of [
      [await call(server, 'GET', '/channels'), 200],
      [await publish(server, { name: 'e', channel: 'c', data: '' }), 200],
      [await publish(server, {}), 400],
      [await publish(server, { name: 'e', channel: 'c',
                               data: 'x'.repeat(10_241) }), 413],
      [await call(server, 'GET', '/channels',
                  { app: { ...mainApp, secret: 'x' } }), 401],
      [await call(server, 'PUT', '/channels'), 405],
      [await fetch(`http://127.0.0.1:${server.port}/nonsense`), 404],
      [await fetch(`http://127.0.0.1:${server.port}/`), 200]]) {
      assert.equal(answer.status, status);
      allowed(answer);
    }
  });

  test('a preflight is answered, which soketi forgets', async () => {
    for (const path of ['/apps/1/events', '/apps/1/channels', '/anything']) {
      const answer = await fetch(
        `http://127.0.0.1:${run.server.port}${path}`, {
          method: 'OPTIONS',
          headers: { 'Access-Control-Request-Method': 'POST' } });
      assert.equal(answer.status, 204);
      allowed(answer);
      assert.match(answer.headers.get('allow'), /POST/);
      assert.equal(await answer.text(), '');
    }
  });

  test('the admin port says nothing of the kind', async () => {
    const answer = await run.server.get('/metrics');
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  });
});

withServer('one CORS origin', {
  sections: { server: { cors_origin: 'https://dash.example' } },
}, (run) => {
  test('is the one that is named', async () => {
    const answer = await call(run.server, 'GET', '/channels');
    assert.equal(answer.headers.get('access-control-allow-origin'),
                 'https://dash.example');
  });
});

withServer('no CORS origin', {
  sections: { server: { cors_origin: '' } },
}, (run) => {
  test('leaves the headers out', async () => {
    const answer = await call(run.server, 'GET', '/channels');
    for (const name of Object.keys(corsHeaders))
      assert.equal(answer.headers.get(name), null, name);
  });
});

withServer('a path prefix of the HTTP API', {
  sections: { server: { path_prefix: '/live' } },
}, (run) => {
  test('signatures are checked without it', async () => {
    const base = `http://127.0.0.1:${run.server.port}`;
    const target = signedTarget('GET', '/apps/1/channels');
    assert.equal((await fetch(`${base}/live${target}`)).status, 200);
    assert.equal((await fetch(base + target)).status, 200);
    assert.equal((await fetch(`${base}/other${target}`)).status, 404);
    const withPrefix = signedTarget('GET', '/live/apps/1/channels');
    assert.equal((await fetch(base + withPrefix)).status, 401);
    const answer = await fetch(`${base}/live`);
    assert.equal(answer.status, 404);
    await answer.text();
  });

  test('an event published below it arrives', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('below');
    const body = JSON.stringify({ name: 'e', channel: 'below', data: '1' });
    const target = signedTarget('POST', '/apps/1/events', { body });
    const answer = await fetch(
      `http://127.0.0.1:${run.server.port}/live${target}`,
      { method: 'POST', body });
    assert.equal(answer.status, 200);
    assert.equal((await raw.nextEvent('e')).data, '1');
    raw.destroy();
  });
});
