// The HTTP API as an SDK's author would test it (protocol.md §9, §14, §17).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countApp } from './lib/apps.mjs';
import { call, channelAuth, expecting, isSentence, publish }
  from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';

const event = { name: 'e', channel: 'c', data: '{}' };

withServer('the HTTP API', {}, (run) => {
  const { ok, refused } = expecting(run);

  const badEvents = {
    'no JSON': ['hello', 400],
    'an array': [[], 400],
    'null': ['null', 400],
    'half an object': ['{"name":"e"', 400],
    'no name': [{ channel: 'c', data: '' }, 400],
    'an empty name': [{ ...event, name: '' }, 400],
    'a name that is a number': [{ ...event, name: 1 }, 400],
    'a name of 201 characters': [{ ...event, name: 'n'.repeat(201) }, 400],
    'no data': [{ name: 'e', channel: 'c' }, 400],
    'data that is an object': [{ ...event, data: {} }, 400],
    'data that is a number': [{ ...event, data: 1 }, 400],
    'data of 10,241 bytes': [{ ...event, data: 'x'.repeat(10_241) }, 413],
    'data of 5,121 characters of two bytes': [
      { ...event, data: 'ä'.repeat(5121) }, 413],
    'no channel': [{ name: 'e', data: '' }, 400],
    'an empty channel': [{ ...event, channel: '' }, 400],
    'a channel that is a number': [{ ...event, channel: 7 }, 400],
    'a channel with a space': [{ ...event, channel: 'a b' }, 400],
    'a channel with a #': [{ ...event, channel: '#c' }, 400],
    'a channel of 165 characters': [
      { ...event, channel: 'c'.repeat(165) }, 400],
    'no channels': [{ name: 'e', data: '', channels: [] }, 400],
    'channels that are a text': [{ name: 'e', data: '', channels: 'c' }, 400],
    'a channel among many that is none': [
      { name: 'e', data: '', channels: ['a', 'b c'] }, 400],
    'a channel among many that is a number': [
      { name: 'e', data: '', channels: ['a', 5] }, 400],
    '101 channels': [{ name: 'e', data: '', channels: Array.from(
      { length: 101 }, (_, i) => `c${i}`) }, 400],
    'an encrypted channel among others': [
      { name: 'e', data: '', channels: ['a', 'private-encrypted-b'] }, 400],
    'a socket_id that is none': [{ ...event, socket_id: 'abc' }, 400],
    'a socket_id with a tail': [{ ...event, socket_id: '1.2;drop' }, 400],
    'a socket_id that is a number': [{ ...event, socket_id: 1.2 }, 400],
    'an unknown info': [{ ...event, info: 'weather' }, 400],
    'user_count of a public channel': [{ ...event, info: 'user_count' }, 400],
    'subscription_count where none are counted': [
      { ...event, info: 'subscription_count' }, 400],
    'a body over the limit': [
      { ...event, data: '', padding: 'x'.repeat(300_000) }, 413],
  };
  for (const [name, [body, status]] of Object.entries(badEvents))
    test(`an event with ${name} is ${status}`, async () => {
      await refused(status, 'POST', '/events', { body });
    });

  test('an empty body is 400', async () => {
    await refused(400, 'POST', '/events');
    await refused(400, 'POST', '/batch_events');
  });

  const goodEvents = {
    'data of 10,240 bytes': { ...event, data: 'x'.repeat(10_240) },
    'empty data': { ...event, data: '' },
    'a name of 200 characters': { ...event, name: 'ä'.repeat(200) },
    'a channel of 164 characters': { ...event, channel: 'c'.repeat(164) },
    'a hundred channels': { name: 'e', data: '', channels: Array.from(
      { length: 100 }, (_, i) => `c${i}`) },
    'a socket_id that nobody has': { ...event, socket_id: '1.999999' },
    'a field nobody knows': { ...event, colour: 'blue' },
    'a user channel': { ...event, channel: '#server-to-user-7' },
  };
  for (const [name, body] of Object.entries(goodEvents))
    test(`an event with ${name} is taken`, async () => {
      assert.deepEqual(await ok('POST', '/events', { body }), {});
    });

  test('200 means that the event has its place in the channel', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('ordered');
    for (let i = 0; i < 200; ++i)
      await ok('POST', '/events',
               { body: { name: 'n', channel: 'ordered', data: String(i) } });
    for (let i = 0; i < 200; ++i)
      assert.deepEqual(await raw.nextEvent(), {
        event: 'n', channel: 'ordered', data: String(i) });
    raw.destroy();
  });

  test('a channel named twice receives the event once', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('once');
    await publish(run.server,
                  { name: 'a', data: '', channels: ['once', 'once'] });
    await publish(run.server, { name: 'b', data: '', channel: 'once' });
    assert.equal((await raw.nextEvent()).event, 'a');
    assert.equal((await raw.nextEvent()).event, 'b');
    raw.destroy();
  });

  test('text arrives as it was sent, whatever it is', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('text');
    for (const data of ['"', '\\', '\u0000\u001f', '\u2028', '</script>',
                        'ä\u{1F30A}', '{"a":"\\u00e4"}', ' {} ']) {
      await ok('POST', '/events',
               { body: { name: 'e\n"é', channel: 'text', data } });
      assert.deepEqual(await raw.nextEvent(), {
        event: 'e\n"é', channel: 'text', data });
    }
    raw.destroy();
  });

  test('an event may stand in the query instead of a body', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('query');
    await ok('POST', '/events',
             { query: { name: 'e', channel: 'query', data: 'x y' } });
    assert.equal((await raw.nextEvent('e')).data, 'x y');
    raw.destroy();
  });

  const batchOf = (...batch) => ({ body: { batch } });
  const badBatches = {
    'no batch': [{}, /batch/],
    'a batch that is an object': [{ batch: {} }, /batch/],
    'eleven events': [{ batch: Array(11).fill(event) }, /10/],
    'an event that is a text': [{ batch: ['e'] }, /./],
    'one event without a name': [
      { batch: [event, event, { channel: 'c', data: '' }] }, /2|3|third/],
    'one event with a bad channel': [
      { batch: [event, { ...event, channel: 'a b' }] }, /1|2|second/],
    'one event for several channels': [
      { batch: [{ name: 'e', data: '', channels: ['a', 'b'] }] }, /channel/],
    'one event with a bad socket_id': [
      { batch: [{ ...event, socket_id: 'x' }] }, /socket_id/],
    'one event with an info that does not apply': [
      { batch: [{ ...event, info: 'user_count' }] }, /user_count/],
  };
  for (const [name, [body, pattern]] of Object.entries(badBatches))
    test(`a batch with ${name} is 400 and says which`, async () => {
      assert.match(await refused(400, 'POST', '/batch_events', { body }),
                   pattern);
    });

  test('an event too large in a batch is 413 or 400', async () => {
    const answer = await call(run.server, 'POST', '/batch_events', batchOf(
      event, { ...event, data: 'x'.repeat(10_241) }));
    assert.ok([400, 413].includes(answer.status), answer.text);
    isSentence(answer);
  });

  test('one bad event keeps the whole batch from being sent', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('batch');
    const good = { name: 'good', channel: 'batch', data: '' };
    await refused(400, 'POST', '/batch_events', batchOf(
      good, good, { ...good, channel: 'not good' }));
    await ok('POST', '/batch_events', batchOf({ ...good, name: 'fence' }));
    assert.equal((await raw.nextEvent()).event, 'fence');
    raw.destroy();
  });

  test('a batch of ten with full data fits', async () => {
    const full = { ...event, data: 'x'.repeat(10_240) };
    assert.deepEqual(
      await ok('POST', '/batch_events', batchOf(...Array(10).fill(full))), {});
  });

  test('a batch keeps its order within a channel', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('row');
    await ok('POST', '/batch_events', batchOf(...Array.from(
      { length: 10 },
      (_, i) => ({ name: 'n', channel: 'row', data: String(i) }))));
    for (let i = 0; i < 10; ++i)
      assert.equal((await raw.nextEvent()).data, String(i));
    raw.destroy();
  });

  test('queries say what a channel is', async () => {
    const app = countApp;
    const raw = await RawPusher.join(run.server, { key: app.key });
    const other = await RawPusher.join(run.server, { key: app.key });
    const enter = (one, name, data) =>
      one.subscribe(name, channelAuth(one.socketId, name, data, app));
    await raw.subscribe('plain');
    await other.subscribe('plain');
    await enter(raw, 'presence-p', '{"user_id":"1"}');
    await enter(other, 'presence-p', '{"user_id":"1"}');
    const get = (tail, query) => ok('GET', tail, { app, query });
    const count = (info) => ({ info });
    assert.deepEqual(await get('/channels/plain', count('subscription_count')),
                     { occupied: true, subscription_count: 2 });
    assert.deepEqual(
      await get('/channels/presence-p', count('user_count,subscription_count')),
      { occupied: true, user_count: 1, subscription_count: 2 });
    assert.deepEqual(await get('/channels', count('subscription_count')),
                     { channels: { 'plain': { subscription_count: 2 },
                                   'presence-p': { subscription_count: 2 } } });
    assert.deepEqual(
      await get('/channels', { filter_by_prefix: 'presence-',
                               info: 'user_count' }),
      { channels: { 'presence-p': { user_count: 1 } } });
    assert.deepEqual(await get('/channels', { filter_by_prefix: 'pl' }),
                     { channels: { plain: {} } });
    assert.deepEqual(await get('/channels', { filter_by_prefix: 'zz' }),
                     { channels: {} });
    assert.deepEqual(await get('/channels/presence-p/users'),
                     { users: [{ id: '1' }] });
    assert.deepEqual(await get('/channels/presence-empty/users'),
                     { users: [] });
    const nobody = await get('/channels/presence-empty', count('user_count'));
    assert.equal(nobody.occupied, false);
    assert.equal(nobody.user_count ?? 0, 0);
    assert.deepEqual(await get('/channels/nobody'), { occupied: false });
    raw.destroy();
    other.destroy();
  });

  const badQueries = [
    ['/channels', { info: 'user_count' }],
    ['/channels', { info: 'user_count', filter_by_prefix: 'private-' }],
    ['/channels', { info: 'weather' }],
    ['/channels', { info: 'subscription_count' }], // app 1 does not count
    ['/channels/plain', { info: 'user_count' }],
    ['/channels/plain', { info: 'cache' }],
    ['/channels/plain', { info: 'subscription_count' }],
    ['/channels/plain', { info: 'weather' }],
    ['/channels/a%20b', {}],
    ['/channels/plain/users', {}],
    ['/channels/private-x/users', {}],
  ];
  for (const [tail, query] of badQueries)
    test(`GET ${tail} ${JSON.stringify(query)} is 400`, async () => {
      // The path is signed as requested, percent signs and all.
      await refused(400, 'GET', tail, { query });
    });

  test('an unknown route is 404', async () => {
    const base = `http://127.0.0.1:${run.server.port}`;
    for (const path of ['/apps', '/apps/1', '/apps/1/nonsense', '/x',
                        '/apps/1/events/more', '/metrics', '/v1/gauge'])
      assert.equal((await fetch(base + path)).status, 404, path);
  });

  test('a method that a route does not know is 405 with Allow', async () => {
    for (const [method, tail, allow] of [
      ['GET', '/events', 'POST'], ['PUT', '/events', 'POST'],
      ['DELETE', '/channels', 'GET'], ['POST', '/channels', 'GET'],
      ['GET', '/batch_events', 'POST']]) {
      const answer = await call(run.server, method, tail);
      assert.equal(answer.status, 405, `${method} ${tail}`);
      assert.match(answer.headers.get('allow'), new RegExp(allow));
    }
  });

  test('broadcasts and deliveries are counted', async () => {
    const labels = { app_id: '4' };
    const figures = async () => [
      await run.server.metric('tidewire_broadcasts_total', labels),
      await run.server.metric('tidewire_deliveries_total', labels)];
    const all = await Promise.all([1, 2, 3].map(
      () => RawPusher.join(run.server, { key: countApp.key })));
    for (const raw of all) await raw.subscribe('counted');
    const [broadcasts, deliveries] = await figures();
    await publish(run.server, { ...event, channel: 'counted' },
                  { app: countApp });
    for (const raw of all) await raw.nextEvent('e');
    await run.server.reaches(broadcasts + 1, 'tidewire_broadcasts_total',
                             labels);
    await run.server.reaches(deliveries + 3, 'tidewire_deliveries_total',
                             labels);
    for (const raw of all) raw.destroy();
  });
});
