// Limits of connections, each at its value and one beyond it (docs/limits.md).
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { publish } from './lib/api.mjs';
import { appOf, appsWith, codes, knock, opened, refusals }
  from './lib/limits.mjs';
import { RawSocket, RawWebSocket } from './lib/raw.mjs';
import { client, disconnectAll, errorsOf } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

withServer('the connections of an app', {
  apps: appsWith({ 1: 'max_connections = 5', 2: 'connections_per_second = 5',
                   6: '', 7: 'max_connections = 40' }),
  sections: { server: { reactors: 2 } },
}, (run) => {
  afterEach(disconnectAll);

  test('max_connections: the last one is served, the next closed with 4004',
       async () => {
    const { server } = run;
    const before = await refusals(server, 'app_full', '1');
    const all = [];
    for (let i = 0; i < 5; ++i) all.push(await knock(server));
    assert.deepEqual(codes(all), []);
    const late = await knock(server);
    assert.equal(late.code, 4004);
    assert.ok(late.reason.length > 10);
    await server.reaches(before + 1, 'tidewire_connections_refused_total',
                         { reason: 'app_full', app_id: '1' });
    await server.reaches(5, 'tidewire_connections', { app_id: '1' });
    // A place is free as soon as somebody leaves.
    all[0].raw.destroy();
    await server.reaches(4, 'tidewire_connections', { app_id: '1' });
    const next = await knock(server);
    assert.ok(next.raw);
    assert.equal((await knock(server)).code, 4004);
    assert.equal(await server.metric('tidewire_gauge_drift'), 0);
    for (const raw of opened([...all, next])) raw.destroy();
    await server.reaches(0, 'tidewire_connections', { app_id: '1' });
  });

  test('max_connections is exact when all come at once, to two reactors',
       async () => {
    const { server } = run;
    for (let round = 0; round < 5; ++round) {
      const all = await Promise.all(Array.from(
        { length: 150 }, () => knock(server, 'key-7')));
      assert.equal(opened(all).length, 40);
      assert.ok(codes(all).every((code) => code === 4004));
      await server.reaches(40, 'tidewire_connections', { app_id: '7' });
      for (const raw of opened(all)) raw.destroy();
      await server.reaches(0, 'tidewire_connections', { app_id: '7' });
    }
    assert.equal(await server.metric('tidewire_gauge_drift'), 0);
  });

  test('4004 comes as an error event too, before protocol 6', async () => {
    const all = [];
    for (let i = 0; i < 5; ++i) all.push(await knock(run.server));
    const raw = await RawWebSocket.connect(
      run.server.port, '/app/key-1?protocol=5');
    const first = JSON.parse((await raw.nextFrame()).payload);
    assert.deepEqual([first.event, first.data.code], ['pusher:error', 4004]);
    assert.equal((await raw.nextFrame()).code, 4004);
    for (const one of [raw, ...opened(all)]) one.destroy();
    await run.server.reaches(0, 'tidewire_connections', { app_id: '1' });
  });

  test('pusher-js gives up after 4004', async () => {
    const all = [];
    for (let i = 0; i < 5; ++i) all.push(await knock(run.server));
    const pusher = client(run.server, { app: appOf(1) });
    const error = await errorsOf(pusher).next('an error');
    assert.equal((error.error ?? error).data.code, 4004);
    await until(() => pusher.connection.state === 'disconnected',
                'pusher-js has stopped');
    for (const raw of opened(all)) raw.destroy();
    await run.server.reaches(0, 'tidewire_connections', { app_id: '1' });
  });

  test('connections_per_second: a second\'s worth at once, then 4100, then '
       + 'again', async () => {
    const { server } = run;
    const all = await Promise.all(Array.from(
      { length: 30 }, () => knock(server, 'key-2')));
    const served = opened(all).length;
    // While thirty knock, a fifth of a second may pass once or twice.
    assert.ok(served >= 5 && served <= 8, `${served} were served`);
    assert.ok(codes(all).every((code) => code === 4100));
    assert.ok(await refusals(server, 'app_rate', '2') >= 22);
    const another = await knock(server, 'key-6');
    assert.ok(another.raw, 'another app has a rate of its own');
    const again = await until(async () => {
      const one = await knock(server, 'key-2');
      return one.raw;
    }, 'the rate allows it again', 3000);
    for (const raw of [...opened(all), another.raw, again]) raw.destroy();
  });
});

const two = appsWith({ 1: '', 2: '' });

withServer('max_connections of a node', {
  apps: two, sections: { limits: { max_connections: 6 },
                         server: { reactors: 2 } },
}, (run) => {
  test('it holds for all apps together, and says 4100', async () => {
    const { server } = run;
    const all = await Promise.all(Array.from(
      { length: 20 }, (_, i) => knock(server, `key-${1 + i % 2}`)));
    assert.equal(opened(all).length, 6);
    assert.ok(codes(all).every((code) => code === 4100));
    assert.equal(await refusals(server, 'node_full'), 14);
    opened(all)[0].destroy();
    await server.reaches(5, 'tidewire_connections');
    const next = await knock(server);
    assert.ok(next.raw);
    assert.equal((await knock(server)).code, 4100);
    for (const raw of [...opened(all), next.raw]) raw.destroy();
  });
});

