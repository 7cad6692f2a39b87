// 10,000 events in order to 500 subscribers, while 50 others never read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestBytes } from './lib/api.mjs';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';
import { patience, sanitized, until } from './lib/until.mjs';

const events = 10_000;
const readers = 500;
const sleepers = 50;
const inFlight = 16;
const outbox = 256 * 1024;
const digits = 5;
// Socket buffers swallow megabytes before a sleeper is noticed: an event has to
// be large enough for its share of 10,000 to exceed them.
const filler = 'x'.repeat(700);
const path = '/apps/1/events';
const label = (i) => `${String(i).padStart(digits, '0')}${filler}`;
const publication = (i) => requestBytes('POST', path, {
  body: JSON.stringify({ name: 'n', channel: 'flood', data: label(i) }) });

const pingFrame =
  Buffer.from('\x81\x21{"event":"pusher:ping","data":{}}', 'latin1');

/** What came, without the pings between frames. */
function withoutPings(bytes) {
  for (let at; (at = bytes.indexOf(pingFrame)) >= 0;)
    bytes = Buffer.concat([bytes.subarray(0, at),
                           bytes.subarray(at + pingFrame.length)]);
  return bytes;
}

/**
 * Compares what one subscriber gets with what it ought to get, `expected`, made
 * of frames of `size` bytes. A ping may come between two of them.
 */
class Reader {
  got = 0;
  wrong = null;
  #held = Buffer.alloc(0);

  constructor(raw, expected, size) {
    raw.pipe((bytes) => this.#take(bytes, expected, size));
  }

  #take(bytes, expected, size) {
    const end = this.got + bytes.length;
    if (this.#held.length === 0 && end <= expected.length &&
        expected.compare(bytes, 0, bytes.length, this.got, end) === 0) {
      this.got = end;
      return;
    }
    // Frame by frame, slowly, until the two agree again.
    this.#held = Buffer.concat([this.#held, bytes]);
    while (this.#held.length > 0 && this.wrong === null) {
      const held = this.#held;
      const rest = Math.min(size - (this.got % size), held.length);
      const due = expected.subarray(this.got, this.got + rest);
      if (held.subarray(0, rest).equals(due)) {
        this.got += rest;
        this.#held = held.subarray(rest);
      } else if (held.length < pingFrame.length) {
        return;
      } else if (this.got % size === 0 &&
                 held.subarray(0, pingFrame.length).equals(pingFrame)) {
        this.#held = held.subarray(pingFrame.length);
      } else {
        this.wrong = this.got;
      }
    }
  }
}

const sections = {
  limits: { max_outbox: '256KiB', pong_timeout: '1h' }, // nobody answers pings
  server: { reactors: 2 },
};

withServer('slow readers', { sections }, (run) => {
  test('they are closed, and nobody else notices',
       { timeout: 280_000 * patience }, async () => {
    const { server } = run;
    const join = async () => {
      const raw = await RawPusher.join(server);
      await raw.subscribe('flood');
      return raw;
    };
    const reading = [];
    for (let i = 0; i < readers; ++i) reading.push(await join());
    const sleeping = [];
    for (let i = 0; i < sleepers; ++i) {
      const raw = await join();
      raw.socket.pause();
      sleeping.push(raw);
    }
    const publisher = await RawSocket.open(server.port);

    // The first event shows what a frame of this server looks like; the others
    // differ from it in their number only, so readers can compare bytes.
    let frameBytes;
    const sample = await join();
    sample.pipe((bytes) => {
      frameBytes = withoutPings(
        Buffer.concat([frameBytes ?? Buffer.alloc(0), bytes]));
    });
    const streams = reading.map((raw) => {
      const stream = { first: Buffer.alloc(0) };
      raw.pipe((bytes) => {
        stream.first = withoutPings(Buffer.concat([stream.first, bytes]));
      });
      return stream;
    });
    publisher.write(publication(0));
    assert.equal((await publisher.response()).status, 200);
    await until(() => frameBytes?.includes(label(0)) &&
                frameBytes.at(-1) === '}'.charCodeAt(0), 'the first event');
    const size = frameBytes.length;
    await until(() => streams.every((s) => s.first.length === size),
                'everybody has the first event');
    assert.ok(streams.every((s) => s.first.equals(frameBytes)));
    const at = frameBytes.indexOf(label(0));
    const expected = Buffer.alloc(size * events);
    for (let i = 1; i <= events; ++i) {
      frameBytes.copy(expected, (i - 1) * size);
      expected.write(label(i), (i - 1) * size + at);
    }
    const checked = [...reading, sample].map((raw) =>
      new Reader(raw, expected, size));

    const before = server.rssBytes();
    let peak = before;
    let sent = 0;
    let answered = 0;
    while (answered < events) {
      while (sent < events && sent - answered < inFlight)
        publisher.write(publication(++sent));
      assert.equal((await publisher.response({ ms: 20_000 })).status, 200);
      if (++answered % 100 === 0) peak = Math.max(peak, server.rssBytes());
    }
    await until(() => checked.every((one) => one.got >= expected.length),
                'everybody has everything', 30_000);
    for (const one of checked) {
      assert.equal(one.wrong, null, `differs at byte ${one.wrong}`);
      assert.equal(one.got, expected.length);
    }

    await server.reaches(sleepers, 'tidewire_connections_closed_total',
                         { app_id: '1', reason: 'slow_reader' }, 10_000);
    assert.equal(await server.metric('tidewire_connections_closed_total'),
                 sleepers, 'nobody else was closed');
    await server.reaches(readers + 1, 'tidewire_connections');
    assert.equal(await server.metric('tidewire_gauge_drift'), 0);
    const growth = Math.max(peak, server.rssBytes()) - before;
    if (!sanitized)
      assert.ok(growth < sleepers * outbox + 16 * 1024 * 1024,
                `memory grew by ${(growth / 2 ** 20).toFixed(1)} MiB`);

    // When they wake up they find their socket ended.
    for (const raw of sleeping) raw.socket.resume();
    for (const raw of sleeping) await raw.gone(10_000);
    for (const raw of [...reading, sample, ...sleeping]) raw.destroy();
    publisher.destroy();
    await server.reaches(0, 'tidewire_connections');
  });
});
