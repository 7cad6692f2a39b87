// Limits that are changed while the server runs hold at once, and on encrypted
// sockets as on plain ones.
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { call, channelAuth, publish } from './lib/api.mjs';
import { Authority } from './lib/certificates.mjs';
import { appOf, appsWith, codes, knock, opened, refusals }
  from './lib/limits.mjs';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';
import { patience, until } from './lib/until.mjs';

withServer('limits of an app that is changed', {
  sections: { server: { reactors: 2 },
              limits: { authorization_timeout: `${1000 * patience}ms` } },
}, (run) => {
  const open = new Set();
  const enter = async (app) => {
    const one = await knock(run.server, app.key);
    if (one.raw) open.add(one.raw);
    return one;
  };
  const make = async (fields) => {
    const made = await run.server.manage('POST', '/v1/apps', fields);
    assert.equal(made.status, 201, made.text);
    return { id: made.json.id, ...made.json.keys[0] };
  };
  const change = async (app, fields) => {
    const answer =
      await run.server.manage('PATCH', `/v1/apps/${app.id}`, fields);
    assert.equal(answer.status, 200, answer.text);
  };
  const counted = (app) => run.server.connections(app.id);

  afterEach(async () => {
    for (const raw of open) raw.destroy();
    open.clear();
    await run.server.reaches(0, 'tidewire_connections');
    await run.server.reaches(0, 'tidewire_gauge_drift');
  });

  test('max_connections: those who are there count, and nobody is closed',
       async () => {
    const app = await make({});
    for (let i = 0; i < 4; ++i) await enter(app);
    assert.equal(open.size, 4);
    await change(app, { max_connections: 5 });
    assert.ok((await enter(app)).raw);
    assert.equal((await enter(app)).code, 4004);
    await change(app, { max_connections: 2 });
    assert.equal((await enter(app)).code, 4004);
    assert.equal(await counted(app), 5);
    const all = [...open];
    for (const raw of all.slice(0, 3)) await raw.leave();
    assert.equal((await enter(app)).code, 4004, 'two are open, two may be');
    await all[3].leave();
    assert.ok((await enter(app)).raw);
    assert.equal((await enter(app)).code, 4004);
    await change(app, { max_connections: 0 });
    assert.ok((await enter(app)).raw);
  });

  test('rates of connections, publishes, reads and client events', async () => {
    const app = await make({ client_events: true });
    const event = { name: 'e', channel: 'c', data: '' };
    await change(app, { connections_per_second: 1, publishes_per_second: 1,
                        reads_per_second: 1, client_events_per_second: 1 });
    const all = await Promise.all(
      Array.from({ length: 8 }, () => enter(app)));
    assert.ok(opened(all).length >= 1 && opened(all).length <= 3);
    assert.ok(codes(all).every((code) => code === 4100));
    for (const ask of [() => publish(run.server, event, { app }),
                       () => call(run.server, 'GET', '/channels', { app })]) {
      const answers = await Promise.all(Array.from({ length: 8 }, ask));
      assert.ok(answers.some(({ status }) => status === 200));
      assert.ok(answers.some(({ status }) => status === 429));
    }
    const [raw] = open;
    await raw.subscribe('private-a', channelAuth(raw.socketId, 'private-a',
                                                 undefined, app));
    for (let i = 0; i < 3; ++i) raw.send('client-x', {}, 'private-a');
    assert.equal((await raw.nextEvent('pusher:error')).data.code, 4301);
    await raw.fence();
    await change(app, { connections_per_second: 0, publishes_per_second: 0,
                        reads_per_second: 0 });
    const again = await Promise.all(
      Array.from({ length: 8 }, () => enter(app)));
    assert.deepEqual(codes(again), []);
    const answers = await Promise.all(Array.from(
      { length: 8 }, () => publish(run.server, event, { app })));
    assert.ok(answers.every(({ status }) => status === 200));
  });

  test('a disabled app closes those who wait as well, with 4003',
       async () => {
    const app = await make({ authorized_only: true });
    const { raw } = await enter(app);
    await change(app, { enabled: false });
    assert.equal((await raw.nextClose()).code, 4003);
    assert.equal(await refusals(run.server, 'app_disabled', app.id), 1);
  });

  test('an app that stops demanding authorisation takes those who wait',
       async () => {
    const app = await make({ authorized_only: true, max_connections: 3 });
    for (let i = 0; i < 3; ++i) await enter(app);
    assert.equal(await counted(app), 0);
    await change(app, { authorized_only: false, max_connections: 2 });
    await run.server.reaches(2, 'tidewire_connections', { app_id: app.id },
                             3000);
    await run.server.reaches(1, 'tidewire_connections_refused_total',
                             { app_id: app.id, reason: 'app_full' });
    assert.equal((await enter(app)).code, 4004);
  });

  test('an app that begins to demand it leaves those alone who are there',
       async () => {
    const app = await make({ max_connections: 2 });
    const { raw } = await enter(app);
    await change(app, { authorized_only: true });
    const late = await enter(app);
    assert.equal((await late.raw.nextClose()).code, 4009);
    await raw.fence();
    assert.equal(await counted(app), 1);
  });

  test('limits of the node and of addresses, by a reload', async () => {
    const { server } = run;
    const reload = async (limits) => {
      server.configure({ sections: {
        limits: { ...server.sections.limits, ...limits } } });
      const answer = await server.manage('POST', '/v1/reload');
      assert.equal(answer.status, 200, answer.text);
      for (const { key, result } of answer.json.changes)
        if (key.startsWith('limits.')) assert.equal(result, 'applied', key);
    };
    const app = { key: 'app-key' };
    await enter(app);
    await reload({ max_connections: 2 });
    assert.ok((await enter(app)).raw);
    assert.equal((await enter(app)).code, 4100);
    await reload({ max_connections: 0, connections_per_address: 1 });
    assert.ok((await enter(app)).raw, 'the first one that is counted');
    assert.equal((await enter(app)).code, 4100);
    await reload({ connections_per_address: 0, pending_per_address: 1 });
    const half = await RawSocket.open(server.port);
    open.add(half);
    const late = await RawSocket.open(server.port).catch(() => null);
    // Which of the two comes first is up to the reactors that accept them.
    if (late) await Promise.race([half.gone(), late.gone()]);
    half.destroy();
    late?.destroy();
    await server.reaches(1, 'tidewire_connections_refused_total',
                         { reason: 'address_pending' });
    await reload({});
    const free = [await RawSocket.open(server.port),
                  await RawSocket.open(server.port)];
    for (const raw of free) {
      open.add(raw);
      raw.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      assert.equal((await raw.response()).status, 200);
    }
  });
});

