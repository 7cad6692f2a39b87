// Whatever a client says wrongly is answered with a sentence, and the
// connection stays (protocol.md §5.4, §17).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelAuth } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';

const subscribe = (data) => ({ event: 'pusher:subscribe', data });
const deep = (n, a, b) => a.repeat(n) + b.repeat(n);

// What is sent (text, or a value to be encoded) and what the answer names.
const faults = {
  'an empty text': ['', /JSON/i],
  'no JSON': ['hello', /JSON/i],
  'half an object': ['{"event":"pusher:ping"', /JSON/i],
  'two objects': ['{"event":"pusher:ping"}{}', /JSON/i],
  'a trailing comma': ['{"event":"pusher:ping",}', /JSON/i],
  'single quotes': ["{'event':'pusher:ping'}", /JSON/i],
  'a bad escape': ['{"event":"pusher:\\x70ing"}', /JSON/i],
  'half a surrogate pair': ['{"event":"\\ud800"}', /./],
  'a control character': ['{"event":"pusher:ping\u0001"}', /./],
  'a byte order mark': ['\ufeff{"event":"pusher:ping"}', /JSON/i],
  'NaN': ['{"event":"pusher:ping","data":NaN}', /JSON/i],
  'an array': [[], /object/i],
  'a string': ['"pusher:ping"', /object/i],
  'a number': ['1', /object/i],
  'null': ['null', /object/i],
  'no event': [{ data: {} }, /event/],
  'an event that is a number': [{ event: 5 }, /event/],
  'an event that is null': [{ event: null }, /event/],
  'an event that is an object': [{ event: {} }, /event/],
  'an empty event name': [{ event: '' }, /./],
  'an unknown pusher event': [{ event: 'pusher:nonsense', data: {} },
                              /pusher:nonsense/],
  'an internal event': [{ event: 'pusher_internal:member_added',
                          channel: 'presence-a', data: '{}' }, /./],
  'an event of the server': [
    { event: 'pusher:connection_established', data: '{}' }, /./],
  'an event without a prefix': [
    { event: 'shipped', channel: 'private-a', data: {} }, /client-/],
  'a deeply nested array': [
    `{"event":"pusher:ping","data":${deep(20_000, '[', ']')}}`, /./],
  'a deeply nested object': [
    `{"event":"pusher:ping","data":${'{"a":'.repeat(5000)}1${
      '}'.repeat(5000)}}`, /./],
  'deep nesting that never ends': ['['.repeat(60_000), /./],
  'subscribe without data': [{ event: 'pusher:subscribe' }, /data/],
  'subscribe with null': [subscribe(null), /data/],
  'subscribe with an array': [subscribe([]), /data/],
  'subscribe with a number': [subscribe(1), /data/],
  'subscribe with text that is no JSON': [subscribe('x'), /data/],
  'subscribe without a channel': [subscribe({ auth: '' }), /channel/],
  'subscribe with a number as channel': [subscribe({ channel: 1 }), /channel/],
  'subscribe with a number as auth': [
    subscribe({ channel: 'private-a', auth: 1 }), /auth/],
  'subscribe with an object as channel_data': [
    subscribe({ channel: 'presence-a', auth: 'a:b', channel_data: {} }),
    /channel_data/],
  'unsubscribe without data': [{ event: 'pusher:unsubscribe' }, /data/],
  'unsubscribe without a channel': [
    { event: 'pusher:unsubscribe', data: {} }, /channel/],
  'a client event without a channel': [{ event: 'client-x', data: {} },
                                       /channel/],
  'a client event with a number as channel': [
    { event: 'client-x', channel: 7, data: {} }, /channel/],
  'signin without user_data': [{ event: 'pusher:signin', data: { auth: 'a' } },
                               /user_data/],
};

// Names that are none; the answer comes as a subscription error.
const names = {
  'an empty name': '',
  'a space': 'two words',
  'a slash': 'a/b',
  'a colon': 'a:b',
  'an umlaut': 'kanäle',
  'an emoji': '\u{1F30A}',
  'a newline': 'a\nb',
  'a NUL': 'a\u0000b',
  'a # in front': '#private',
  'a # inside': 'a#b',
  'a user channel, when not signed in': '#server-to-user-1',
  '165 characters': 'c'.repeat(165),
  '60,000 characters': 'c'.repeat(60_000),
};

