// Presence channels with pusher-js: members are users, not connections.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { channelAuth } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import {
  Heard, client, connected, disconnectAll, publisher, subscribed,
} from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';

const room = 'presence-room';
const ann = { user_id: 'ann', user_info: { name: 'Ann', age: 30 } };
const bob = { user_id: 'bob', user_info: { name: 'Bob' } };
const cid = { user_id: 'cid', user_info: { name: 'Cid' } };

const limits = { presence_members: 5 };

withServer('presence', { sections: { limits } }, (run) => {
  afterEach(async () => {
    disconnectAll();
    await run.server.reaches(0, 'tidewire_connections');
  });

  const tab = (user) => connected(client(run.server, { user }));
  const enter = async (user, name = room) => {
    const pusher = await tab(user);
    return Object.assign(await subscribed(pusher, name), { pusher });
  };

  test('the first member sees itself', async () => {
    const { members } = await enter(ann);
    assert.equal(members.count, 1);
    assert.equal(members.myID, 'ann');
    assert.deepEqual(members.me, { id: 'ann', info: ann.user_info });
  });

  test('a member is added and removed once, for the others', async () => {
    const a = await enter(ann);
    const b = await enter(bob);
    assert.deepEqual(await a.next('pusher:member_added'),
                     { id: 'bob', info: bob.user_info });
    assert.equal(b.members.count, 2);
    assert.deepEqual(b.members.get('ann'), { id: 'ann', info: ann.user_info });
    b.pusher.disconnect();
    assert.deepEqual(await a.next('pusher:member_removed'),
                     { id: 'bob', info: bob.user_info });
    assert.equal(a.channel.members.count, 1);
    assert.equal(b.count('pusher:member_added'), 0);
  });

  test('two tabs of one user are one member', async () => {
    const a = await enter(ann);
    const first = await enter(bob);
    const second = await enter(bob);
    assert.equal(second.members.count, 2);
    first.pusher.disconnect();
    await run.server.reaches(2, 'tidewire_connections');
    // The first tab's end is no news; a third user's coming is.
    await enter(cid);
    assert.equal((await a.next('pusher:member_added')).id, 'bob');
    assert.equal((await a.next('pusher:member_added')).id, 'cid');
    assert.equal(a.count('pusher:member_removed'), 0);
    second.pusher.unsubscribe(room);
    assert.equal((await a.next('pusher:member_removed')).id, 'bob');
    const answer = await publisher(run.server)
      .get({ path: `/channels/${room}/users` });
    const { users } = await answer.json();
    assert.deepEqual(users.map((u) => u.id).sort(), ['ann', 'cid']);
  });

  test('leaving by unsubscribe and coming back is two events', async () => {
    const a = await enter(ann);
    const b = await enter(bob);
    await a.next('pusher:member_added');
    b.pusher.unsubscribe(room);
    await a.next('pusher:member_removed');
    await subscribed(b.pusher, room);
    assert.equal((await a.next('pusher:member_added')).id, 'bob');
  });

  test('a connection that is cut takes its member along', async () => {
    const a = await enter(ann);
    const raw = await RawPusher.join(run.server);
    await raw.subscribe(room, channelAuth(raw.socketId, room,
                                          JSON.stringify(bob)));
    await a.next('pusher:member_added');
    raw.resetNow();
    assert.equal((await a.next('pusher:member_removed')).id, 'bob');
  });

  test('a numeric user id is the same user as its digits', async () => {
    const a = await enter(ann);
    await enter({ user_id: 10, user_info: { name: 'Ten' } });
    const again = await enter({ user_id: '10', user_info: { name: 'Ten' } });
    assert.equal(again.members.count, 2);
    assert.equal((await a.next('pusher:member_added')).id, '10');
    await enter(cid);
    assert.equal((await a.next('pusher:member_added')).id, 'cid');
  });

  test('on the wire ids are strings and the hash holds user_info', async () => {
    const raw = await RawPusher.join(run.server);
    const { data } = await raw.subscribe(room, channelAuth(
      raw.socketId, room, '{"user_id": 7, "user_info":{"b":1,"a":[2]}}'));
    assert.equal(typeof data, 'string');
    assert.deepEqual(JSON.parse(data), { presence: {
      ids: ['7'], hash: { 7: { b: 1, a: [2] } }, count: 1 } });
    raw.destroy();
  });

  test('a user without user_info is null in the hash', async () => {
    const raw = await RawPusher.join(run.server);
    const { data } = await raw.subscribe(
      room, channelAuth(raw.socketId, room, '{"user_id":"bare"}'));
    assert.deepEqual(JSON.parse(data).presence.hash, { bare: null });
    raw.destroy();
  });

  const refused = async (auth, name = room) => {
    const raw = await RawPusher.join(run.server);
    raw.send('pusher:subscribe', { ...auth(raw.socketId), channel: name });
    const error = await raw.nextEvent('pusher:subscription_error');
    assert.equal(error.channel, name);
    for (const key of ['type', 'error', 'status']) assert.ok(error.data[key]);
    await raw.fence();
    raw.destroy();
    return error.data;
  };
  const signed = (data, name = room) => (id) => channelAuth(id, name, data);

  test('channel_data signed differently is refused', async () => {
    const data = '{"user_id":"ann","user_info":{"admin":false}}';
    const error = await refused((id) => ({
      ...channelAuth(id, room, data),
      channel_data: data.replace('false', 'true'),
    }));
    assert.equal(error.type, 'AuthError');
    assert.equal(error.status, 401);
  });

  test('channel_data written differently is refused', async () => {
    const data = '{"user_id":"ann","user_info":{}}';
    await refused((id) => ({
      ...channelAuth(id, room, data),
      channel_data: '{"user_id": "ann", "user_info": {}}',
    }));
  });

  test('the signature of another socket is refused', async () => {
    const error = await refused(() => channelAuth(
      '1234.1234', room, '{"user_id":"ann"}'));
    assert.match(error.error, /signature/i);
  });

  test('presence without channel_data is refused', async () => {
    await refused((id) => channelAuth(id, room));
  });

  for (const data of ['{}', '{"user_id":null}', '{"user_id":""}',
                      '{"user_id":{}}', '{"user_id":["a"]}',
                      '{"user_id":true}', 'not json', '[]', '"ann"',
                      '{"user_id":"a","user_info":',
                      `{"user_id":"${'u'.repeat(129)}"}`])
    test(`channel_data ${data.slice(0, 30)} is refused`, async () => {
      await refused(signed(data));
    });

  test('a user id of 128 characters is taken, whatever they are', async () => {
    const id = `\u{1F30A} "\\${'ä'.repeat(124)}`;
    const { members } = await enter({ user_id: id });
    assert.equal(members.me.id, id);
  });

  test('a user object over 1 KB is refused', async () => {
    await refused(signed(JSON.stringify(
      { user_id: 'big', user_info: { text: 'x'.repeat(1100) } })));
    await enter({ user_id: 'ok', user_info: { text: 'x'.repeat(900) } });
  });

  test('a full channel refuses a new user, not a new tab', async () => {
    for (const id of ['1', '2', '3', '4', '5']) await enter({ user_id: id });
    const pusher = await tab({ user_id: '6' });
    const heard = new Heard(pusher.subscribe(room));
    const error = await heard.next('pusher:subscription_error');
    assert.ok(error.error.length > 10, error.error);
    assert.equal(pusher.connection.state, 'connected');
    const second = await enter({ user_id: '5' });
    assert.equal(second.members.count, 5);
  });

  test('members of many rooms are kept apart', async () => {
    const a = await enter(ann, 'presence-one');
    const b = await enter(ann, 'presence-two');
    assert.equal(a.members.count, 1);
    await subscribed(b.pusher, 'presence-one');
    assert.equal(b.members.count, 1);
    await enter(bob, 'presence-two');
    assert.equal((await b.next('pusher:member_added')).id, 'bob');
    assert.equal(a.count('pusher:member_added'), 0);
  });
});