const authority = new Authority();
after(() => authority.remove());
const secure = { ca: authority.pem };

withServer('limits of encrypted sockets', {
  apps: appsWith({ 1: 'max_connections = 3', 2: '' }),
  sections: {
    server: { reactors: 2 },
    tls: { port: 0, ...authority.install(authority.issue('tls'), 'limits') },
    limits: { connections_per_address: 4, pending_per_address: 5,
              handshake_timeout: '60s' },
  },
}, (run) => {
  const enter = async (key) => {
    const raw = await RawPusher.connect(run.server.tlsPort,
                                        RawPusher.target(key), {}, { secure });
    const first = await raw.nextFrame();
    if (first.code === undefined) return { raw };
    raw.destroy();
    return { code: first.code };
  };

  test('caps of app and address count both kinds of sockets', async () => {
    const all = [await enter('key-1'), await knock(run.server, 'key-1'),
                 await enter('key-1')];
    assert.deepEqual(codes(all), []);
    assert.equal((await enter('key-1')).code, 4004);
    all.push(await enter('key-2'));
    assert.equal((await enter('key-2')).code, 4100);
    assert.equal((await knock(run.server, 'key-2')).code, 4100);
    for (const raw of opened(all)) raw.destroy();
    await run.server.reaches(0, 'tidewire_connections');
  });

  test('a half TLS handshake is pending as a half HTTP one is', async () => {
    const { server } = run;
    const hello = Buffer.from('16030100ff010000fb0303', 'hex');
    const before = await refusals(server, 'address_pending');
    const half = [];
    for (let i = 0; i < 4; ++i) {
      half.push(await RawSocket.open(server.tlsPort));
      half.at(-1).write(hello);
    }
    half.push(await RawSocket.open(server.port)); // a plain one
    // Reactors take them in no order; whoever asks is pending as well.
    await until(
      async () => await server.metric('tidewire_handshakes_pending') > 5,
      'all five are taken');
    const late = await RawSocket.open(server.tlsPort).catch(() => null);
    await late?.gone();
    await server.reaches(before + 1, 'tidewire_connections_refused_total',
                         { reason: 'address_pending' });
    half[0].destroy();
    const through = await until(() => enter('key-2').catch(() => null),
                                'there is room again');
    assert.ok(through.raw);
    for (const one of [...half, late, through.raw]) one?.destroy();
    await server.reaches(0, 'tidewire_connections');
  });
});
