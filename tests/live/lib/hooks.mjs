// A backend that takes webhooks, and the configuration that points at it.
import http from 'node:http';
import https from 'node:https';
import { Inbox } from './until.mjs';

/**
 * Takes POSTs on a free port. `answer(hook)` says what becomes of each: a
 * status (200 by default), or `hang`, `reset`; a promise of one of these.
 */
export class Receiver {
  hooks = [];
  inbox = new Inbox();
  answer = () => 200;
  #sockets = new Set();
  #hanging = [];

  static async start({ tls, host = '127.0.0.1' } = {}) {
    const receiver = new Receiver();
    const take = (request, response) => receiver.#take(request, response);
    receiver.server = tls
      ? https.createServer({ cert: tls.certificate, key: tls.key }, take)
      : http.createServer(take);
    receiver.server.on('connection', (socket) => {
      receiver.#sockets.add(socket);
      socket.on('close', () => receiver.#sockets.delete(socket));
    });
    receiver.server.on('tlsClientError', () => {});
    await new Promise((done) => receiver.server.listen(0, host, done));
    receiver.port = receiver.server.address().port;
    receiver.origin = `http${tls ? 's' : ''}://${host}:${receiver.port}`;
    return receiver;
  }

  async #take(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const rawBody = Buffer.concat(parts).toString();
    const hook = {
      at: performance.now(), method: request.method, path: request.url,
      headers: request.headers, rawBody, ...JSON.parse(rawBody),
      id: request.headers['x-tidewire-delivery'],
    };
    this.hooks.push(hook);
    const verdict = await this.answer(hook);
    hook.verdict = verdict;
    if (verdict === 'hang') return void this.#hanging.push(request.socket);
    if (verdict === 'reset') return void request.socket.resetAndDestroy();
    response.writeHead(verdict, verdict === 302 ? { Location: '/other' } : {});
    response.end('ok');
    if (verdict >= 200 && verdict < 300) this.inbox.push(hook);
  }

  /** The next hook that was taken, with an event that `wanted` accepts. */
  next(what, wanted = () => true, ms = 5000) {
    return this.inbox.next(what, ms, (hook) => hook.events.some(wanted));
  }

  /** The next event of that name, and of that channel. */
  async event(name, channel, ms) {
    const fits = (e) =>
      e.name === name && (channel === undefined || e.channel === channel);
    const hook = await this.next(`${name} of ${channel}`, fits, ms);
    return hook.events.find(fits);
  }

  /** All events that were taken, in order: `[name, channel, …]`. */
  get events() {
    return this.hooks.filter((h) => h.verdict >= 200 && h.verdict < 300)
      .flatMap((h) => h.events);
  }

  /** Those that hang are reset; they come again. */
  letGo() {
    for (const socket of this.#hanging.splice(0)) socket.resetAndDestroy();
  }

  get sockets() {
    return this.#sockets.size;
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((done) => this.server.close(done));
  }
}

/** `[[apps.webhooks]]` for the app above it. */
export function hookToml(url, settings = {}) {
  const lines = Object.entries({ url, ...settings })
    .map(([k, v]) => `${k} = ${JSON.stringify(v)}`);
  return ['[[apps.webhooks]]', ...lines, ''].join('\n');
}

/** An app with webhooks. */
export function hookedApp(app, hooks, settings = {}) {
  const lines = Object.entries(settings)
    .map(([k, v]) => `${k} = ${JSON.stringify(v)}`);
  return ['[[apps]]', `id = "${app.id}"`,
          `keys = [{ key = "${app.key}", secret = "${app.secret}" }]`,
          ...lines, '', ...hooks].join('\n') + '\n';
}
