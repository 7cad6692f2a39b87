// As much of the browser's WebSocket as the demo page uses: Node 18 has none.
import { close, op, text, pong } from './frames.mjs';
import { RawWebSocket } from './raw.mjs';

export class ShimWebSocket {
  #raw = null;
  #closing = null; // the code we sent

  constructor(url) {
    this.readyState = 0;
    this.#run(new URL(url)).catch(() => this.#ended(1006, ''));
  }

  async #run({ port, pathname, search }) {
    this.#raw = await RawWebSocket.connect(Number(port), pathname + search);
    if (this.readyState === 3) return this.#raw.destroy();
    this.readyState = 1;
    this.onopen?.({});
    for (;;) {
      const one = await this.#raw.frames.next('a frame', 3_600_000);
      if (one.opcode === op.text)
        this.onmessage?.({ data: one.payload.toString() });
      if (one.opcode === op.ping) this.#raw.write(pong(one.payload));
      if (one.opcode === op.close) {
        if (this.#closing === null)
          this.#raw.write(close(one.code === 1005 ? undefined : one.code));
        this.#raw.end();
        return this.#ended(one.code, one.reason);
      }
    }
  }

  #ended(code, reason) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#raw?.end();
    if (code === 1006) this.onerror?.({});
    this.onclose?.({ code, reason, wasClean: code !== 1006 });
  }

  send(payload) {
    if (this.readyState === 1) this.#raw.write(text(payload));
  }

  close(code = 1000) {
    // A browser lets a page send 1000 and 3000 to 4999 only.
    if (code !== 1000 && (code < 3000 || code > 4999))
      throw new Error(`InvalidAccessError: ${code}`);
    if (this.readyState > 1) return;
    if (this.readyState === 0) {
      this.#ended(1006, '');
      return;
    }
    this.readyState = 2;
    this.#closing = code;
    this.#raw.write(close(code));
    // A browser does not wait for ever either.
    setTimeout(() => this.#raw.destroy(), 2000).unref();
  }
}
