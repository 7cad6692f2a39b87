// Who may use the HTTP API: keys, timestamps, digests, signatures
// (protocol.md §9).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mainApp, newKey, offApp, quietApp } from './lib/apps.mjs';
import { call, expecting, isSentence } from './lib/api.mjs';
import { withServer } from './lib/suite.mjs';

const event = { name: 'e', channel: 'c', data: '{}' };
const seconds = () => Math.floor(Date.now() / 1000);

withServer('signatures of the HTTP API', {}, (run) => {
  const { ok, refused } = expecting(run);

  test('a signed publish is answered with 200 and {}', async () => {
    assert.deepEqual(await ok('POST', '/events', { body: event }), {});
  });

  const spoiled = {
    'no auth_key': (q) => { delete q.auth_key; },
    'no auth_timestamp': (q) => { delete q.auth_timestamp; },
    'no auth_version': (q) => { delete q.auth_version; },
    'no body_md5': (q) => { delete q.body_md5; },
    'another version': (q) => { q.auth_version = '2.0'; },
    'an unknown key': (q) => { q.auth_key = 'nobody'; },
    'the key of another app': (q) => { q.auth_key = quietApp.key; },
    'a timestamp that is no number': (q) => { q.auth_timestamp = 'now'; },
    'an empty timestamp': (q) => { q.auth_timestamp = ''; },
    'a timestamp in milliseconds': (q) => {
      q.auth_timestamp = String(Date.now());
    },
    'a negative timestamp': (q) => { q.auth_timestamp = '-5'; },
    'an endless timestamp': (q) => { q.auth_timestamp = '9'.repeat(40); },
    'a body_md5 of another body': (q) => { q.body_md5 = '0'.repeat(32); },
    'a short body_md5': (q) => { q.body_md5 = 'abc'; },
  };
  for (const [name, edit] of Object.entries(spoiled))
    test(`${name}, signed or not, is 401`, async () => {
      await refused(401, 'POST', '/events', { body: event, edit });
      await refused(401, 'POST', '/events', { body: event, spoil: edit });
    });

  const tampered = {
    'no signature': (q) => { delete q.auth_signature; },
    'an empty signature': (q) => { q.auth_signature = ''; },
    'a wrong signature': (q) => { q.auth_signature = '0'.repeat(64); },
    'a short signature': (q) => {
      q.auth_signature = q.auth_signature.slice(0, 63);
    },
    'a long signature': (q) => { q.auth_signature += '0'; },
    'a parameter added after signing': (q) => { q.extra = '1'; },
    'the timestamp changed after signing': (q) => {
      q.auth_timestamp = String(Number(q.auth_timestamp) + 1);
    },
  };
  for (const [name, spoil] of Object.entries(tampered))
    test(`${name} is 401`, async () => {
      await refused(401, 'POST', '/events', { body: event, spoil });
    });

  test('a body changed after signing is 401', async () => {
    await refused(401, 'POST', '/events',
                  { body: event, sentBody: JSON.stringify(event) + ' ' });
  });

  test('the secret of another app is 401', async () => {
    await refused(401, 'POST', '/events',
                  { body: event, app: { ...mainApp, secret: 'quiet-secret' } });
  });

  test('an app that does not exist is refused, signed or not', async () => {
    for (const id of ['99', 'x', '-1', '1%00', '18446744073709551617']) {
      const answer = await call(run.server, 'POST', '/events',
                                { body: event, app: { ...mainApp, id } });
      assert.ok([401, 404].includes(answer.status), `${id} ${answer.status}`);
      isSentence(answer);
    }
  });

  test('an answer never tells the secret or the right signature', async () => {
    let right;
    const text = await refused(401, 'POST', '/events', {
      body: event,
      spoil: (q) => { right = q.auth_signature; q.auth_signature = 'x'; },
    });
    assert.ok(!text.includes(mainApp.secret) && !text.includes(right), text);
  });

  test('timestamps are good for 600 seconds either way', async () => {
    for (const skew of [-595, 595])
      await ok('POST', '/events', { body: event, at: seconds() + skew });
    for (const skew of [-602, 605])
      await refused(401, 'POST', '/events',
                    { body: event, at: seconds() + skew });
  });

  test('either key of an app signs', async () => {
    await ok('POST', '/events', { body: event, app: newKey });
    await refused(401, 'POST', '/events',
                  { body: event, app: { ...newKey, secret: 'app-secret' } });
  });

  test('parameter names are lower-cased for signing', async () => {
    const shout = (q) => {
      q.AUTH_KEY = q.auth_key;
      delete q.auth_key;
      q.Filter_By_Prefix = 'zzz';
    };
    const answer = await call(run.server, 'GET', '/channels', { edit: shout });
    assert.equal(answer.status, 200, answer.text);
  });

  test('values are decoded before signing', async () => {
    const query = { filter_by_prefix: 'a,b=@;& %2C+ü' };
    assert.deepEqual(await ok('GET', '/channels', { query }), { channels: {} });
  });

  test('a parameter given twice is not taken twice', async () => {
    const answer = await call(run.server, 'POST', '/events', {
      body: event, spoil: (q) => { q.Auth_Key = 'nobody'; },
    });
    assert.equal(answer.status, 401, answer.text);
  });

  test('a request without any query is 401', async () => {
    const url = `http://127.0.0.1:${run.server.port}/apps/1`;
    for (const tail of ['/events', '/batch_events'])
      assert.equal((await fetch(url + tail, { method: 'POST', body: '{}' }))
        .status, 401);
    assert.equal((await fetch(`${url}/channels`)).status, 401);
  });

  test('a disabled app is 403', async () => {
    await refused(403, 'POST', '/events', { body: event, app: offApp });
    await refused(403, 'GET', '/channels', { app: offApp });
    // But who cannot sign learns nothing.
    await refused(401, 'POST', '/events',
                  { body: event, app: { ...offApp, secret: 'x' } });
  });
});
