// permessage-deflate (RFC 7692): negotiated, shared, bounded; off by default.
import assert from 'node:assert/strict';
import { randomBytes, webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import WebSocket from 'ws';
import { header, join, minSize, nextFrame, sections, send,
         words } from './lib/deflate.mjs';
import { op, packed, ping } from './lib/frames.mjs';
import { RawPusher } from './lib/raw.mjs';
import { publisher } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { Inbox, until } from './lib/until.mjs';

const both = 'permessage-deflate; server_no_context_takeover; ' +
  'client_no_context_takeover';

withServer('compression by default', {}, (run) => {
  test('is off: an offer is not answered, a compressed message is refused',
       async () => {
    const raw = await join(run.server, 'permessage-deflate');
    assert.equal(raw.extensions, undefined);
    raw.write(packed('{"event":"pusher:ping","data":{}}'));
    assert.equal((await raw.nextClose()).code, 1002);
    await raw.gone();
  });

  test('leaves the ws package without it, and working', async () => {
    const socket = new WebSocket(
      `ws://127.0.0.1:${run.server.port}${RawPusher.target()}`);
    const inbox = new Inbox();
    socket.on('message', (data) => inbox.push(JSON.parse(data)));
    const hello = await inbox.next('hello');
    assert.equal(hello.event, 'pusher:connection_established');
    assert.equal(socket.extensions, '');
    socket.terminate();
  });
});

withServer('negotiation', { sections }, (run) => {
  const accepted = [
    ['permessage-deflate', both],
    ['permessage-deflate; client_max_window_bits', both],
    ['permessage-deflate; client_max_window_bits=8', both],
    ['permessage-deflate; server_no_context_takeover', both],
    ['permessage-deflate; client_no_context_takeover', both],
    ['permessage-deflate; server_no_context_takeover; ' +
     'client_no_context_takeover; client_max_window_bits=15', both],
    ['foo; bar="x", permessage-deflate', both],
    ['permessage-deflate; unknown=1, permessage-deflate', both],
    ['permessage-deflate; server_max_window_bits=16, permessage-deflate', both],
    ...[8, 9, 10, 11, 12, 13, 14, 15].map((bits) => [
      `permessage-deflate; server_max_window_bits=${bits}`,
      `${both}; server_max_window_bits=${bits}`]),
  ];
  for (const [offer, answer] of accepted)
    test(`"${offer}" is accepted, and events of every size arrive`,
         async () => {
      const { server } = run;
      const raw = await join(server, offer);
      assert.equal(raw.extensions, answer);
      await raw.subscribe('sizes');
      for (const size of [1, 250, 600, 5000, 9000]) {
        const data = words(size);
        await send(server, 'sizes', 'sized', data);
        const got = await nextFrame(raw, 'sized');
        assert.equal(got.data, data);
        // What is larger than the window comes as it is.
        const [, bits] = /server_max_window_bits=(\d+)/.exec(answer) ?? [, 15];
        assert.equal(got.packed, size >= minSize &&
                     got.payload.length <= 2 ** bits, `${size} bytes`);
      }
      raw.destroy();
    });

  for (const offer of [
    'x-webkit-deflate-frame', 'permessage-deflate; unknown',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; client_max_window_bits=16',
    'permessage-deflate; server_no_context_takeover=1', 'permessage-deflate;',
    'permessage-deflate; server_max_window_bits="9', ';;;', '\u00e9,=',
  ])
    test(`"${offer}" is declined, and the connection serves`, async () => {
      const raw = await join(run.server, offer);
      assert.equal(raw.extensions, undefined);
      await raw.subscribe('plain');
      const data = words(2000);
      await send(run.server, 'plain', 'event', data);
      assert.equal((await raw.nextEvent('event')).data, data);
      raw.destroy();
    });

  test('offers may stand in several headers', async () => {
    const raw = await RawPusher.open(run.server.port);
    const answer = await raw.upgrade(RawPusher.target(), {
      [header]: `foo\r\n${header}: permessage-deflate` });
    assert.equal(answer.status, 101);
    assert.equal(answer.headers[header.toLowerCase()], both);
    raw.destroy();
  });

  test('a refused handshake carries no extension', async () => {
    const raw = await RawPusher.open(run.server.port);
    const answer = await raw.upgrade(RawPusher.target('no-such-key'),
                                     { [header]: 'permessage-deflate' });
    assert.equal(answer.status, 101);
    assert.equal(answer.headers[header.toLowerCase()], undefined);
    raw.startFrames();
    assert.equal((await raw.nextClose()).code, 4001);
    raw.destroy();
  });
});

withServer('compressed events', { sections }, (run) => {
  test('plain and compressing clients in one channel all get each event',
       async () => {
    const { server } = run;
    const offers = [undefined, 'permessage-deflate', undefined,
                    'permessage-deflate; server_max_window_bits=9',
                    'permessage-deflate; client_max_window_bits'];
    // Enough of each that every reactor has some of each.
    const clients = await Promise.all(
      Array.from({ length: 40 }, (_, i) => join(server, offers[i % 5])));
    await Promise.all(clients.map((one) => one.subscribe('mixed')));
    const sent = Array.from({ length: 60 }, (_, i) =>
      `${i} ${words(i % 3 === 0 ? 20 : 400 + 97 * i, i)}`);
    for (const data of sent) await send(server, 'mixed', 'event', data);
    for (const one of clients) {
      let small = 0;
      for (const data of sent) {
        const got = await nextFrame(one, 'event');
        assert.equal(got.data, data);
        if (!one.extensions) continue;
        const fits = !one.extensions.includes('=9') ||
          got.payload.length <= 512;
        assert.equal(got.packed, fits && got.payload.length >= minSize);
        if (got.packed && got.payload.length > 1000)
          small += got.wireBytes < 0.6 * got.payload.length;
      }
      assert.ok(!one.extensions || one.extensions.includes('=9') || small > 30);
      one.destroy();
    }
  });

  test('answers to one client alone are compressed as well', async () => {
    const { server } = run;
    const signer = publisher(server);
    const channel = 'presence-big';
    const enter = async (raw, user_id) => {
      const user = { user_id, user_info: { about: words(700) } };
      const auth = signer.authorizeChannel(raw.socketId, channel, user);
      raw.send('pusher:subscribe', { ...auth, channel });
      return nextFrame(raw, 'pusher_internal:subscription_succeeded');
    };
    const first = await join(server);
    await enter(first, 'one');
    const second = await join(server, 'permessage-deflate');
    const told = await enter(second, 'two');
    assert.ok(told.packed);
    assert.equal(JSON.parse(told.data).presence.count, 2);
    first.destroy();
    second.destroy();
  });

  test('control frames are never compressed', async () => {
    const raw = await join(run.server, 'permessage-deflate');
    raw.write(ping('x'.repeat(125)));
    const pong = await raw.nextFrame();
    assert.equal(pong.opcode, op.pong);
    assert.equal(pong.packed, false);
    assert.equal(pong.payload.toString(), 'x'.repeat(125));
    await raw.leave();
  });
});

// pusher-js as a browser runs it: its build for workers takes the WebSocket it
// finds. `ws` offers compression and compresses what it sends above 1 KiB.
class Compressing extends WebSocket {
  static all = [];
  constructor(url) {
    super(url, { perMessageDeflate: { threshold: 100 } });
    Compressing.all.push(this);
  }
}

withServer('pusher-js over a WebSocket that compresses', { sections },
           (run) => {
  const clients = [];
  after(() => clients.forEach((one) => one.disconnect()));

  test('subscribes, receives, and sends client events', async () => {
    const { server } = run;
    globalThis.self ??= globalThis;
    globalThis.crypto ??= webcrypto; // Node 18 has none
    globalThis.WebSocket = Compressing;
    const Pusher =
      createRequire(import.meta.url)('pusher-js/dist/worker/pusher.worker.js');
    const signer = publisher(server);
    const connect = async () => {
      const one = new Pusher('app-key', {
        cluster: '', wsHost: '127.0.0.1', wsPort: server.port, forceTLS: false,
        enabledTransports: ['ws'], disableStats: true,
        channelAuthorization: {
          customHandler: ({ socketId, channelName }, done) =>
            done(null, signer.authorizeChannel(socketId, channelName)),
        },
      });
      clients.push(one);
      const heard = new Inbox();
      const channel = one.subscribe('private-room');
      channel.bind_global((event, data) => heard.push({ event, data }));
      await heard.next('subscribed', 5000,
                       ({ event }) =>
                         event === 'pusher:subscription_succeeded');
      return { channel, heard };
    };
    const a = await connect();
    const b = await connect();
    const plain = await join(server);
    plain.send('pusher:subscribe', {
      ...signer.authorizeChannel(plain.socketId, 'private-room'),
      channel: 'private-room' });
    await plain.nextEvent('pusher_internal:subscription_succeeded');
    for (const socket of Compressing.all)
      assert.match(socket.extensions, /permessage-deflate/);

    for (const size of [10, 150, 1500, 9000]) {
      const data = { text: words(size), noise: randomBytes(8).toString('hex') };
      await send(server, 'private-room', 'event', JSON.stringify(data));
      const wanted = ({ event }) => event === 'event';
      assert.deepEqual((await a.heard.next('event', 5000, wanted)).data, data);
      assert.deepEqual((await b.heard.next('event', 5000, wanted)).data, data);
      assert.deepEqual(JSON.parse((await plain.nextEvent('event')).data), data);

      assert.ok(a.channel.trigger('client-note', data));
      const note = ({ event }) => event === 'client-note';
      assert.deepEqual((await b.heard.next('note', 5000, note)).data, data);
      const told = await plain.nextEvent('client-note');
      assert.deepEqual(typeof told.data === 'string' ? JSON.parse(told.data)
        : told.data, data);
    }
    plain.destroy();
  });

  for (const perMessageDeflate of [
    true, { serverMaxWindowBits: 8 }, { serverMaxWindowBits: 9 },
    { serverMaxWindowBits: 12, clientMaxWindowBits: 9 },
    { clientMaxWindowBits: 10, threshold: 0 },
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
  ])
    test(`ws with ${JSON.stringify(perMessageDeflate)} is served`,
         async () => {
      const { server } = run;
      const socket = new WebSocket(
        `ws://127.0.0.1:${server.port}${RawPusher.target()}`,
        { perMessageDeflate });
      const inbox = new Inbox();
      socket.on('message', (data) => inbox.push(JSON.parse(data)));
      socket.on('close', (code) => inbox.end(new Error(`closed: ${code}`)));
      socket.on('error', (error) => inbox.end(error));
      const next = (name) => inbox.next(name, 5000,
                                        ({ event }) => event === name);
      await next('pusher:connection_established');
      assert.match(socket.extensions, /^permessage-deflate/);
      socket.send(JSON.stringify({
        event: 'pusher:subscribe', data: { channel: 'wide', auth: '' } }));
      await next('pusher_internal:subscription_succeeded');
      for (const size of [1, 300, 3000, 10_000]) {
        await send(server, 'wide', 'event', words(size));
        assert.equal((await next('event')).data, words(size));
        socket.send(JSON.stringify({
          event: 'pusher:ping', data: { filler: words(size) } }));
        await next('pusher:pong');
      }
      await until(() => socket.readyState === WebSocket.OPEN, 'still open');
      socket.close();
    });
});
