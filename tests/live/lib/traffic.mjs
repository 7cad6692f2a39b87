// Publishers and subscribers on every node of a cluster, members who come and
// go, and what each of them sent and saw: for I6 and I7.
import assert from 'node:assert/strict';
import { call, channelAuth, publish } from './api.mjs';
import { pause, seconds } from './chaos.mjs';
import { RawPusher, op } from './raw.mjs';

const room = 'presence-hall';

/** One client that writes down what it is told, in order. */
class Listener {
  heard = []; // {at, channel, from, n}
  faults = [];
  members = new Set(); // of the room, as they were announced

  static async come(node, i, name, app, channels) {
    const self = new Listener();
    self.node = i;
    self.name = name;
    self.raw = await RawPusher.join(node, { key: app.key });
    for (const channel of channels) await self.raw.subscribe(channel);
    const channel_data = JSON.stringify({ user_id: name });
    const answer = await self.raw.subscribe(
      room, channelAuth(self.raw.socketId, room, channel_data, app));
    for (const id of JSON.parse(answer.data).presence.ids)
      self.members.add(id);
    self.listening = self.#listen();
    return self;
  }

  async #listen() {
    for (;;) {
      let one;
      try {
        one = await this.raw.frames.next('an event', 24 * 3600 * 1000);
      } catch {
        return; // the socket has ended
      }
      if (one.opcode === op.close) this.faults.push(`closed: ${one.code}`);
      if (one.opcode !== op.text) continue;
      this.#take(JSON.parse(one.payload));
    }
  }

  #take({ event, channel, data }) {
    if (event === 'told') {
      this.heard.push({ at: seconds(), channel, ...JSON.parse(data) });
    } else if (event === 'pusher_internal:member_added') {
      const { user_id: id } = JSON.parse(data);
      if (this.members.has(id)) this.faults.push(`${id} was added twice`);
      this.members.add(id);
    } else if (event === 'pusher_internal:member_removed') {
      const { user_id: id } = JSON.parse(data);
      if (!this.members.delete(id))
        this.faults.push(`${id} was removed and was not there`);
    } else if (event === 'pusher:error') {
      this.faults.push(`an error: ${JSON.stringify(data)}`);
    }
  }
}

/** The only user of a node who comes and goes. */
class Guest {
  constructor(name, node) {
    this.name = name;
    this.node = node;
  }

  async come(node, app) {
    this.raw = await RawPusher.join(node, { key: app.key });
    const channel_data = JSON.stringify({ user_id: this.name });
    this.raw.send('pusher:subscribe', {
      channel: room,
      ...channelAuth(this.raw.socketId, room, channel_data, app),
    });
    // While channels move a join may be refused; then it is tried again.
    const answer = await this.raw.nextEvent(undefined, 15_000);
    this.inside =
      answer.event === 'pusher_internal:subscription_succeeded';
    if (!this.inside) this.leave();
  }

  leave() {
    this.raw?.destroy();
    this.raw = undefined;
    this.inside = false;
  }
}

export class Traffic {
  published = []; // {node, channel, n, sent, answered, status}
  #going = true;

