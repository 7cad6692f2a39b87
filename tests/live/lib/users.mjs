// Signing in: pusher-js with a handler that signs, and raw sockets.
import { hmac } from './api.mjs';
import { mainApp } from './apps.mjs';
import { Inbox, until } from './until.mjs';
import { client, connected, publisher } from './sdk.mjs';

/** `auth` of a sign-in, protocol.md §8; `data` is the text that is signed. */
export function userAuth(socketId, data, app = mainApp) {
  const auth = hmac(app.secret, `${socketId}::user::${data}`);
  return { auth: `${app.key}:${auth}`, user_data: data };
}

/**
 * A pusher-js client that signs in as `user` (`{id, user_info, watchlist}`)
 * when its `signin()` is called. What it hears is in `watched` (`{name, ids}`)
 * and `errors`.
 */
export function userClient(server, user, options = {}) {
  const signer = publisher(server, options.app ?? mainApp);
  const pusher = client(server, {
    ...options,
    userAuthentication: {
      customHandler: ({ socketId }, done) =>
        done(null, signer.authenticateUser(socketId, user)),
    },
  });
  pusher.watched = new Inbox();
  for (const name of ['online', 'offline'])
    pusher.user.watchlist.bind(name, (data) =>
      pusher.watched.push({ name, ids: data.user_ids }));
  pusher.errors = new Inbox();
  pusher.connection.bind('error', (error) => pusher.errors.push(error));
  pusher.mail = new Inbox();
  pusher.user.bind_global((event, data) => pusher.mail.push({ event, data }));
  return pusher;
}

/** Connects, signs in, and waits until the user's channel is subscribed. */
export async function signedIn(server, user, options) {
  const pusher = await connected(userClient(server, user, options));
  pusher.signin();
  await until(() => pusher.user.serverToUserChannel?.subscribed,
              `${user.id} signs in`);
  return pusher;
}

/** Signs a raw socket in and returns the answer, whatever it is. */
export async function rawSignin(raw, user, app) {
  const data = typeof user === 'string' ? user : JSON.stringify(user);
  raw.send('pusher:signin', userAuth(raw.socketId, data, app));
  return raw.nextEvent();
}
