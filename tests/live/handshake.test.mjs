// How a connection opens, and how it is refused (protocol.md §1, §7).
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { text } from './lib/frames.mjs';
import { RawPusher, RawWebSocket, op } from './lib/raw.mjs';
import { client, connected, disconnectAll, errorsOf } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

withServer('the handshake', {}, (run) => {
  afterEach(disconnectAll);

  const open = (target, headers) =>
    RawWebSocket.connect(run.server.port, target, headers);

  test('connection_established comes first, its data encoded twice',
       async () => {
    const raw = await open(RawPusher.target());
    const first = await raw.nextFrame();
    assert.equal(first.opcode, op.text);
    const message = JSON.parse(first.payload);
    assert.equal(message.event, 'pusher:connection_established');
    assert.equal(typeof message.data, 'string');
    const data = JSON.parse(message.data);
    assert.match(data.socket_id, /^\d+\.\d+$/);
    assert.equal(data.activity_timeout, 120);
    raw.destroy();
  });

  for (const protocol of [4, 5, 6, 7])
    test(`protocol ${protocol} is served`, async () => {
      const raw =
        await open(`/app/app-key?protocol=${protocol}&client=x&version=1`);
      const first = JSON.parse((await raw.nextFrame()).payload);
      assert.equal(first.event, 'pusher:connection_established');
      raw.destroy();
    });

  // What is refused: target, close code, reason in the metrics.
  const refusals = [
    ['/app/no-such-key?protocol=7', 4001, 'unknown_key'],
    ['/app/app-key%00?protocol=7', 4001, 'unknown_key'],
    ['/app/off-key?protocol=7', 4003, 'app_disabled'],
    ['/?protocol=7', 4005, 'bad_path'],
    ['/nope/app-key?protocol=7', 4005, 'bad_path'],
    ['/app/?protocol=7', 4005, 'bad_path'],
    ['/app?protocol=7', 4005, 'bad_path'],
    ['/app/app-key/more?protocol=7', 4005, 'bad_path'],
    ['/app/app-key?protocol=seven', 4006, 'bad_version'],
    ['/app/app-key?protocol=7&version=%22what%3F', 4006, 'bad_version'],
    ['/app/app-key?protocol=8', 4007, 'unsupported_protocol'],
    ['/app/app-key?protocol=3', 4007, 'unsupported_protocol'],
    ['/app/app-key?protocol=0', 4007, 'unsupported_protocol'],
    ['/app/app-key?protocol=99999999999999999999', 4007,
     'unsupported_protocol'],
    ['/app/app-key', 4008, 'no_protocol'],
    ['/app/app-key?protocol=', 4008, 'no_protocol'],
    ['/app/app-key?client=js&version=8.6.0', 4008, 'no_protocol'],
  ];
  for (const [target, code, reason] of refusals)
    test(`${target} is upgraded, then closed with ${code}`, async () => {
      const labels = { reason };
      const before =
        await run.server.metric('tidewire_connections_refused_total', labels);
      const raw = await open(target);
      // Protocol 6 and later: the close frame alone.
      const first = await raw.nextFrame();
      assert.equal(first.opcode, op.close, String(first.payload));
      assert.equal(first.code, code);
      assert.ok(first.reason.length > 10, first.reason);
      await raw.gone();
      raw.destroy();
      await run.server.reaches(
        before + 1, 'tidewire_connections_refused_total', labels);
      assert.equal(await run.server.connections(), 0);
    });

  test('before protocol 6 an error event comes before the close', async () => {
    const raw = await open('/app/no-such-key?protocol=5');
    const first = JSON.parse((await raw.nextFrame()).payload);
    assert.equal(first.event, 'pusher:error');
    assert.equal(first.data.code, 4001);
    assert.equal(typeof first.data.message, 'string');
    const second = await raw.nextFrame();
    assert.equal(second.code, 4001);
    await raw.gone();
  });

  test('the path prefix is a setting', async () => {
    // Without the setting only /app/KEY is known.
    const raw = await open('/ws/app/app-key?protocol=7');
    assert.equal((await raw.nextClose()).code, 4005);
  });

  test('the key is decoded as a URL is', async () => {
    const raw = await open('/app/app%2Dkey?protocol=7');
    await raw.frames.next('established');
    raw.destroy();
  });

  test('an origin that is not on the list is refused', async () => {
    const target = RawPusher.target('home-key');
    for (const headers of [{ Origin: 'https://elsewhere.example' },
                           { Origin: 'https://home.example.evil' },
                           { Origin: 'null' }]) {
      // 4009 is our choice: final for the page, and the peers' too.
      const raw = await open(target, headers);
      const first = await raw.nextFrame();
      assert.equal(first.opcode, op.close, String(first.payload));
      assert.equal(first.code, 4009);
      await raw.gone();
    }
    const raw = await open(target, { Origin: 'https://home.example' });
    const first = JSON.parse((await raw.nextFrame()).payload);
    assert.equal(first.event, 'pusher:connection_established');
    raw.destroy();
  });

  test('any origin will do where none is listed', async () => {
    const raw =
      await open(RawPusher.target(), { Origin: 'https://any.example' });
    await raw.frames.next('established');
    raw.destroy();
  });

  // Requests that are no WebSocket handshake get an HTTP answer.
  const noHandshakes = [
    ['another version of WebSocket', { 'Sec-WebSocket-Version': '8' }, 426],
    ['no version', { 'Sec-WebSocket-Version': undefined }, 426],
    ['no key', { 'Sec-WebSocket-Key': undefined }, 400],
    ['a key of the wrong length', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 400],
    ['a key that is no base64', { 'Sec-WebSocket-Key': '*'.repeat(24) }, 400],
    ['no Host', { Host: undefined }, 400],
  ];
  for (const [name, headers, status] of noHandshakes)
    test(`a handshake with ${name} gets an HTTP error`, async () => {
      const raw = await RawWebSocket.open(run.server.port);
      const answer = await raw.upgrade(RawPusher.target(), headers);
      assert.equal(answer.status, status, answer.body);
      if (status === 426)
        assert.equal(answer.headers['sec-websocket-version'], '13');
      assert.ok(answer.body.length > 10);
      raw.destroy();
    });

  test('a plain GET of the path of a WebSocket says what to do', async () => {
    const answer = await fetch(
      `http://127.0.0.1:${run.server.port}${RawPusher.target()}`);
    assert.ok([400, 404, 426].includes(answer.status), answer.status);
    assert.ok((await answer.text()).length > 10);
  });

  test('header names and values are taken in any case', async () => {
    const raw = await open(RawPusher.target(), {
      Upgrade: undefined, Connection: undefined, uPgRaDe: 'WebSocket',
      cOnNeCtIoN: 'keep-alive, UPGRADE',
    });
    await raw.frames.next('established');
    raw.destroy();
  });

  test('no extension and no subprotocol is granted', async () => {
    const raw = await RawWebSocket.open(run.server.port);
    const answer = await raw.upgrade(RawPusher.target(), {
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol': 'chat, superchat',
    });
    assert.equal(answer.status, 101);
    assert.equal(answer.headers['sec-websocket-extensions'], undefined);
    assert.equal(answer.headers['sec-websocket-protocol'], undefined);
    raw.destroy();
  });

  test('what is sent along with the handshake is not lost', async () => {
    const raw = await RawPusher.open(run.server.port);
    const sent = raw.upgrade(RawPusher.target());
    raw.write(text('{"event":"pusher:ping","data":{}}'));
    assert.equal((await sent).status, 101);
    raw.startFrames();
    await raw.nextEvent('pusher:connection_established');
    await raw.nextEvent('pusher:pong');
    raw.destroy();
  });

  test('a handshake may come byte by byte', async () => {
    const raw = await RawPusher.open(run.server.port);
    const write = raw.write.bind(raw);
    raw.write = (bytes) => { for (const one of bytes) write(one); };
    assert.equal((await raw.upgrade(RawPusher.target())).status, 101);
    raw.startFrames();
    await raw.nextEvent('pusher:connection_established');
    raw.destroy();
  });

  for (const [key, code] of [['no-such-key', 4001], ['off-key', 4003]])
    test(`pusher-js gives up after ${code}`, async () => {
      const pusher = client(run.server, { app: { id: '1', key, secret: 'x' } });
      const errors = errorsOf(pusher);
      const error = await errors.next('an error');
      assert.equal((error.error ?? error).data.code, code);
      await until(() => pusher.connection.state === 'disconnected',
                  'pusher-js has stopped');
      assert.equal(pusher.connection.retryTimer ?? null, null);
    });

  test('pusher-js connects through the options of a page', async () => {
    const pusher = client(run.server, { enabledTransports: ['ws', 'wss'],
                                        activityTimeout: 10_000 });
    await connected(pusher);
    assert.equal(pusher.connection.activityTimeout, 10_000);
  });
});

