// Waiting for conditions, never for fixed times.

// Sanitizer builds are slower: TIDEWIRE_SLOWER=4 stretches every deadline.
export const patience = Number(process.env.TIDEWIRE_SLOWER ?? 1);

/** A build with sanitizers says nothing about CPU time or memory. */
export const sanitized = patience > 1;

/**
 * Polls `condition` until it is truthy and resolves to that value; fails with
 * `what` after `ms` milliseconds. A condition that throws is not true yet.
 */
export async function until(condition, what, ms = 5000) {
  const deadline = performance.now() + ms * patience;
  let trouble;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${ms} ms: ${what}` +
                      (trouble ? ` (${trouble.message})` : ''));
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Fails with `what` if `promise` has not settled after `ms` milliseconds. */
export function within(promise, what, ms = 5000) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not within ${ms} ms: ${what}`)),
                       ms * patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Things that arrive one by one and can be awaited in that order. */
export class Inbox {
  #items = [];
  #waiters = [];
  #failure = null;

  push(item) {
    this.#items.push(item);
    this.#wake();
  }

  /** No more will come; who waits is told why. */
  end(failure) {
    this.#failure ??= failure;
    this.#wake();
  }

  get length() {
    return this.#items.length;
  }

  #wake() {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** The next item; those before it for which `wanted` is false are lost. */
  async next(what, ms = 5000, wanted = () => true) {
    const skipped = [];
    const found = async () => {
      for (;;) {
        while (this.#items.length > 0) {
          const item = this.#items.shift();
          if (wanted(item)) return { item };
          skipped.push(item);
        }
        if (this.#failure) throw this.#failure;
        await new Promise((done) => this.#waiters.push(done));
      }
    };
    try {
      return (await within(found(), what, ms)).item;
    } catch (error) {
      if (skipped.length > 0)
        error.message += `; came instead: ${JSON.stringify(skipped)}`;
      throw error;
    }
  }
}