withServer('malformed events', {}, (run) => {
  /** Sends, and expects a sentence in `pusher:error` and a living socket. */
  const complains = async (raw, sent, pattern) => {
    raw.sendText(typeof sent === 'string' ? sent : JSON.stringify(sent));
    const { data } = await raw.nextEvent('pusher:error');
    assert.equal(typeof data, 'object'); // not encoded twice
    assert.equal(data.code ?? null, null);
    assert.ok(data.message.length > 10, data.message);
    assert.ok(data.message.length < 2000, 'a sentence, not an essay');
    assert.match(data.message, pattern);
    await raw.fence();
    return data.message;
  };

  for (const [name, [sent, pattern]] of Object.entries(faults))
    test(`${name} gets a sentence, the connection stays`, async () => {
      const raw = await RawPusher.join(run.server);
      await complains(raw, sent, pattern);
      raw.destroy();
    });

  test('all of them on one connection, and it still works', async () => {
    const raw = await RawPusher.join(run.server);
    for (const [sent, pattern] of Object.values(faults))
      await complains(raw, sent, pattern);
    await raw.subscribe('still-here');
    raw.destroy();
  });

  for (const [name, channel] of Object.entries(names))
    test(`a channel name with ${name} is refused`, async () => {
      const raw = await RawPusher.join(run.server);
      raw.send('pusher:subscribe', { channel, auth: '' });
      const error = await raw.nextEvent('pusher:subscription_error');
      assert.equal(error.channel, channel);
      assert.ok(error.data.error.length > 10, error.data.error);
      assert.ok(error.data.type);
      assert.equal(typeof error.data.status, 'number');
      await raw.subscribe('good');
      raw.destroy();
    });

  test('a name of 164 characters is a name', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('c'.repeat(164));
    raw.destroy();
  });

  test('subscribing twice is an error that names the channel', async () => {
    const raw = await RawPusher.join(run.server);
    for (const [name, auth] of [
      ['twice', {}],
      ['private-twice', channelAuth(raw.socketId, 'private-twice')],
      ['presence-twice', channelAuth(raw.socketId, 'presence-twice',
                                     '{"user_id":"1"}')]]) {
      await raw.subscribe(name, auth);
      const message = await complains(
        raw, subscribe({ auth: '', ...auth, channel: name }), /./);
      assert.equal(message, `Existing subscription to channel ${name}`);
    }
    raw.destroy();
  });

  test('subscribing twice in one breath is an error, too', async () => {
    const raw = await RawPusher.join(run.server);
    for (let i = 0; i < 2; ++i)
      raw.send('pusher:subscribe', { channel: 'breath', auth: '' });
    const seen = [(await raw.nextEvent()).event, (await raw.nextEvent()).event];
    assert.deepEqual(seen.sort(), ['pusher:error',
                                   'pusher_internal:subscription_succeeded']);
    raw.destroy();
  });

  test('unsubscribing when not subscribed is an error', async () => {
    const raw = await RawPusher.join(run.server);
    const message = await complains(
      raw, { event: 'pusher:unsubscribe', data: { channel: 'never' } }, /./);
    assert.equal(message, 'No current subscription to channel never, ' +
                          'or subscription in progress');
    raw.destroy();
  });

  test('unsubscribing is silent and can be undone', async () => {
    const raw = await RawPusher.join(run.server);
    for (let i = 0; i < 5; ++i) {
      await raw.subscribe('again');
      raw.send('pusher:unsubscribe', { channel: 'again' });
    }
    await raw.fence();
    raw.destroy();
  });

  test('a private channel without auth names what is missing', async () => {
    const raw = await RawPusher.join(run.server);
    for (const auth of [undefined, '', 'nonsense', 'app-key:', ':',
                        'app-key:xyz', `app-key:${'0'.repeat(63)}`,
                        `APP-KEY:${'0'.repeat(64)}`, 'x'.repeat(10_000)]) {
      raw.send('pusher:subscribe', { channel: 'private-a', auth });
      const { data } = await raw.nextEvent('pusher:subscription_error');
      assert.equal(data.status, 401);
      assert.equal(data.type, 'AuthError');
      assert.ok(data.error.length > 10 && data.error.length < 2000);
    }
    raw.destroy();
  });

  test('the secret never stands in an error', async () => {
    const raw = await RawPusher.join(run.server);
    const right = channelAuth(raw.socketId, 'private-a').auth.split(':')[1];
    raw.send('pusher:subscribe',
             { channel: 'private-a', auth: `app-key:${'0'.repeat(64)}` });
    const error = await raw.nextEvent('pusher:subscription_error');
    const text = JSON.stringify(error);
    assert.ok(!text.includes('app-secret'));
    assert.ok(!text.includes(right), 'the right signature must not be told');
    raw.destroy();
  });

  test('data as a string holding an object is taken', async () => {
    const raw = await RawPusher.join(run.server);
    raw.send('pusher:subscribe', '{"channel":"stringly","auth":""}');
    await raw.nextEvent('pusher_internal:subscription_succeeded');
    raw.send('pusher:unsubscribe', '{"channel":"stringly"}');
    await raw.subscribe('stringly');
    raw.destroy();
  });

  test('keys in any order and fields unknown do no harm', async () => {
    const raw = await RawPusher.join(run.server);
    raw.sendText('{"x":[{"y":null}],"data":{"z":1,"channel":"odd"},' +
                 ' "event" : "pusher:subscribe","channel":"other"}');
    const ok = await raw.nextEvent('pusher_internal:subscription_succeeded');
    assert.equal(ok.channel, 'odd');
    raw.destroy();
  });
});
