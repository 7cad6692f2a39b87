// Compressed messages of clients, and compression bombs (RFC 7692).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { join, sections, send, words } from './lib/deflate.mjs';
import { deflated, frame, op, packed, ping, text } from './lib/frames.mjs';
import { withServer } from './lib/suite.mjs';
import { sanitized } from './lib/until.mjs';

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