const prefix = { server: { path_prefix: '/live' } };
withServer('a path prefix', { sections: prefix }, (run) => {
  afterEach(disconnectAll);

  test('pusher-js connects below the prefix by wsPath', async () => {
    await connected(client(run.server, { wsPath: '/live' }));
  });

  test('without the prefix it works too', async () => {
    await connected(client(run.server));
  });

  test('another prefix does not', async () => {
    const raw = await RawWebSocket.connect(
      run.server.port, `/other${RawPusher.target()}`);
    assert.equal((await raw.nextClose()).code, 4005);
  });
});

const slow = { limits: { handshake_timeout: '1s' } };
withServer('a handshake that takes too long', { sections: slow }, (run) => {
  for (const [name, bytes] of [
    ['nothing', ''], ['half a request', 'GET /app/app-key HTTP/1.1\r\nHo']])
    test(`${name} is closed after handshake_timeout`, async () => {
      const labels = { reason: 'handshake_timeout' };
      const before =
        await run.server.metric('tidewire_connections_refused_total', labels);
      const raw = await RawWebSocket.open(run.server.port);
      raw.write(bytes);
      await raw.gone(3000);
      await run.server.reaches(
        before + 1, 'tidewire_connections_refused_total', labels);
      raw.destroy();
    });
});