  /** Every node publishes; who listens and visits is on the nodes `on`. */
  static async start(rig, app, { channels = 6, listeners = 2,
                                 on = rig.nodes.map((_, i) => i) } = {}) {
    const self = new Traffic();
    self.rig = rig;
    self.app = app;
    self.channels = Array.from({ length: channels }, (_, i) => `room-${i}`);
    self.listeners = (await Promise.all(on.map((i) =>
      Promise.all(Array.from({ length: listeners }, (_, k) =>
        Listener.come(rig.nodes[i], i, `listener-${i}-${k}`, app,
                      self.channels)))))).flat();
    self.guests = on.map((i) => new Guest(`guest-${i}`, i));
    self.loops = [...rig.nodes.map((_, i) => self.#publish(i)),
                  ...self.guests.map((guest) => self.#visit(guest))];
    return self;
  }

  async #publish(i) {
    for (let n = 0; this.#going; ++n) {
      const channel = this.channels[n % this.channels.length];
      const one = { node: i, channel, n, sent: seconds(), answered: Infinity };
      this.published.push(one);
      try {
        const answer = await publish(this.rig.nodes[i], {
          name: 'told', channel, data: JSON.stringify({ from: i, n }),
        }, { app: this.app });
        one.status = answer.status;
        one.text = answer.text;
      } catch (error) {
        one.status = error.message;
      }
      one.answered = seconds();
      await pause(40);
    }
  }

  async #visit(guest) {
    while (this.#going) {
      try {
        await guest.come(this.rig.nodes[guest.node], this.app);
        await pause(this.rig.chance.whole(50, 900));
      } catch (error) {
        (this.trouble ??= []).push(`${guest.name}: ${error.message}`);
      }
      if (!this.#going) return;
      guest.leave();
      await pause(this.rig.chance.whole(50, 500));
    }
  }

  /** No more is begun; waits for what is under way. */
  async rest() {
    this.#going = false;
    await Promise.all(this.loops);
  }

  /** I6: who is there, as we know it. */
  get present() {
    return [...this.listeners.map((x) => x.name),
            ...this.guests.filter((x) => x.inside).map((x) => x.name)].sort();
  }

  /** I6, once all is mended and at rest. */
  judgeMembers() {
    assert.deepEqual(this.listeners.flatMap((x) =>
      x.faults.map((what) => `${x.name}: ${what}`)), []);
    for (const one of this.listeners)
      assert.deepEqual([...one.members].sort(), this.present,
                       `as ${one.name} was told`);
  }

  /**
   * I7: what was acknowledged reached every listener to whom there was a way
   * throughout, once and in order. `apart(a, b, from, to)`: there was none
   * between these nodes at some time of that. `when` is shown with a fault.
   */
  judgeEvents(when, apart) {
    const wrong = [];
    let due = 0;
    const sent = new Map(this.published.map((x) => [`${x.node} ${x.n}`, x]));
    const copies = new Map();
    for (const one of this.listeners) {
      const last = new Map();
      for (const { at, channel, from, n } of one.heard) {
        const key = `${one.name} ${from} ${n}`;
        copies.set(key, (copies.get(key) ?? 0) + 1);
        const x = sent.get(`${from} ${n}`);
        if (x.status !== 200 || apart(from, one.node, x.sent, at)) continue;
        const line = `${channel} ${from}`;
        if (n < (last.get(line) ?? -1))
          wrong.push(`${one.name}: ${line} ${n} after ${last.get(line)}`);
        last.set(line, n);
      }
    }
    for (const [key, count] of copies)
      if (count > 1) wrong.push(`${key}: ${count} times`);
    for (const { node, n, channel, sent, answered, status } of this.published)
      for (const one of this.listeners) {
        if (status !== 200 || apart(node, one.node, sent, answered)) continue;
        ++due;
        if (!copies.has(`${one.name} ${node} ${n}`))
          wrong.push(`${one.name} has not got ${n} of node-${node} on ${
            channel}, asked for at ${sent.toFixed(2)}, taken at ${
            answered.toFixed(2)}`);
      }
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} of ${due}; ${
      JSON.stringify(when)}`);
    return due;
  }

  /** I7: publishes that were not taken, with when. */
  get refused() {
    return this.published.filter((x) => x.status !== 200 &&
                                        x.status !== undefined);
  }

  /** Who is there, as a node says. */
  ask(node) {
    return call(node, 'GET', `/channels/${room}/users`, { app: this.app });
  }

  async end() {
    this.#going = false;
    this.listeners?.forEach((x) => x.raw.destroy());
    this.guests?.forEach((x) => x.leave());
    await Promise.allSettled(this.loops ?? []);
  }
}
