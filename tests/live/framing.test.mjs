// WebSocket conformance with raw sockets, in the manner of Autobahn: the same
// cases on the Pusher endpoint and on the echo endpoint.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { framingCases } from './lib/framing_cases.mjs';
import { close, frame, op, ping, text } from './lib/frames.mjs';
import { RawPusher, RawWebSocket } from './lib/raw.mjs';
import { Program, Server, sibling } from './lib/server.mjs';
import { until } from './lib/until.mjs';

const maxMessage = 64 * 1024;
const maxEcho = 16 * 1024 * 1024;

/** Writes `bytes` in pieces of `size`, each in a turn of its own. */
async function writeChopped(raw, bytes, size) {
  for (let at = 0; at < bytes.length; at += size) {
    raw.write(bytes.subarray(at, at + size));
    await new Promise(setImmediate);
  }
}

async function check(raw, { send, expect, chop }) {
  const bytes = Buffer.concat(send);
  if (chop) await writeChopped(raw, bytes, chop);
  else raw.write(bytes);
  for (const wanted of expect) {
    const got = await raw.nextFrame(10_000);
    if (wanted.close) {
      assert.equal(got.opcode, op.close, String(got.payload.subarray(0, 80)));
      assert.ok(wanted.close.includes(got.code), `closed with ${got.code}`);
      raw.write(close(got.code === 1005 ? undefined : got.code));
      await raw.gone();
      assert.equal(raw.frames.length, 0, 'nothing comes after a close');
      return;
    }
    if (wanted.pong) {
      assert.equal(got.opcode, op.pong);
      assert.deepEqual(got.payload, wanted.pong);
    } else {
      wanted.check(got);
    }
  }
  // Nothing more than that, and a clean end.
  raw.write(Buffer.concat([ping('fence'), close(1000, 'done')]));
  const fence = await raw.nextFrame();
  assert.equal(fence.opcode, op.pong);
  assert.equal(fence.payload.toString(), 'fence');
  assert.equal((await raw.nextFrame()).code, 1000);
  await raw.gone();
}

// On the Pusher endpoint a message is a ping and the reply a pong.
const pusherEndpoint = {
  maxMessage, binary: false,
  wrap: (bytes) => Buffer.concat([
    Buffer.from('{"event":"pusher:ping","data":"'), Buffer.from(bytes),
    Buffer.from('"}')]),
  reply: () => ({ check(got) {
    assert.equal(got.opcode, op.text);
    assert.equal(JSON.parse(got.payload).event, 'pusher:pong');
  } }),
};

const echoEndpoint = {
  maxMessage: maxEcho, binary: true,
  wrap: (bytes) => Buffer.from(bytes),
  reply: (payload, opcode = op.text) => ({ check(got) {
    assert.equal(got.opcode, opcode);
    assert.equal(got.payload.length, payload.length);
    assert.ok(got.payload.equals(payload), 'the same bytes come back');
  } }),
};

describe('framing on the Pusher endpoint', { timeout: 600_000 }, () => {
  let server;
  before(async () => { server = await Server.start(); });
  after(async () => { await server?.stop(); });

  for (const one of framingCases(pusherEndpoint))
    test(one.name, async () => {
      const raw = await RawPusher.join(server);
      await check(raw, one);
      raw.destroy();
    });

  test('after all of that nobody is counted', async () => {
    await server.reaches(0, 'tidewire_connections');
    assert.equal(await server.metric('tidewire_gauge_drift'), 0);
  });

  test('violations are counted as such', async () => {
    const labels = { reason: 'protocol' };
    const name = 'tidewire_connections_closed_total';
    const had = await server.metric(name, labels);
    const raw = await RawPusher.join(server);
    raw.write(frame(3));
    await raw.nextClose();
    raw.destroy();
    await server.reaches(had + 1, name, labels);
  });

  test('a client that never answers a close is closed all the same',
       async () => {
    const raw = await RawPusher.join(server);
    raw.write(frame(3));
    assert.equal((await raw.nextClose()).code, 1002);
    await server.reaches(0, 'tidewire_connections');
    await raw.gone(10_000);
    raw.destroy();
  });

  test('a FIN without a close frame ends the connection', async () => {
    const raw = await RawPusher.join(server);
    const labels = { reason: 'lost' };
    const name = 'tidewire_connections_closed_total';
    const had = await server.metric(name, labels);
    raw.end();
    await raw.gone();
    await server.reaches(had + 1, name, labels);
    await server.reaches(0, 'tidewire_connections');
  });

  test('a declared length costs no memory', async () => {
    const all = await Promise.all(
      Array.from({ length: 500 }, () => RawPusher.join(server)));
    const before = server.rssBytes();
    for (const raw of all)
      raw.write(text('x'.repeat(1000), { length: maxMessage }));
    await server.reaches(500, 'tidewire_connections');
    assert.ok(server.rssBytes() - before < 16 * 1024 * 1024);
    for (const raw of all) raw.destroy();
    await server.reaches(0, 'tidewire_connections');
  });

  test('a flood is read when there is room, and loses nothing', async () => {
    const raw = await RawPusher.join(server);
    const count = 60_000;
    raw.socket.pause();
    const flood = [];
    for (let i = 0; i < count; ++i)
      flood.push(ping(String(i).padStart(100, '0'),
                      { key: Buffer.alloc(4) }));
    raw.write(Buffer.concat(flood));
    // The server has taken what it takes from somebody who does not read.
    let written = -1;
    await until(() => {
      const same = raw.socket.writableLength === written;
      written = raw.socket.writableLength;
      return same || written === 0;
    }, 'the server stops reading, or has read all');
    raw.socket.resume();
    for (let i = 0; i < count; ++i) {
      const got = await raw.nextFrame(20_000);
      assert.equal(got.opcode, op.pong, `frame ${i}: ${got.payload}`);
      assert.equal(Number(got.payload), i);
    }
    await raw.leave();
  });
});

describe('framing on the echo endpoint', { timeout: 600_000 }, () => {
  const echo = process.env.TIDEWIRE_ECHO ?? sibling('tidewire-echo');
  let program;
  let port;
  let target;
  before(async () => {
    assert.ok(existsSync(echo), `${echo} is built by the examples`);
    program = new Program(echo, ['--port', '0']);
    const found =
      await program.prints(/listening on ws:\/\/127\.0\.0\.1:(\d+)(\/\S*)?/);
    port = Number(found[1]);
    target = found[2] ?? '/';
  });
  after(async () => {
    if (!program) return;
    program.signal('SIGTERM');
    await until(() => program.ended, 'the echo server ends', 10_000)
      .finally(() => program.kill());
    assert.equal(program.code, 0, program.stderr);
  });

  for (const one of framingCases(echoEndpoint))
    test(one.name, async () => {
      const raw = await RawWebSocket.connect(port, target);
      await check(raw, one);
      raw.destroy();
    });

  for (const [opcode, name] of [[op.text, 'text'], [op.binary, 'binary']])
    for (const size of [64, 4096, 65_536, 1_048_576])
      test(`4 MiB of ${name} in fragments of ${size}`, async () => {
        const raw = await RawWebSocket.connect(port, target);
        const payload = Buffer.alloc(4 * 1024 * 1024, 'wave ');
        const send = [];
        for (let at = 0; at < payload.length; at += size)
          send.push(frame(at === 0 ? opcode : op.continuation,
                          payload.subarray(at, at + size),
                          { fin: at + size >= payload.length }));
        await check(raw, { send,
                           expect: [echoEndpoint.reply(payload, opcode)] });
      });
});
