// Sockets without a library in between: bytes, HTTP heads, WebSocket frames.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { FrameReader, close, frame, op, text } from './frames.mjs';
import { Inbox, until, within } from './until.mjs';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A TCP connection whose bytes are taken when the test wants them. */
export class RawSocket {
  #buffer = Buffer.alloc(0);
  #sink = null;

  /** `secure` makes it a TLS connection: options of `tls.connect`. */
  static async open(port, { secure, ...options } = {}) {
    const where = { port, noDelay: true, allowHalfOpen: true, ...options,
                    host: options.host ?? '127.0.0.1' };
    const socket = secure
      ? tls.connect({ ...where, servername: 'localhost', ...secure })
      : net.connect(where);
    const raw = new this(socket);
    await within(new Promise((done, fail) => {
      socket.once(secure ? 'secureConnect' : 'connect', done);
      socket.once('error', fail);
      socket.once('close', () => fail(new Error('closed while connecting')));
    }), 'connect');
    return raw;
  }

  constructor(socket) {
    this.socket = socket;
    this.ended = false; // the server has sent FIN
    this.closed = false; // FIN or RST: nothing more will come
    this.reset = false;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('end', () => {
      this.ended = this.closed = true;
      this.onEnd?.();
    });
    socket.on('error', () => { this.reset = true; });
    socket.on('close', () => {
      this.closed = true;
      this.onEnd?.();
    });
  }

  #take(bytes) {
    if (this.#sink) this.#sink(bytes);
    else this.#buffer = Buffer.concat([this.#buffer, bytes]);
  }

  get buffered() {
    return this.#buffer;
  }

  /** From now on bytes go to `sink`, those already here first. */
  pipe(sink) {
    const waiting = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    this.#sink = sink;
    if (waiting.length) sink(waiting);
  }

  write(bytes) {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Takes bytes up to and including `mark`. */
  async upTo(mark, ms = 5000) {
    const at = await until(() => {
      const found = this.#buffer.indexOf(mark);
      if (found < 0 && this.closed)
        throw new Error(`closed before ${JSON.stringify(mark)}; got ` +
                        JSON.stringify(this.#buffer.toString('latin1')));
      return found >= 0 ? found + mark.length : 0;
    }, `receives ${JSON.stringify(mark)}`, ms);
    return this.#cut(at);
  }

  async take(count, ms = 5000) {
    await until(() => this.#buffer.length >= count, `${count} bytes`, ms);
    return this.#cut(count);
  }

  #cut(count) {
    const bytes = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return bytes;
  }

  /** One HTTP response: `{status, headers, body}`. */
  async response({ head = false, ms = 5000 } = {}) {
    const lines =
      (await this.upTo('\r\n\r\n', ms)).toString('latin1').split('\r\n');
    const [, status] = /^HTTP\/1\.[01] (\d{3}) /.exec(lines[0] + ' ');
    const headers = {};
    for (const line of lines.slice(1, -2)) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] =
        line.slice(colon + 1).trim();
    }
    let body = Buffer.alloc(0);
    if (!head && headers['content-length'])
      body = await this.take(Number(headers['content-length']), ms);
    return { status: Number(status), headers, body: body.toString() };
  }

  /** Resolves when the server has ended the connection, either way. */
  async gone(ms = 5000) {
    await until(() => this.closed, 'the server closes the socket', ms);
  }

  end() {
    this.socket.end();
  }

  /** Ends with RST. */
  resetNow() {
    this.socket.resetAndDestroy();
  }

  destroy() {
    this.socket.destroy();
  }
}

/** A WebSocket of which the test sends and sees every frame. */
export class RawWebSocket extends RawSocket {
  frames = new Inbox();

  /** Opens and upgrades; fails unless the answer is 101. */
  static async connect(port, target, headers = {}, options = {}) {
    const raw = await this.open(port, options);
    const answer = await raw.upgrade(target, headers).catch((error) => {
      raw.destroy();
      throw error;
    });
    assert.equal(answer.status, 101, answer.body);
    assert.equal(answer.headers['sec-websocket-accept'], raw.expectedAccept);
    assert.equal(answer.headers.upgrade.toLowerCase(), 'websocket');
    assert.match(answer.headers.connection, /upgrade/i);
    raw.extensions = answer.headers['sec-websocket-extensions'];
    raw.startFrames();
    return raw;
  }

  /** Sends an upgrade request and returns the response, whatever it is. */
  async upgrade(target, headers = {}) {
    const key = randomBytes(16).toString('base64');
    this.expectedAccept =
      createHash('sha1').update(key + guid).digest('base64');
    const all = {
      Host: '127.0.0.1', Upgrade: 'websocket', Connection: 'Upgrade',
      'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13', ...headers,
    };
    const lines = Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}\r\n`);
    this.write(`GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
    return this.response();
  }

  startFrames() {
    const [, bits] = /server_max_window_bits=(\d+)/.exec(this.extensions) ?? [];
    const inflate = this.extensions && { windowBits: Number(bits ?? 15) };
    const reader = new FrameReader({ inflate });
    this.pipe((bytes) => {
      try {
        for (const one of reader.push(bytes)) this.frames.push(one);
      } catch (error) {
        this.frames.end(error);
        this.destroy();
      }
    });
    this.onEnd = () => this.frames.end(new Error('the socket has ended'));
    if (this.closed) this.onEnd();
  }

  nextFrame(ms) {
    return this.frames.next('a frame', ms);
  }

  /** The close frame, skipping whatever comes before it. */
  nextClose(ms) {
    return this.frames.next('a close frame', ms,
                            (one) => one.opcode === op.close);
  }
}

/** A raw WebSocket that speaks Pusher events. */
export class RawPusher extends RawWebSocket {
  static target(key = 'app-key', query = 'protocol=7&client=raw&version=1.0') {
    return `/app/${key}?${query}`;
  }

  /** Connects and takes `pusher:connection_established`. */
  static async join(server, { key, headers, port, ...options } = {}) {
    const raw = await this.connect(
      port ?? server.port, this.target(key), headers,
      { host: server.host, ...options });
    const hello = await raw.nextEvent('pusher:connection_established')
      .catch((error) => {
        raw.destroy();
        throw error;
      });
    const { socket_id: id, activity_timeout: seconds } = JSON.parse(hello.data);
    raw.socketId = id;
    raw.activityTimeout = seconds;
    return raw;
  }

  send(event, data, channel) {
    this.sendText(JSON.stringify({ event, channel, data }));
  }

  sendText(payload) {
    this.write(text(payload));
  }

  /**
   * The next event of that name, or the next event that is not a ping, which
   * may come at any time; others are skipped.
   */
  async nextEvent(name, ms = 5000) {
    const fits = ({ event }) =>
      name === undefined ? event !== 'pusher:ping' : event === name;
    const wanted = (one) =>
      one.opcode === op.text && fits(JSON.parse(one.payload));
    const found =
      await this.frames.next(`event ${name ?? ''}`, ms, wanted);
    return JSON.parse(found.payload);
  }

  async subscribe(channel, auth = {}) {
    this.send('pusher:subscribe', { auth: '', ...auth, channel });
    return this.nextEvent('pusher_internal:subscription_succeeded');
  }

  /** Sends and awaits a ping: all that was sent before has been handled. */
  async fence() {
    this.send('pusher:ping', {});
    return this.nextEvent('pusher:pong');
  }

  /** A clean end: close frame, its answer, FIN. */
  async leave(code = 1000) {
    this.write(close(code));
    await this.nextClose();
    await this.gone();
    this.destroy();
  }
}

export { frame, op };
