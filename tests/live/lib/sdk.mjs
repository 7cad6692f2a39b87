// The real, unmodified SDKs, pointed at the server under test.
import Echo from 'laravel-echo';
import PusherServer from 'pusher';
import PusherJs from 'pusher-js';
import { mainApp } from './apps.mjs';
import { Inbox, until } from './until.mjs';

/** The Node server SDK. */
export function publisher(server, app = mainApp, options = {}) {
  return new PusherServer({
    appId: app.id, key: app.key, secret: app.secret,
    host: '127.0.0.1', port: String(server.port), useTLS: false,
    ...options,
  });
}

const clients = new Set();

/** For the end of a test: no client comes back after that. */
export function disconnectAll() {
  for (const one of clients) one.disconnect();
  clients.clear();
}

/**
 * A pusher-js client. `user` (`{user_id, user_info}`) is what the authorizer
 * signs on presence channels; `auth` replaces the authorizer's answer;
 * `Library` is another version of pusher-js.
 */
export function client(server, options = {}) {
  const { app = mainApp, user, auth, Library = PusherJs, ...rest } = options;
  const signer = publisher(server, app);
  const pusher = new Library(app.key, {
    cluster: '', wsHost: '127.0.0.1', wsPort: server.port, forceTLS: false,
    enabledTransports: ['ws'], disableStats: true,
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, done) => {
        const presence = channelName.startsWith('presence-');
        done(null, auth?.(socketId, channelName) ?? signer.authorizeChannel(
          socketId, channelName, presence ? user : undefined));
      },
    },
    ...rest,
  });
  clients.add(pusher);
  return pusher;
}

export async function connected(pusher) {
  await until(() => pusher.connection.state === 'connected',
              `pusher-js connects; it is ${pusher.connection.state}`);
  return pusher;
}

/** Everything pusher-js hears on a channel, in order. */
export class Heard {
  inbox = new Inbox();
  all = [];

  constructor(channel) {
    this.channel = channel;
    channel.bind_global((event, data) => {
      this.all.push({ event, data });
      this.inbox.push({ event, data });
    });
  }

  /** The data of the next event of that name. */
  async next(event, ms) {
    const found = await this.inbox.next(
      `${event} on ${this.channel.name}`, ms, (one) => one.event === event);
    return found.data;
  }

  count(event) {
    return this.all.filter((one) => one.event === event).length;
  }
}

/** Subscribes and waits for the server's yes. */
export async function subscribed(pusher, name) {
  const heard = new Heard(pusher.subscribe(name));
  heard.members = await heard.next('pusher:subscription_succeeded');
  return heard;
}

/** Every `pusher:error` of a connection. */
export function errorsOf(pusher) {
  const inbox = new Inbox();
  pusher.connection.bind('error', (error) => inbox.push(error));
  return inbox;
}

export function echo(pusher) {
  return new Echo({ broadcaster: 'pusher', client: pusher });
}
