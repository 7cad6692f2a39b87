// Some people, for commands to speak of.
import { channelAuth } from './api.mjs';
import { RawPusher } from './raw.mjs';
import { userAuth } from './users.mjs';

async function signedIn(server, id) {
  const raw = await RawPusher.join(server);
  raw.send('pusher:signin', userAuth(raw.socketId, JSON.stringify({ id })));
  await raw.nextEvent('pusher:signin_success');
  return raw;
}

async function member(server, id, room) {
  const raw = await RawPusher.join(server);
  const channel_data = JSON.stringify({ user_id: id });
  await raw.subscribe(room, channelAuth(raw.socketId, room, channel_data));
  return raw;
}

/** Three connections of Ann (two by sign-in), one of Bob, two of nobody; one
    of the app `quiet`. */
export async function company(server) {
  const all = {
    ann: [await signedIn(server, 'ann'), await signedIn(server, 'ann'),
          await member(server, 'ann', 'presence-room')],
    bob: [await member(server, 'bob', 'presence-room')],
    nobody: [await RawPusher.join(server), await RawPusher.join(server)],
    quiet: [await RawPusher.join(server, { key: 'quiet-key' })],
  };
  await all.ann[0].subscribe('chat');
  await all.nobody[0].subscribe('chat');
  await all.nobody[0].subscribe('news');
  await server.reaches(7, 'tidewire_connections');
  return all;
}
