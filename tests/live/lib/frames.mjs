// RFC 6455 framing, written apart from the server's codec so that the two can
// disagree. Encoding allows every violation that a test wants to commit.
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

export const op = {
  continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10,
};

/**
 * One client frame. `length` lies about the payload's length, `lengthBytes`
 * (0, 2 or 8) forces the form of it, `mask: false` sends it bare.
 */
export function frame(opcode, payload = '', options = {}) {
  const { fin = true, rsv = 0, mask = true } = options;
  const body = Buffer.from(payload);
  const length = BigInt(options.length ?? body.length);
  const form = options.lengthBytes ??
    (length < 126n ? 0 : length < 65536n ? 2 : 8);
  const head = Buffer.alloc(2 + form);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = mask ? 0x80 : 0;
  if (form === 0) head[1] |= Number(length);
  else head[1] |= form === 2 ? 126 : 127;
  if (form === 2) head.writeUInt16BE(Number(length), 2);
  if (form === 8) head.writeBigUInt64BE(length, 2);
  if (!mask) return Buffer.concat([head, body]);
  const key = options.key ?? randomBytes(4);
  const masked = Buffer.from(body);
  for (let i = 0; i < masked.length; ++i) masked[i] ^= key[i & 3];
  return Buffer.concat([head, key, masked]);
}

export const text = (payload, options) => frame(op.text, payload, options);
export const ping = (payload, options) => frame(op.ping, payload, options);
export const pong = (payload, options) => frame(op.pong, payload, options);

/** A close frame; without a code it is empty. */
export function close(code, reason = '') {
  if (code === undefined) return frame(op.close);
  const body = Buffer.alloc(2);
  body.writeUInt16BE(code);
  return frame(op.close, Buffer.concat([body, Buffer.from(reason)]));
}

/** The payload of a compressed message (RFC 7692, 7.2.1). */
export function deflated(payload, options = {}) {
  const packed = deflateRawSync(
    payload, { finishFlush: constants.Z_SYNC_FLUSH, ...options });
  return packed.subarray(0, -4);
}

/** What such a payload says; `windowBits` is how far it may refer back. */
export function inflated(payload, options = {}) {
  return inflateRawSync(
    Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]),
    { finishFlush: constants.Z_SYNC_FLUSH, ...options });
}

/** A compressed text in one frame. */
export const packed = (payload, options) =>
  frame(op.text, deflated(payload), { rsv: 4, ...options });

/** Cuts server frames out of a stream. A violation by the server throws. */
export class FrameReader {
  #buffer = Buffer.alloc(0);
  #waiting = []; // what came since, not joined before it can be of use
  #waitingBytes = 0;
  #needed = 2;
  #inflate;

  /** With `inflate`, options of zlib, compressed messages are in order. */
  constructor({ inflate } = {}) {
    this.#inflate = inflate;
  }

  /** The frames that are complete now. */
  push(bytes) {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#buffer.length + this.#waitingBytes < this.#needed) return [];
    this.#buffer = Buffer.concat([this.#buffer, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#needed = 2;
    const frames = [];
    for (let one; (one = this.#cut()); ) frames.push(one);
    return frames;
  }

  #cut() {
    const b = this.#buffer;
    if (b.length < 2) return null;
    if (b[1] & 0x80) throw new Error('the server sent a masked frame');
    if (b[0] & (this.#inflate ? 0x30 : 0x70)) throw new Error('the server set a reserved bit');
    let length = b[1] & 0x7f;
    let at = 2;
    if (length === 126) {
      if (b.length < 4) return null;
      length = b.readUInt16BE(2);
      at = 4;
      if (length < 126) throw new Error('length not in its shortest form');
    } else if (length === 127) {
      if (b.length < 10) return null;
      length = Number(b.readBigUInt64BE(2));
      at = 10;
      if (length < 65536) throw new Error('length not in its shortest form');
    }
    this.#needed = at + length;
    if (b.length < this.#needed) return null;
    this.#needed = 2;
    let payload = b.subarray(at, at + length);
    this.#buffer = b.subarray(at + length);
    const opcode = b[0] & 0x0f;
    const isPacked = Boolean(b[0] & 0x40);
    if (isPacked && opcode !== op.text)
      throw new Error('the server compressed what is no text');
    if (isPacked) payload = inflated(payload, this.#inflate);
    if (opcode >= 8 && (length > 125 || !(b[0] & 0x80)))
      throw new Error('the server sent an illegal control frame');
    if (opcode === op.text)
      new TextDecoder('utf-8', { fatal: true }).decode(payload);
    const result = { fin: Boolean(b[0] & 0x80), opcode, payload };
    if (this.#inflate)
      Object.assign(result, { packed: isPacked, wireBytes: at + length });
    if (opcode === op.close)
      Object.assign(result, {
        code: length >= 2 ? payload.readUInt16BE(0) : 1005,
        reason: payload.subarray(2).toString(),
      });
    return result;
  }
}
