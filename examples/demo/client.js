// A minimal client of the Pusher protocol 7, and the history of a gauge. Without
// a document, so that tests/live imports it as well.

/** What to do after a close, by the ranges of the Pusher protocol, part 7. */
export function afterClose(code) {
  if (code >= 4000 && code < 4100) return 'stop';
  if (code >= 4200 && code < 4300) return 'now';
  if (code >= 4300 && code < 5000) return 'stop';
  return 'wait';
}

/** A payload is JSON inside a string; a string that is no JSON stays one. */
export function decodeData(data) {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/**
 * One connection, which comes back by itself unless the server says not to.
 *
 * States: `initialized` → `connecting` → `connected`; `waiting` between two
 * attempts; `closed` when we ended it; `failed` when the server refused it for
 * good. `options.onState(state, reason)`, `options.onEvent({event, channel,
 * data})` and `options.onError({code, message})` are told what happens.
 */
export class TideClient {
  #options;
  #socket = null;
  #timer = null; // silence while connected, the delay while waiting
  #attempts = 0;
  #idleMs = 120_000;
  #channels = new Map(); // name → subscribed?

  constructor(options) {
    this.#options = {
      WebSocket: globalThis.WebSocket,
      pongTimeoutMs: 30_000,
      onState() {},
      onEvent() {},
      onError() {},
      ...options,
    };
    this.state = 'initialized';
    this.socketId = null;
  }

  /** Opens the connection; does nothing when there is one already. */
  connect() {
    if (this.state === 'connecting' || this.state === 'connected') return;
    this.#open();
  }

  /** Ends the connection for good; `connect` starts anew. */
  close(code = 1000) {
    this.#drop(code);
    this.#become('closed', '');
  }

  /** Subscribes to a public channel, now and after every reconnection. */
  subscribe(channel) {
    if (this.#channels.has(channel)) return;
    this.#channels.set(channel, false);
    if (this.state === 'connected') this.#sendSubscribe(channel);
  }

  unsubscribe(channel) {
    if (!this.#channels.delete(channel)) return;
    if (this.state === 'connected')
      this.#send('pusher:unsubscribe', { channel });
  }

  /** Whether the server has confirmed the subscription. */
  isSubscribed(channel) {
    return this.#channels.get(channel) === true;
  }

  #open() {
    const { url, key, WebSocket } = this.#options;
    clearTimeout(this.#timer);
    this.#become('connecting', '');
    const path = `/app/${encodeURIComponent(key)}`;
    const query = 'protocol=7&client=tidewire-demo&version=0.1.0';
    const socket = new WebSocket(`${url}${path}?${query}`);
    this.#socket = socket;
    // A socket that was given up may still speak; it is not listened to.
    const current = (handler) => (event) => {
      if (this.#socket === socket) handler(event);
    };
    socket.onmessage = current((event) => this.#receive(event.data));
    socket.onclose = current((event) => this.#lost(event.code, event.reason));
    socket.onerror = () => {}; // always followed by `close`, which says more
  }

  #drop(code) {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.socketId = null;
    for (const channel of this.#channels.keys())
      this.#channels.set(channel, false);
    if (socket && socket.readyState <= 1) socket.close(code);
  }

  #lost(code, reason) {
    this.#drop(1000);
    const text = reason || `closed with code ${code}`;
    const action = afterClose(code);
    if (action === 'stop') {
      this.#options.onError({ code, message: text });
      this.#become('failed', text);
      return;
    }
    // Many pages lose their server at the same moment: spread the return.
    const steps = Math.min(this.#attempts++, 4);
    const delay = action === 'now' ? 100 : 1000 * 2 ** steps;
    this.#timer = setTimeout(
      () => this.#open(), delay * (0.5 + Math.random() / 2));
    this.#become('waiting', text);
  }

  #receive(text) {
    this.#heard();
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      this.#options.onError({ code: null, message: 'unreadable message' });
      return;
    }
    const { event, channel } = message;
    const data = decodeData(message.data);
    if (event === 'pusher:connection_established') {
      this.#established(data);
    } else if (event === 'pusher:ping') {
      this.#send('pusher:pong', {});
    } else if (event === 'pusher:error') {
      this.#options.onError({ code: data?.code ?? null,
                              message: data?.message ?? '' });
    } else if (event === 'pusher:subscription_error') {
      this.#options.onError({ code: data?.status ?? null,
                              message: data?.error ?? '' });
    } else if (event === 'pusher_internal:subscription_succeeded') {
      if (this.#channels.has(channel)) this.#channels.set(channel, true);
      this.#options.onEvent({ event: 'subscribed', channel, data });
    } else if (channel && !event.startsWith('pusher')) {
      this.#options.onEvent({ event, channel, data });
    }
  }

  #established({ socket_id: socketId, activity_timeout: seconds }) {
    this.socketId = socketId;
    this.#attempts = 0;
    this.#idleMs = Math.min(seconds || 120, 120) * 1000;
    this.#become('connected', '');
    this.#heard();
    for (const channel of this.#channels.keys()) this.#sendSubscribe(channel);
  }

  // Any message proves the server alive. After silence we ask, and when
  // nothing comes back we try again on a new socket.
  #heard() {
    if (this.state !== 'connected') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#send('pusher:ping', {});
      this.#timer = setTimeout(
        () => {
          this.#drop(4201);
          this.#lost(4201, 'the server has gone silent');
        }, this.#options.pongTimeoutMs);
    }, this.#idleMs);
  }

  #sendSubscribe(channel) {
    this.#send('pusher:subscribe', { auth: '', channel });
  }

  #send(event, data) {
    if (this.#socket?.readyState === 1)
      this.#socket.send(JSON.stringify({ event, data }));
  }

  #become(state, reason) {
    if (state === this.state) return;
    this.state = state;
    this.#options.onState(state, reason);
  }
}

/** The last `spanMs` of the gauge. Unknown is kept as null, never as 0. */
export class GaugeHistory {
  constructor(spanMs = 60_000) {
    this.spanMs = spanMs;
    this.samples = [];
  }

  add(at, value) {
    this.samples.push({ at, value });
    // One sample older than the span stays: the line enters from the left.
    while (this.samples.length > 2 && this.samples[1].at < at - this.spanMs)
      this.samples.shift();
  }

  /** The top of the scale: 1, 2 or 5 times a power of ten, at least 10. */
  ceiling() {
    const high = Math.max(0, ...this.samples.map((s) => s.value ?? 0)) * 1.15;
    for (let unit = 1; ; unit *= 10)
      for (const step of [1, 2, 5])
        if (unit * step >= Math.max(10, high)) return unit * step;
  }
}

/** Cuts samples at the unknown ones, where the line has a gap. */
export function knownRuns(samples) {
  const runs = [[]];
  for (const sample of samples)
    if (sample.value === null) runs.push([]);
    else runs.at(-1).push(sample);
  return runs.filter((run) => run.length > 0);
}
