// max_connections where connections count only once they are authorized: those
// that wait for it are bounded, too, and none of them slips in beyond the cap.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { channelAuth } from './lib/api.mjs';
import { appOf, appsWith, codes, knock, opened, refusals }
  from './lib/limits.mjs';
import { withServer } from './lib/suite.mjs';
import { rawSignin, userAuth } from './lib/users.mjs';

const app = appOf(1);
const many = appOf(2);

withServer('connections that wait to be authorized', {
  apps: appsWith({ 1: 'max_connections = 2\nauthorized_only = true',
                   2: 'max_connections = 10\nauthorized_only = true',
                   3: 'authorized_only = true' }),
  sections: { server: { reactors: 2 },
              limits: { authorization_timeout: '60s', max_connections: 30 } },
}, (run) => {
  const open = new Set();
  const enter = async (key = app.key) => {
    const one = await knock(run.server, key);
    if (one.raw) open.add(one.raw);
    return one;
  };
  const counted = (id = app.id) => run.server.connections(id);
  const waiting = (expected, id = app.id) => run.server.reaches(
    expected, 'tidewire_connections_unauthorized', { app_id: id });

  afterEach(async () => {
    for (const raw of open) raw.destroy();
    open.clear();
    for (const { id } of [app, many, appOf(3)]) {
      await waiting(0, id);
      await run.server.reaches(0, 'tidewire_connections', { app_id: id });
    }
    await run.server.reaches(0, 'tidewire_gauge_drift');
  });

  test('as many wait as may be let in, the next is told to come back',
       async () => {
    const before = await refusals(run.server, 'app_pending', app.id);
    for (let i = 0; i < 2; ++i) assert.ok((await enter()).raw);
    assert.equal((await enter()).code, 4100);
    await run.server.reaches(before + 1, 'tidewire_connections_refused_total',
                             { reason: 'app_pending', app_id: app.id });
    assert.equal(await counted(), 0);
    // Whoever is let in, or leaves, makes room for another to wait.
    const [first, second] = open;
    const answer = await rawSignin(first, { id: 'ann' }, app);
    assert.equal(answer.event, 'pusher:signin_success');
    assert.equal(await counted(), 1);
    assert.ok((await enter()).raw);
    assert.equal((await enter()).code, 4100);
    await second.leave();
    assert.ok((await enter()).raw);
  });

  test('a full app lets nobody wait, and closes who waited with 4004',
       async () => {
    for (let i = 0; i < 2; ++i) await enter();
    const [first, second] = open;
    await rawSignin(first, { id: 'ann' }, app);
    await enter();
    await enter().then(({ code }) => assert.equal(code, 4100));
    const third = [...open].at(-1);
    await rawSignin(second, { id: 'bob' }, app);
    assert.equal(await counted(), 2);
    assert.equal((await enter()).code, 4004);
    const before = await refusals(run.server, 'app_full', app.id);
    third.send('pusher:signin',
               userAuth(third.socketId, '{"id":"eve"}', app));
    const answer = await third.nextFrame();
    assert.equal(answer.code, 4004, 'nothing is said but the goodbye');
    await run.server.reaches(before + 1, 'tidewire_connections_refused_total',
                             { reason: 'app_full', app_id: app.id });
    assert.equal(await counted(), 2);
  });

  test('a subscription that authorizes does not get beyond the cap either',
       async () => {
    const join = (raw) => raw.send('pusher:subscribe', {
      channel: 'private-a', ...channelAuth(raw.socketId, 'private-a',
                                           undefined, app) });
    for (let i = 0; i < 2; ++i) await enter();
    const [first, second] = open;
    await rawSignin(first, { id: 'ann' }, app);
    await enter();
    const third = [...open].at(-1);
    join(second);
    await second.nextEvent('pusher_internal:subscription_succeeded');
    join(third);
    assert.equal((await third.nextClose()).code, 4004);
    assert.equal(await counted(), 2);
    await waiting(0);
  });

  test('of ten that are authorized at once five fit, and no more', async () => {
    for (let round = 0; round < 5; ++round) {
      const all = [];
      for (let i = 0; i < 10; ++i) all.push(await enter(many.key));
      assert.deepEqual(codes(all), []);
      const half = opened(all).slice(0, 5);
      await Promise.all(half.map(
        (raw, i) => rawSignin(raw, { id: `u${i}` }, many)));
      for (let i = 0; i < 5; ++i) all.push(await enter(many.key));
      assert.deepEqual(codes(all), []);
      const late = opened(all).slice(5);
      const ends = await Promise.all(late.map(async (raw, i) => {
        raw.send('pusher:signin',
                 userAuth(raw.socketId, `{"id":"v${i}"}`, many));
        const frame = await raw.nextFrame();
        return frame.code ?? JSON.parse(frame.payload).event;
      }));
      const closed = ends.filter((end) => end === 4004).length;
      assert.equal(closed, 5, `${ends}`);
      assert.equal(ends.length - closed, 5);
      assert.equal(await counted(many.id), 10);
      for (const raw of open) raw.destroy();
      open.clear();
      await run.server.reaches(0, 'tidewire_connections',
                               { app_id: many.id });
      await waiting(0, many.id);
    }
  });

  test('without a cap of the app it is that of the node that bounds them',
       async () => {
    const all = [];
    for (let i = 0; i < 31; ++i) all.push(await enter('key-3'));
    assert.equal(opened(all).length, 30);
    assert.deepEqual(codes(all), [4100]);
    await waiting(30, '3');
  });
});
