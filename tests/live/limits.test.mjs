// Every limit at its value and one beyond it (docs/limits.md).
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { call, channelAuth, isSentence, publish } from './lib/api.mjs';
import { RawPusher, RawSocket, RawWebSocket, op } from './lib/raw.mjs';
import { client, disconnectAll, errorsOf } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

const appOf = (id) => ({ id: String(id), key: `key-${id}`,
                         secret: `secret-${id}` });

/** `[[apps]]` with these ids and lines. */
function appsWith(lines) {
  return Object.entries(lines).map(([id, more]) => `
[[apps]]
id = "${id}"
keys = [{ key = "key-${id}", secret = "secret-${id}" }]
${more}
`).join('');
}

/** What becomes of a handshake: a socket that is served, or its close frame. */
async function knock(server, key = 'key-1', options = {}) {
  const { headers, query = 'protocol=7', ...rest } = options;
  const raw = await RawPusher.connect(
    server.port, RawPusher.target(key, query), headers, rest);
  const first = await raw.nextFrame();
  if (first.opcode === op.text &&
      JSON.parse(first.payload).event === 'pusher:connection_established') {
    raw.socketId = JSON.parse(JSON.parse(first.payload).data).socket_id;
    return { raw };
  }
  raw.destroy();
  return { code: first.code, reason: first.reason };
}

const codes = (all) => all.filter((one) => one.code).map((one) => one.code);
const opened = (all) => all.filter((one) => one.raw).map((one) => one.raw);

function refusals(server, reason, appId) {
  return server.metric('tidewire_connections_refused_total',
                       { reason, ...(appId ? { app_id: appId } : {}) });
}

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

const apps = appsWith({
  1: 'max_connections = 5',
  2: 'connections_per_second = 5',
  3: 'publishes_per_second = 10',
  4: 'reads_per_second = 5',
  5: `client_events_per_second = 3\n${limitsOfApp}`,
  6: '',
  7: 'max_connections = 40',
});

withServer('the limits of an app', {
  apps, sections: { server: { reactors: 2 } },
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

  test('client_events_per_second: the 4th is refused with 4301', async () => {
    const { server } = run;
    const name = { app_id: '5', reason: 'client_event_rate' };
    const before = await server.metric('tidewire_limited_total', name);
    const { raw } = await knock(server, 'key-5');
    await raw.subscribe('private-b', channelAuth(
      raw.socketId, 'private-b', undefined, five));
    for (let i = 0; i < 4; ++i) raw.send('client-y', {}, 'private-b');
    assert.equal((await raw.nextEvent('pusher:error')).data.code, 4301);
    await raw.fence();
    await server.reaches(before + 1, 'tidewire_limited_total', name);
    raw.destroy();
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
