// Users who watch each other come and go, protocol.md §6.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { mainApp } from './lib/apps.mjs';
import { RawPusher } from './lib/raw.mjs';
import { disconnectAll } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';
import { rawSignin, signedIn } from './lib/users.mjs';

const blind = { id: '8', key: 'blind-key', secret: 'blind-secret' };
const apps = `
[[apps]]
id = "1"
keys = [{ key = "${mainApp.key}", secret = "${mainApp.secret}" }]

[[apps]]
id = "8"
keys = [{ key = "${blind.key}", secret = "${blind.secret}" }]
watchlist = false
`;
const watched = 'pusher_internal:watchlist_events';

// Raw sockets answer no ping, and here forty of them wait for long.
const limits = { activity_timeout: '1h', pong_timeout: '10m' };

withServer('watchlists', { apps, sections: { limits } }, (run) => {
  afterEach(async () => {
    disconnectAll();
    await run.server.reaches(0, 'tidewire_connections');
  });

  const enter = async (id, watchlist, app = mainApp) => {
    const raw = await RawPusher.join(run.server, { key: app.key });
    raw.answer = await rawSignin(raw, { id, watchlist }, app);
    return raw;
  };
  /** The `{online, offline}` of the next watchlist event. */
  const seen = async (raw) => {
    const { data } = await raw.nextEvent(watched);
    return Object.fromEntries(JSON.parse(data).events.map(
      ({ name, user_ids: ids }) => [name, ids]));
  };

  test('pusher-js is told who is online, and of every change', async () => {
    const ben = await signedIn(run.server, { id: 'ben' });
    const ann = await signedIn(run.server,
                               { id: 'ann', watchlist: ['ben', 'cem'] });
    assert.deepEqual(await ann.watched.next('online'),
                     { name: 'online', ids: ['ben'] });
    assert.deepEqual(await ann.watched.next('offline'),
                     { name: 'offline', ids: ['cem'] });
    const cem = await signedIn(run.server, { id: 'cem' });
    assert.deepEqual(await ann.watched.next('online'),
                     { name: 'online', ids: ['cem'] });
    ben.disconnect();
    assert.deepEqual(await ann.watched.next('offline'),
                     { name: 'offline', ids: ['ben'] });
    cem.disconnect();
    assert.deepEqual(await ann.watched.next('offline'),
                     { name: 'offline', ids: ['cem'] });
  });

  test('the first state is one event, after signin_success', async () => {
    const ben = await enter('ben');
    const ann = await enter('ann', ['zoe', 'ben', 'yve', 'ben']);
    assert.equal(ann.answer.event, 'pusher:signin_success');
    const first = await ann.nextEvent();
    assert.equal(first.event, watched);
    assert.equal(first.channel, undefined);
    assert.deepEqual(JSON.parse(first.data), { events: [
      { name: 'online', user_ids: ['ben'] },
      { name: 'offline', user_ids: ['zoe', 'yve'] }] });
    ben.destroy();
    ann.destroy();
  });

  test('of several connections the first and the last count', async () => {
    const ann = await enter('ann', ['ben']);
    assert.deepEqual(await seen(ann), { offline: ['ben'] });
    const tabs = [];
    for (let i = 0; i < 6; ++i) tabs.push(await enter('ben'));
    assert.deepEqual(await seen(ann), { online: ['ben'] });
    for (const one of tabs.slice(1)) one.resetNow();
    await run.server.reaches(2, 'tidewire_connections');
    await ann.fence();
    tabs[0].resetNow();
    assert.deepEqual(await seen(ann), { offline: ['ben'] });
    ann.destroy();
  });

  test('whoever watches nobody is told nothing', async () => {
    for (const list of [undefined, [], null]) {
      const raw = await enter('ann', list);
      raw.send('pusher:ping', {});
      assert.equal((await raw.nextEvent()).event, 'pusher:pong');
      raw.destroy();
    }
  });

  test('who watches himself is online', async () => {
    const ann = await enter('ann', ['ann']);
    assert.deepEqual(await seen(ann), { online: ['ann'] });
    ann.destroy();
  });

  const many = (n) => Array.from({ length: n }, (_, i) => `user-${i}`);

  test('a watchlist of 100 is watched whole', async () => {
    const ann = await enter('ann', many(100));
    const { offline } = await seen(ann);
    assert.deepEqual(offline, many(100));
    ann.destroy();
  });

  test('of 101 the first 100 are watched, with an error 4302', async () => {
    const ann = await enter('ann', many(101));
    assert.equal(ann.answer.event, 'pusher:signin_success');
    const { event, data } = await ann.nextEvent();
    assert.equal(event, 'pusher:error');
    assert.equal(data.code, 4302);
    assert.deepEqual((await seen(ann)).offline, many(100));
    const last = await enter('user-100');
    const kept = await enter('user-99');
    assert.deepEqual(await seen(ann), { online: ['user-99'] });
    for (const one of [last, kept, ann]) one.destroy();
  });

  test('pusher-js hears the 4302 as an error and stays signed in',
       async () => {
    const ann = await signedIn(run.server,
                               { id: 'ann', watchlist: many(101) });
    const error = await ann.errors.next('4302');
    assert.equal((error.data ?? error.error?.data).code, 4302);
    assert.equal(ann.connection.state, 'connected');
  });

  test('an id that nobody can have is offline', async () => {
    const ann = await enter('ann', ['not an id', 'x'.repeat(201)]);
    assert.deepEqual(await seen(ann),
                     { offline: ['not an id', 'x'.repeat(201)] });
    ann.destroy();
  });

  test('an app without watchlists tells nothing', async () => {
    const ben = await enter('ben', [], blind);
    const ann = await enter('ann', many(101), blind);
    ann.send('pusher:ping', {});
    assert.equal((await ann.nextEvent()).event, 'pusher:pong');
    ann.destroy();
    ben.destroy();
  });

  test('forty users who watch each other see all come and go', async () => {
    const ids = many(40);
    const views = new Map();
    const all = [];
    for (const id of ids) {
      const raw = await enter(id, ids.filter((x) => x !== id));
      const view = {};
      views.set(id, view);
      all.push(raw);
      const listen = async () => {
        for (;;) {
          const { data } = await raw.nextEvent(watched, 60_000);
          for (const { name, user_ids: list } of JSON.parse(data).events)
            for (const one of list) {
              assert.notEqual(view[one], name, `${id} hears ${one} twice`);
              view[one] = name;
            }
        }
      };
      listen().catch((error) => { raw.trouble = error; });
    }
    const agree = (online) => {
      for (const [i, raw] of all.entries()) {
        if (raw.left) continue;
        if (raw.trouble) throw raw.trouble;
        const view = views.get(ids[i]);
        for (const id of ids)
          if (id !== ids[i])
            assert.equal(view[id], online.has(id) ? 'online' : 'offline');
      }
      return true;
    };
    await until(() => agree(new Set(ids)), 'all see all');
    for (const raw of all.slice(20)) {
      raw.left = true;
      raw.destroy();
    }
    await until(() => agree(new Set(ids.slice(0, 20))),
                'half of them see the others go');
    for (const raw of all) raw.destroy();
  });
});