withServer('the connections of an address', {
  apps: two,
  sections: { limits: { connections_per_address: 3 },
              server: { reactors: 2,
                        trusted_proxies: ['127.0.0.9', '10.0.0.0/8'] } },
}, (run) => {
  const from = (localAddress, forwarded) => ({
    localAddress,
    headers: forwarded ? { 'X-Forwarded-For': forwarded } : undefined,
  });

  test('an address has three, whatever the app, and others have theirs',
       async () => {
    const { server } = run;
    const all = await Promise.all(Array.from(
      { length: 12 },
      (_, i) => knock(server, `key-${1 + i % 2}`, from('127.0.0.1'))));
    assert.equal(opened(all).length, 3);
    assert.ok(codes(all).every((code) => code === 4100));
    assert.equal(await refusals(server, 'address_full'), 9);
    const other = await knock(server, 'key-1', from('127.0.0.2'));
    assert.ok(other.raw);
    opened(all)[0].destroy();
    await server.reaches(3, 'tidewire_connections');
    const next = await knock(server, 'key-1', from('127.0.0.1'));
    assert.ok(next.raw);
    assert.equal((await knock(server, 'key-1', from('127.0.0.1'))).code, 4100);
    for (const raw of [...opened(all), other.raw, next.raw]) raw.destroy();
    await server.reaches(0, 'tidewire_connections');
  });

  test('behind a trusted proxy it is the client that counts', async () => {
    const { server } = run;
    const all = [];
    const via = async (forwarded, expected) => {
      const one = await knock(server, 'key-1', from('127.0.0.9', forwarded));
      all.push(one);
      assert.equal(one.code, expected, forwarded);
    };
    for (let i = 0; i < 3; ++i) await via('198.51.100.1', undefined);
    await via('198.51.100.1', 4100);
    await via('198.51.100.2', undefined);
    // What the client wrote into the header itself does not help it.
    await via('192.0.2.1, 198.51.100.1', 4100);
    await via('198.51.100.1, 10.1.2.3', 4100);
    // IPv6 clients are as many as their networks of 64 bits.
    for (let i = 1; i <= 3; ++i)
      await via(`2001:db8:0:1::${i}`, undefined);
    await via('2001:db8:0:1:ffff::1', 4100);
    await via('2001:db8:0:2::1', undefined);
    for (const raw of opened(all)) raw.destroy();
    await server.reaches(0, 'tidewire_connections');
  });

  test('nobody else is believed', async () => {
    const { server } = run;
    const all = [];
    for (let i = 0; i < 4; ++i)
      all.push(await knock(server, 'key-1',
                           from('127.0.0.3', `198.51.100.${i}`)));
    assert.deepEqual(codes(all), [4100]);
    for (const raw of opened(all)) raw.destroy();
  });
});

withServer('the pending sockets of an address', {
  apps: two,
  sections: { limits: { pending_per_address: 4, handshake_timeout: '60s' },
              server: { reactors: 2 } },
}, (run) => {
  const open = (localAddress = '127.0.0.1') =>
    RawSocket.open(run.server.port, { localAddress });
  const alive = async (raw) => {
    raw.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const answer = await raw.response().catch(() => null);
    return answer?.status === 200;
  };

  test('the fifth is ended at once; others are not hurt', async () => {
    const { server } = run;
    // Whoever asks for the figures is in them.
    const base = await server.metric('tidewire_handshakes_pending');
    const half = [];
    for (let i = 0; i < 4; ++i) half.push(await open());
    for (const raw of half) raw.write('GET /app/key-1 HTT');
    await server.reaches(base + 4, 'tidewire_handshakes_pending');
    const late = await open().catch(() => null);
    await late?.gone();
    await server.reaches(1, 'tidewire_connections_refused_total',
                         { reason: 'address_pending' });
    const neighbour = await open('127.0.0.2');
    assert.ok(await alive(neighbour));
    // One that ends, one that gets through and one that signs make room.
    half[0].destroy();
    await server.reaches(base + 4, 'tidewire_handshakes_pending');
    const { raw } = await knock(server, 'key-1', { localAddress: '127.0.0.1' });
    const through = await knock(server, 'key-1', { localAddress: '127.0.0.1' });
    assert.ok(raw && through.raw, 'who is through does not count');
    for (const one of [...half, late, neighbour, raw, through.raw])
      one?.destroy();
    await server.reaches(base, 'tidewire_handshakes_pending');
  });

  test('publishers that sign are not pending, and may be many', async () => {
    const { server } = run;
    const answers = await Promise.all(Array.from({ length: 4 }, () =>
      publish(server, { name: 'e', channel: 'c', data: '' },
              { app: appOf(1) })));
    assert.ok(answers.every((one) => one.status === 200));
    const more = await publish(server, { name: 'e', channel: 'c', data: '' },
                               { app: appOf(2) });
    assert.equal(more.status, 200);
  });
});
