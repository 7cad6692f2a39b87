// Judges what endpoints were sent: pure, and told of every request in the
// order in which it was recorded.
import { createHmac } from 'node:crypto';

/** Reproducible dice: `roll(n)` is one of 0 … n-1. */
export function dice(seed) {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const opposite = {
  channel_occupied: 'channel_vacated', member_added: 'member_removed',
};
const begins = (name) => name in opposite;

/** One endpoint of one app. */
export class HookChecker {
  faults = [];
  repeated = 0;
  counts = {}; // by event
  #bodies = new Map(); // by delivery id
  #state = new Map(); // thing → what was said of it last
  #occupied = new Map(); // channel → times

  constructor(app, owns) {
    this.app = app;
    this.owns = owns; // whether a channel is one of this app's
  }

  #fault(text) {
    this.faults.push(text);
  }

  take({ type, key, signature, id, body }) {
    if (type !== 'application/json') this.#fault(`content type ${type}`);
    if (key !== this.app.key) this.#fault(`key ${key} at ${this.app.id}`);
    const right =
      createHmac('sha256', this.app.secret).update(body).digest('hex');
    if (signature !== right) this.#fault(`signature of ${id}`);
    if (!id?.startsWith(`${this.app.id}/`)) this.#fault(`id ${id}`);
    const known = this.#bodies.get(id);
    if (known !== undefined) {
      ++this.repeated;
      if (known !== body) this.#fault(`${id} came with another body`);
      return;
    }
    this.#bodies.set(id, body);
    for (const event of JSON.parse(body).events) this.#event(event, id);
  }

  #event({ name, channel, user_id: user }, id) {
    if (!this.owns(channel)) this.#fault(`${channel} went to ${this.app.id}`);
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    const thing = user === undefined ? channel : `${channel}\n${user}`;
    const last = this.#state.get(thing);
    const fits = begins(name) ? last === undefined || !begins(last)
      : last !== undefined && opposite[last] === name;
    if (!fits) this.#fault(`${id}: ${name} after ${last ?? 'nothing'}`);
    if (user !== undefined && this.#state.get(channel) !== 'channel_occupied')
      this.#fault(`${id}: ${name} in a channel that is not occupied`);
    this.#state.set(thing, name);
    if (name === 'channel_occupied')
      this.#occupied.set(channel, this.occupations(channel) + 1);
  }

  /** How often a channel was announced as occupied. */
  occupations(channel) {
    return this.#occupied.get(channel) ?? 0;
  }

  /** What is said to be there now: channels and `channel\nuser`. */
  get present() {
    return new Set([...this.#state].filter(([, last]) => begins(last))
      .map(([thing]) => thing));
  }

  /** How that differs from what is there; empty if it does not. */
  difference(truth) {
    const said = this.present;
    const show = (thing) => thing.replace('\n', ' ');
    return [
      ...[...truth].filter((t) => !said.has(t)).map((t) => `+${show(t)}`),
      ...[...said].filter((t) => !truth.has(t)).map((t) => `-${show(t)}`),
    ];
  }
}
