// One channel over several nodes, with clients on each.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { channelAuth } from '../lib/api.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { publisher } from '../lib/sdk.mjs';

describe('a channel over three nodes', { timeout: 120_000 }, () => {
  let cluster;
  before(async () => { cluster = await Cluster.start(3); });
  after(() => cluster?.kill());

  const joined = (count) => Promise.all(Array.from({ length: count }, (_, i) =>
    RawPusher.join(cluster.nodes[i % cluster.nodes.length])));

  test('an event reaches everybody once, wherever it is published',
       async () => {
         const all = await joined(6);
         await Promise.all(all.map((raw) => raw.subscribe('news')));
         for (const [i, node] of cluster.nodes.entries()) {
           await publisher(node).trigger('news', 'told', { from: i });
           for (const raw of all) {
             const event = await raw.nextEvent('told');
             assert.deepEqual(JSON.parse(event.data), { from: i });
           }
         }
         await publisher(cluster.nodes[0]).trigger(
           'news', 'but', {}, { socket_id: all[1].socketId });
         for (const [i, raw] of all.entries())
           if (i !== 1)
             await raw.nextEvent('but');
         await publisher(cluster.nodes[1]).trigger('news', 'last', {});
         assert.equal((await all[1].nextEvent()).event, 'last');
         all.forEach((raw) => raw.destroy());
       });

  test('members of a presence channel see those on other nodes', async () => {
    const room = 'presence-room';
    const come = async (node, id) => {
      const raw = await RawPusher.join(node);
      const channel_data = JSON.stringify({ user_id: id });
      const answer = await raw.subscribe(
        room, channelAuth(raw.socketId, room, channel_data));
      return { raw, answer };
    };
    const ann = await come(cluster.nodes[0], 'ann');
    const bob = await come(cluster.nodes[1], 'bob');
    const added = await ann.raw.nextEvent('pusher_internal:member_added');
    assert.equal(JSON.parse(added.data).user_id, 'bob');
    const cat = await come(cluster.nodes[2], 'cat');
    for (const { raw } of [ann, bob])
      await raw.nextEvent('pusher_internal:member_added');
    bob.raw.destroy();
    for (const { raw } of [ann, cat]) {
      const gone = await raw.nextEvent('pusher_internal:member_removed');
      assert.equal(JSON.parse(gone.data).user_id, 'bob');
    }
    const { body } = await publisher(cluster.nodes[2])
      .get({ path: `/channels/${room}/users` })
      .then(async (answer) => ({ body: await answer.json() }));
    assert.deepEqual(body.users.map((x) => x.id).sort(), ['ann', 'cat']);
    [ann, cat].forEach(({ raw }) => raw.destroy());
  });

  test('it lives on when its owner is killed', async () => {
    const all = await joined(6);
    const names = Array.from({ length: 12 }, (_, i) => `room-${i}`);
    for (const name of names)
      await Promise.all(all.map((raw) => raw.subscribe(name)));
    await cluster.nodes[2].kill();
    const left = all.filter((_, i) => i % 3 !== 2);
    await cluster.agrees();
    for (const name of names) {
      await publisher(cluster.nodes[0]).trigger(name, 'still', { name });
      for (const raw of left)
        assert.equal((await raw.nextEvent('still')).channel, name);
    }
    all.forEach((raw) => raw.destroy());
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
  });
});
