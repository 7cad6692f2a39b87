// permessage-deflate (RFC 7692): negotiated, shared, bounded; off by default.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import WebSocket from 'ws';
import { publish } from './lib/api.mjs';
import { deflated, frame, op, packed, ping, text } from './lib/frames.mjs';
import { RawPusher } from './lib/raw.mjs';
import { publisher } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { Inbox, sanitized, until } from './lib/until.mjs';

const header = 'Sec-WebSocket-Extensions';
const both = 'permessage-deflate; server_no_context_takeover; ' +
  'client_no_context_takeover';
const minSize = 200;

// Text that compresses as events do, and no two of the same seed differ.
function words(size, seed = 1) {
  let dice = seed;
  let out = '';
  while (out.length < size) {
    dice = (Math.imul(dice, 1664525) + 1013904223) >>> 0;
    out += `${['price', 'order', 'user', 'total'][dice >>> 30]}:${
      dice % 1000} `;
  }
  return out.slice(0, size);
}

async function send(server, channel, name, data) {
  const answer = await publish(server, { name, channel, data });
  assert.equal(answer.status, 200, answer.text);
}

const join = (server, offer, options = {}) => RawPusher.join(
  server, { ...options, headers: offer ? { [header]: offer } : {} });

/** The next event of that name with what its frame looked like. */
async function nextFrame(raw, name) {
  const wanted = (one) => one.opcode === op.text &&
    JSON.parse(one.payload).event === name;
  const one = await raw.frames.next(name, 5000, wanted);
  return { ...one, data: JSON.parse(one.payload).data };
}

const everyServer = { reactors: 2 };

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

const sections = {
  compression: { enabled: true, min_size: `${minSize}B`, level: 6 },
  server: everyServer,
};

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

withServer('compressed messages of clients', { sections }, (run) => {
  const fence = packed('{"event":"pusher:ping","data":{}}');
  const open = () => join(run.server, 'permessage-deflate');

  test('are understood, mixed with plain ones', async () => {
    const raw = await open();
    for (let i = 0; i < 3; ++i) {
      raw.write(fence);
      await raw.nextEvent('pusher:pong');
      await raw.fence();
    }
    raw.destroy();
  });

  test('may come in fragments with pings between, and byte by byte',
       async () => {
    const raw = await open();
    const body = deflated('{"event":"pusher:ping","data":{"x":"' +
                          words(500) + '"}}');
    const wire = Buffer.concat([
      frame(op.text, body.subarray(0, 10), { fin: false, rsv: 4 }),
      ping('between'),
      frame(op.continuation, body.subarray(10, 11), { fin: false }),
      frame(op.continuation, '', { fin: false }),
      frame(op.continuation, body.subarray(11)),
    ]);
    raw.write(wire);
    assert.equal((await raw.nextFrame()).payload.toString(), 'between');
    await raw.nextEvent('pusher:pong');
    for (const byte of wire) raw.write(Buffer.from([byte]));
    await raw.nextEvent('pusher:pong');
    raw.destroy();
  });

  test('that are empty are no events, but in order', async () => {
    const raw = await open();
    raw.write(frame(op.text, Buffer.from([0]), { rsv: 4 }));
    await raw.nextEvent('pusher:error');
    raw.write(frame(op.text, '', { rsv: 4 }));
    await raw.nextEvent('pusher:error');
    await raw.fence();
    raw.destroy();
  });

  for (const [what, bytes, code] of [
    ['no deflate data', frame(op.text, Buffer.alloc(20, 0xff), { rsv: 4 }),
     1007],
    ['cut short',
     frame(op.text, deflated(words(500)).subarray(0, 50), { rsv: 4 }), 1007],
    ['no UTF-8 once inflated', packed(Buffer.from('{"event":"\xff\xfe"}',
                                                  'latin1')), 1007],
    ['binary', frame(op.binary, deflated('hello'), { rsv: 4 }), 1003],
    ['marked on a continuation', Buffer.concat([
      frame(op.text, deflated('{}').subarray(0, 1), { fin: false, rsv: 4 }),
      frame(op.continuation, deflated('{}').subarray(1), { rsv: 4 })]), 1002],
    ['marked with another reserved bit', text('{}', { rsv: 6 }), 1002],
    ['a compressed ping', frame(op.ping, '', { rsv: 4 }), 1002],
  ])
    test(`that are ${what} are refused with ${code}`, async () => {
      const raw = await open();
      raw.write(bytes);
      assert.equal((await raw.nextClose()).code, code);
      await raw.gone();
    });

  test('have the limit to the byte', async () => {
    const limit = 64 * 1024;
    const start = '{"event":"pusher:ping","data":"';
    const exactly = (size) =>
      packed(start + 'a'.repeat(size - start.length - 2) + '"}');
    const raw = await open();
    raw.write(exactly(limit));
    await raw.nextEvent('pusher:pong');
    raw.write(exactly(limit + 1));
    assert.equal((await raw.nextClose()).code, 1009);
    await raw.gone();
  });
});

withServer('compression bombs', { sections }, (run) => {
  test('are closed at the limit, allocate nothing to speak of, and leave ' +
       'the others alone', async () => {
    const { server } = run;
    const limit = 64 * 1024;
    // A text of the size that inflates to 1,000 times the limit and more.
    const body = deflated(Buffer.alloc(1020 * limit, '0'), { level: 9 });
    assert.ok(body.length <= limit, `${body.length}`);
    assert.ok(1020 * limit / body.length > 1000);
    const bomb = frame(op.text, body, { rsv: 4 });
    const half = body.length >> 1;
    const inPieces = Buffer.concat([
      frame(op.text, body.subarray(0, half), { fin: false, rsv: 4 }),
      frame(op.continuation, body.subarray(half))]);

    const bystander = await join(server, 'permessage-deflate');
    await bystander.subscribe('calm');
    const highWater = () => 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(
      readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
    const explode = async (bytes) => {
      const raw = await join(server, 'permessage-deflate');
      raw.write(bytes);
      assert.equal((await raw.nextClose()).code, 1009);
      await raw.gone();
      raw.destroy();
    };
    for (let i = 0; i < 20; ++i) await explode(i % 2 ? bomb : inPieces);
    const before = highWater();
    const rounds = 60;
    for (let i = 0; i < rounds; ++i) {
      await explode(i % 2 ? bomb : inPieces);
      if (i % 10 === 0) {
        await send(server, 'calm', 'event', words(500, i));
        assert.equal((await bystander.nextEvent('event')).data, words(500, i));
      }
    }
    // Inflated, these would have been 4 GiB.
    if (!sanitized)
      assert.ok(highWater() - before < 8 * limit, `${highWater() - before}`);
    bystander.destroy();
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
