// Running out of descriptors: no spin, no death, and back within a second.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';
import { patience, sanitized, until, within } from './lib/until.mjs';

const seconds = Number(process.env.TIDEWIRE_EXHAUSTION_SECONDS ?? 60);
const limit = 256;
const now = () => performance.now();

const options = {
  shell: `ulimit -n ${limit}`,
  sections: { limits: { pong_timeout: '1h' } }, // the crowd answers no pings
};

withServer('descriptors exhausted', options, (run) => {
  test(`for ${seconds} s`, { timeout: (seconds + 60) * 1000 * patience },
       async () => {
    const { server } = run;
    const early = [];
    for (let i = 0; i < 20; ++i) early.push(await RawPusher.join(server));
    await early[0].subscribe('talk');

    // Sockets that keep their descriptor: WebSockets until no more are served.
    const crowd = [];
    for (let failures = 0; failures < 3;) {
      const raw = await RawPusher.join(server).catch(() => null);
      if (raw) crowd.push(raw);
      else ++failures;
      assert.ok(crowd.length < limit, 'the limit is a limit');
    }
    assert.ok(crowd.length > limit / 2, `${crowd.length} connections fit`);

    // And hold it, while others keep knocking. Whoever is not served is ended
    // cleanly or waits in the kernel's queue; nobody is half served.
    const began = now();
    const cpu = server.cpuSeconds();
    const knocking = [];
    let knocks = 0;
    let ended = 0;
    let slowest = 0;
    let nextKnock = began;
    let nextPing = began;
    await until(async () => {
      if (now() >= nextKnock && knocking.length < 500) {
        nextKnock = now() + 100;
        ++knocks;
        const raw = await RawSocket.open(server.port).catch(() => null);
        if (raw) {
          knocking.push(raw);
          raw.onEnd = () => { ++ended; };
          raw.pipe(() => {});
        }
      }
      if (now() >= nextPing) {
        nextPing = now() + 500;
        const asked = now();
        await early[knocks % early.length].fence();
        slowest = Math.max(slowest, now() - asked);
      }
      return now() - began >= seconds * 1000;
    }, 'the time of exhaustion', seconds * 1000 + 5000);
    const share =
      (server.cpuSeconds() - cpu) / ((now() - began) / 1000);
    assert.ok(knocks >= seconds, `${knocks} attempts`);
    assert.ok(slowest < 1000 * patience, `a ping took ${slowest} ms`);
    if (!sanitized)
      assert.ok(share < 0.05, `${(100 * share).toFixed(1)} % of a core, with ` +
                              `${ended} of ${knocks} refused`);
    assert.ok([...early, ...crowd].every((raw) => !raw.closed),
              'nobody who was served is dropped');

    // Descriptors come free: within a second newcomers are served again.
    for (const raw of knocking) raw.destroy();
    for (const raw of crowd.slice(0, 100)) raw.resetNow();
    const freed = now();
    const late = await until(
      () => RawPusher.join(server).catch(() => null), 'served again', 1000);
    assert.ok(now() - freed < 1000 * patience);
    await late.subscribe('talk');
    await within(Promise.all(Array.from({ length: 50 }, async () => {
      (await RawPusher.join(server)).destroy();
    })), 'fifty more are served', 5000);
    for (const raw of [...early, ...crowd, late]) raw.destroy();
    await server.reaches(0, 'tidewire_connections');
    assert.equal(await server.metric('tidewire_gauge_drift'), 0);
  });
});
