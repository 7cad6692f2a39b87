// Signed-in users, protocol.md §6, §14, §17.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { mainApp } from './lib/apps.mjs';
import { channelAuth, expecting, publish } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import { disconnectAll, publisher, subscribed } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { until, within } from './lib/until.mjs';
import { rawSignin, signedIn, userAuth } from './lib/users.mjs';

const noUsers = { id: '7', key: 'nouser-key', secret: 'nouser-secret' };
const apps = `
[[apps]]
id = "1"
keys = [{ key = "${mainApp.key}", secret = "${mainApp.secret}" }]

[[apps]]
id = "7"
keys = [{ key = "${noUsers.key}", secret = "${noUsers.secret}" }]
user_authentication = false
`;

const ann = { id: 'ann', user_info: { name: 'Ann' } };

withServer('users', { apps }, (run) => {
  const { ok, refused } = expecting(run);
  afterEach(disconnectAll);

  const join = (options) => RawPusher.join(run.server, options);
  const channelOf = (id) => `#server-to-user-${id}`;

  // -- signing in -------------------------------------------------------------

  test('a sign-in is answered with the user data as an object', async () => {
    const raw = await join();
    const text = '{"id": "ann", "user_info": {"b":1,"a":2}}';
    assert.deepEqual(await rawSignin(raw, text), {
      event: 'pusher:signin_success', data: { user_data: text } });
    raw.destroy();
  });

  test('pusher-js signs in and subscribes to its own channel', async () => {
    const pusher = await signedIn(run.server, ann);
    assert.equal(pusher.user.user_data.id, 'ann');
    await pusher.user.signinDonePromise;
  });

  const bad = {
    'a numeric id': '{"id":7}',
    'no id': '{"user_info":{}}',
    'an empty id': '{"id":""}',
    'an id with a space': '{"id":"a b"}',
    'an id of 201 characters': `{"id":"${'x'.repeat(201)}"}`,
    'user_info that is a text': '{"id":"a","user_info":"x"}',
    'a watchlist that is none': '{"id":"a","watchlist":"b"}',
    'a watchlist of numbers': '{"id":"a","watchlist":[1]}',
    'no JSON': 'hello',
  };
  for (const [name, text] of Object.entries(bad))
    test(`a sign-in with ${name} is an error, the connection stays`,
         async () => {
      const raw = await join();
      const answer = await rawSignin(raw, text);
      assert.equal(answer.event, 'pusher:error');
      assert.ok(answer.data.message.length > 10);
      await raw.fence();
      raw.destroy();
    });

  test('an id of 200 characters is taken', async () => {
    const raw = await join();
    const id = 'x-_=@,.;'.repeat(25);
    assert.equal((await rawSignin(raw, { id })).event,
                 'pusher:signin_success');
    await raw.subscribe(channelOf(id));
    raw.destroy();
  });

  test('a wrong signature is an error', async () => {
    const raw = await join();
    const data = '{"id":"ann"}';
    const wrong = [
      { ...userAuth('1234.1234', data) },
      { ...userAuth(raw.socketId, data), user_data: '{"id":"bob"}' },
      { ...userAuth(raw.socketId, data, { ...mainApp, secret: 'x' }) },
      { ...userAuth(raw.socketId, data, { ...mainApp, key: 'nobody' }) },
      { ...channelAuth(raw.socketId, data), user_data: data },
    ];
    for (const auth of wrong) {
      raw.send('pusher:signin', auth);
      const { event, data: { message } } = await raw.nextEvent();
      assert.equal(event, 'pusher:error');
      assert.match(message, /signature|key/i);
    }
    raw.destroy();
  });

  test('the same user again is a success, another one an error', async () => {
    const raw = await join();
    await rawSignin(raw, ann);
    assert.equal((await rawSignin(raw, ann)).event, 'pusher:signin_success');
    const other = await rawSignin(raw, { id: 'bob' });
    assert.equal(other.event, 'pusher:error');
    assert.match(other.data.message, /another user/);
    await raw.subscribe(channelOf('ann'));
    raw.destroy();
  });

  test('an app without users says so', async () => {
    const raw = await join({ key: noUsers.key });
    const { event, data } = await rawSignin(raw, ann, noUsers);
    assert.equal(event, 'pusher:error');
    assert.match(data.message, /user_authentication/);
    raw.destroy();
  });

  // -- the user's channel -----------------------------------------------------

  test('only the signed-in user may subscribe to his channel', async () => {
    const raw = await join();
    const tryTo = async (channel) => {
      raw.send('pusher:subscribe', { auth: '', channel });
      return raw.nextEvent();
    };
    const stranger = await tryTo(channelOf('ann'));
    assert.equal(stranger.event, 'pusher:subscription_error');
    assert.equal(stranger.data.type, 'AuthError');
    assert.equal(stranger.data.status, 401);
    await rawSignin(raw, ann);
    assert.equal((await tryTo(channelOf('bob'))).event,
                 'pusher:subscription_error');
    assert.equal((await tryTo(channelOf('an'))).event,
                 'pusher:subscription_error');
    assert.equal((await tryTo(channelOf('ann'))).event,
                 'pusher_internal:subscription_succeeded');
    raw.destroy();
  });

  test('sendToUser reaches all connections of that user only', async () => {
    const first = await signedIn(run.server, { id: 'cat' });
    const second = await signedIn(run.server, { id: 'cat' });
    const other = await signedIn(run.server, { id: 'dog' });
    await publisher(run.server).sendToUser('cat', 'mail', { n: 1 });
    for (const one of [first, second])
      assert.deepEqual(
        await one.mail.next('mail', 5000, (x) => x.event === 'mail'),
        { event: 'mail', data: { n: 1 } });
    await publisher(run.server).sendToUser('dog', 'mail', { n: 2 });
    assert.deepEqual(
      await other.mail.next('mail', 5000, (x) => x.event === 'mail'),
      { event: 'mail', data: { n: 2 } });
  });

  test('clients cannot send to users', async () => {
    const raw = await join();
    await rawSignin(raw, ann);
    await raw.subscribe(channelOf('ann'));
    raw.send('client-x', {}, channelOf('ann'));
    const { event, data } = await raw.nextEvent();
    assert.equal(event, 'pusher:error');
    assert.match(data.message, /private and presence/);
    raw.destroy();
  });

  // -- presence ---------------------------------------------------------------

  test('a signed-in user needs no channel_data', async () => {
    const raw = await join();
    await rawSignin(raw, ann);
    const channel = 'presence-users';
    const { data } = await raw.subscribe(
      channel, channelAuth(raw.socketId, channel));
    assert.deepEqual(JSON.parse(data).presence, {
      ids: ['ann'], hash: { ann: { name: 'Ann' } }, count: 1 });
    raw.destroy();
  });

  test('pusher-js takes itself from the sign-in', async () => {
    const pusher = await signedIn(run.server, ann, {
      auth: (id, channel) => channelAuth(id, channel) });
    const { members } = await subscribed(pusher, 'presence-js');
    assert.equal(members.myID, 'ann');
    assert.deepEqual(members.me, { id: 'ann', info: ann.user_info });
  });

  test('channel_data that is sent overrides the sign-in', async () => {
    const raw = await join();
    await rawSignin(raw, ann);
    const channel = 'presence-users';
    const { data } = await raw.subscribe(
      channel, channelAuth(raw.socketId, channel, '{"user_id":"zoe"}'));
    assert.deepEqual(JSON.parse(data).presence.ids, ['zoe']);
    raw.destroy();
  });

  test('the limits of members hold for signed-in ones', async () => {
    for (const user of [{ id: 'x'.repeat(129) },
                        { id: 'x', user_info: { t: 'x'.repeat(1100) } }]) {
      const raw = await join();
      await rawSignin(raw, user);
      const channel = 'presence-users';
      raw.send('pusher:subscribe',
               { ...channelAuth(raw.socketId, channel), channel });
      assert.equal((await raw.nextEvent()).event, 'pusher:subscription_error');
      raw.destroy();
    }
  });

  // -- terminating ------------------------------------------------------------

  test('a terminated user is closed with 4009, everywhere, and stays away',
       async () => {
    const before = await run.server.metric(
      'tidewire_connections_closed_total', { reason: 'terminated' });
    const tabs = [];
    for (let i = 0; i < 8; ++i) {
      const raw = await join();
      await rawSignin(raw, { id: 'eve' });
      tabs.push(raw);
    }
    const browser = await signedIn(run.server, { id: 'eve' });
    const other = await signedIn(run.server, { id: 'fay' });
    const stranger = await join();
    await publisher(run.server).terminateUserConnections('eve');
    for (const raw of tabs) {
      const { code, reason } = await raw.nextClose();
      assert.equal(code, 4009);
      assert.ok(reason.length > 10);
      raw.destroy();
    }
    await until(() => browser.connection.state === 'disconnected',
                'pusher-js gives up');
    assert.equal(other.connection.state, 'connected');
    await stranger.fence();
    stranger.destroy();
    await run.server.reaches(
      before + 9, 'tidewire_connections_closed_total',
      { reason: 'terminated' });
    browser.connect(); // by itself it does not, but it may
    await within(new Promise((done) =>
      browser.connection.bind('connected', done)), 'it comes back');
  });

  test('terminating takes a body or none, and a user nobody knows',
       async () => {
    for (const body of [undefined, '{}', {}])
      assert.deepEqual(await ok(
        'POST', '/users/nobody/terminate_connections', { body }), {});
  });

  test('terminating is refused for bad ids, methods and signatures',
       async () => {
    const tail = '/users/a%20b/terminate_connections';
    await refused(400, 'POST', tail);
    await refused(405, 'GET', '/users/ann/terminate_connections');
    await refused(404, 'POST', '/users/ann');
    await refused(401, 'POST', '/users/ann/terminate_connections', {
      spoil: (q) => { q.auth_signature = '0'.repeat(64); } });
  });

  test('a user of one app does not hear or end one of another', async () => {
    const raw = await join();
    await rawSignin(raw, { id: 'gus' });
    await raw.subscribe(channelOf('gus'));
    await publish(run.server,
                  { name: 'e', channel: channelOf('gus'), data: '1' },
                  { app: noUsers });
    await ok('POST', '/users/gus/terminate_connections', { app: noUsers });
    raw.send('pusher:ping', {});
    assert.equal((await raw.nextEvent()).event, 'pusher:pong');
    raw.destroy();
  });
});
