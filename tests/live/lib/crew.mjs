// Clients of a cluster that the test holds itself: its record of who is where.
import { channelAuth } from './api.mjs';
import { RawPusher } from './raw.mjs';
import { rawSignin } from './users.mjs';

/** One client: it may be signed in as `user`, or a member of a channel. */
class Hand {
  constructor(how) {
    Object.assign(this, how);
  }

  async joins(node) {
    this.raw = await RawPusher.join(node);
    this.node = node;
    if (this.user)
      await rawSignin(this.raw, { id: this.user });
    if (this.member)
      await this.raw.subscribe('presence-crew', channelAuth(
        this.raw.socketId, 'presence-crew',
        JSON.stringify({ user_id: this.member })));
    return this;
  }
}

/** What the generator knows: the record that servers are compared with. */
export class Crew {
  hands = [];

  /** `count` more on `node`; `how(i)` says as whom. */
  async come(node, count, how = () => ({})) {
    const fresh = Array.from({ length: count }, (_, i) => new Hand(how(i)));
    await Promise.all(fresh.map((one) => one.joins(node)));
    this.hands.push(...fresh);
    return fresh;
  }

  on(node) {
    return this.hands.filter((one) => one.node === node);
  }

  get open() {
    return this.hands.filter((one) => one.node).length;
  }

  /** The node has died: who was on it is nowhere. */
  lost(node) {
    const gone = this.on(node);
    for (const one of gone) {
      one.raw.destroy();
      one.node = null;
    }
    return gone;
  }

  /** They come back, in turns, on these nodes. */
  async back(hands, nodes) {
    await Promise.all(hands.map((one, i) => one.joins(nodes[i % nodes.length])));
  }

  /** Whoever is sent away comes back at once where `next()` says. */
  follow(next) {
    this.moved = 0;
    for (const one of this.hands)
      this.follow1(one, next);
  }

  async follow1(one, next) {
    const end = await one.raw.nextClose(600_000).catch(() => null);
    if (!end || this.over) return;
    if (end.code !== 4200)
      this.trouble = `closed with ${end.code}`;
    one.raw.destroy();
    one.node = null;
    try {
      await one.joins(await next(one));
    } catch (error) {
      this.trouble = error.message;
      return;
    }
    ++this.moved;
    this.follow1(one, next);
  }

  leave() {
    this.over = true;
    for (const one of this.hands) one.raw?.destroy();
  }
}
