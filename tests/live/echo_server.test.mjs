// What the base of WebSocket actors promises besides framing, seen at the
// example built on it.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { close, op, ping, text } from './lib/frames.mjs';
import { RawSocket, RawWebSocket } from './lib/raw.mjs';
import { Program, sibling } from './lib/server.mjs';
import { until, within } from './lib/until.mjs';

const binary = process.env.TIDEWIRE_ECHO ?? sibling('tidewire-echo');

describe('the echo server', { timeout: 300_000 }, () => {
  let program;
  let port;
  beforeEach(async () => {
    program = new Program(binary, ['--port', '0']);
    const [, found] =
      await program.prints(/^listening on ws:\/\/127\.0\.0\.1:(\d+)$/m);
    port = Number(found);
  });
  afterEach(async () => {
    try {
      if (!program.child.killed) program.signal('SIGTERM');
      await within(program.exited, 'the echo server ends', 10_000);
      assert.equal(program.code, 0, program.stderr);
    } finally {
      await program.kill();
    }
  });

  async function echoes() {
    const raw = await RawWebSocket.connect(port, '/echo?who=cares');
    raw.write(text('still here'));
    assert.equal(String((await raw.nextFrame(10_000)).payload), 'still here');
    raw.destroy();
  }

  test('other paths and plain HTTP are told what is missing', async () => {
    const status = async (path) =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    assert.equal(await status('/'), 426);
    assert.equal(await status('/elsewhere'), 404);
    const raw = new RawWebSocket((await RawSocket.open(port)).socket);
    assert.equal((await raw.upgrade('/elsewhere')).status, 404);
    raw.destroy();
  });

  test('a message right behind the handshake is heard', async () => {
    const raw = await RawSocket.open(port);
    raw.write(Buffer.concat([
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n' +
                  'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
                  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'),
      text('early')]));
    await raw.upTo('\r\n\r\n');
    assert.equal(String((await raw.take(7)).subarray(2)), 'early');
    raw.destroy();
  });

  test('sockets that end in any way harm nobody', async () => {
    for (let i = 0; i < 60; ++i) {
      const raw = await RawWebSocket.connect(port, '/');
      if (i % 4 === 0) raw.write(text('half', { length: 1000 }));
      if (i % 4 === 1) raw.write(text('x'.repeat(100_000)));
      if (i % 4 === 2) raw.write(close(1000));
      if (i % 3 === 0) raw.resetNow();
      else if (i % 3 === 1) raw.end();
      else raw.destroy();
    }
    await echoes();
  });

  test('a flood waits in its sender, and comes back in order', async () => {
    const raw = await RawWebSocket.connect(port, '/');
    const count = 40_000;
    raw.socket.pause();
    raw.write(Buffer.concat(Array.from({ length: count }, (_, i) =>
      i % 2 ? ping(String(i).padStart(100, '0'))
        : text(String(i).padStart(900, '0')))));
    let unsent = -1;
    await until(() => {
      const same = raw.socket.writableLength === unsent;
      unsent = raw.socket.writableLength;
      return same;
    }, 'the server stops reading');
    await echoes();
    raw.socket.resume();
    for (let i = 0; i < count; ++i) {
      const got = await raw.nextFrame(30_000);
      assert.equal(got.opcode, i % 2 ? op.pong : op.text, `frame ${i}`);
      assert.equal(Number(got.payload), i);
    }
    raw.write(close(1000));
    assert.equal((await raw.nextClose()).code, 1000);
    await raw.gone();
  });

  test('SIGTERM says 1001 to every socket', async () => {
    const open = await Promise.all(
      Array.from({ length: 50 }, () => RawWebSocket.connect(port, '/')));
    program.signal('SIGTERM');
    for (const raw of open) {
      assert.equal((await raw.nextClose()).code, 1001);
      raw.destroy();
    }
  });
});
