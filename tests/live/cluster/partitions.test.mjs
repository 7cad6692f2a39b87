// The network between nodes is cut, one way and both ways, with clients,
// publishers and members on both sides. `./dev chaos` for long.
import assert from 'node:assert/strict';
import { Rig, companyApp, long, minutes, pause, rounds, seconds, seed }
  from '../lib/chaos.mjs';
import { Network, inNetworks } from '../lib/network.mjs';
import { Traffic } from '../lib/traffic.mjs';
import { patience, until } from '../lib/until.mjs';

const lost = 5; // cluster.lost, in seconds
const asked = 5.5; // so long an answer may take: 5 s, and the way
const app = companyApp;

// `sides`: who can still serve whom.
const cuts = [
  { what: 'both ways', sides: [[0, 1], [2]],
    cut: (net) => net.part([0, 1], [2]) },
  { what: 'what one says is lost', sides: [[0, 1], [2]],
    cut: (net) => { net.cut(2, 0); net.cut(2, 1); } },
  { what: 'one hears nothing', sides: [[0, 1], [2]],
    cut: (net) => { net.cut(0, 2); net.cut(1, 2); } },
  { what: 'the oldest is alone', sides: [[0], [1, 2]],
    cut: (net) => net.part([0], [1, 2]) },
  // Which of the two is out of the view is the cluster's choice.
  { what: 'two do not hear each other', sides: [[0], [1], [2]],
    cut: (net) => net.part([0], [2]) },
  { what: 'one way between two', sides: [[0], [1], [2]],
    cut: (net) => net.cut(1, 2) },
];

async function partitions(t) {
  const network = new Network(3);
  const rig = await Rig.start(3, {
    homes: network.homes, part: 4,
    level: long ? 600 : 240, churn: long ? 200 : 60,
  });
  rig.company = true;
  const parted = []; // {sides, from, mended, to}
  const told = [];
  let traffic;
  try {
    traffic = await Traffic.start(rig, app);
    await pause(1000);
    for (const round of rounds(2, cuts.length)) {
      const { what, sides, cut } = cuts[round % cuts.length];
      const length = long ? rig.chance.whole(5, 60) : 9;
      const now = { sides, from: seconds(), to: Infinity };
      parted.push(now);
      cut(network);
      await pause(length * 1000);
      network.mend();
      const mended = now.mended = seconds();
      const took = await rig.healed(20_000);
      now.to = seconds();
      told.push(`${what}, ${length} s: ${took.view.toFixed(1)} s to a view, ${
        took.final.toFixed(1)} s more to a final tick`);
      // I7: who is cut off goes on alone, a second after it is noticed.
      const late = traffic.refused.filter((x) =>
        x.sent > now.from + lost + 1 && x.answered < mended);
      assert.deepEqual(late, [], `cut at ${now.from}`);
      // I8: the part of those who are not heard is unknown, not zero.
      for (const x of rig.witness.samples)
        if (x.asked > now.from + lost + 1.5 && x.told < mended &&
            sides.length === 2) {
          assert.ok(x.final === null || x.final.at <= now.from + 1.1 ||
                    x.final.unknown_nodes > 0, JSON.stringify(x));
          assert.equal(x.newest.exact, false, JSON.stringify(x));
        }
      await pause(1000);
      const calm = seconds();
      await pause(1500);
      assert.deepEqual(traffic.refused.filter((x) => x.sent > calm), []);
    }
    await traffic.rest();
    await until(() => {
      traffic.judgeMembers();
      return true;
    }, 'everybody sees who is there', 5000);
    for (const node of rig.nodes) {
      const { json } = await traffic.ask(node);
      assert.deepEqual(json.users.map((x) => x.id).sort(), traffic.present);
    }
    const due = traffic.judgeEvents(parted, (a, b, from, to) => a !== b &&
      parted.some((x) => x.from <= to && from <= x.to &&
        !x.sides.some((side) => side.includes(a) && side.includes(b))));
    const from = rig.begun + 2;
    const to = (await rig.crowd.told()).at - 1;
    await rig.finalOnAll(to);
    const filled = await rig.ledgersAgree(from, to);
    await rig.statementsAgree(from, to, filled);
    for (const line of told) t.diagnostic(line);
    t.diagnostic(`seed ${seed}: ${traffic.published.length} events published, ${
      traffic.refused.length} refused, ${due} deliveries due and made; ${
      rig.judged} figures of the gauge; ${
      traffic.trouble?.length ?? 0} visits refused`);
  } catch (error) {
    error.message += `\n${told.join('\n')}`;
    throw error;
  } finally {
    await traffic?.end();
    network.mend();
    await rig.end();
  }
}

// A peer whose packets vanish from the beginning, and one whose machine does:
// the other two serve on, with subscribers and members of their own.
async function blackHole(t) {
  const network = new Network(3);
  network.part([0, 1], [2]);
  const began = seconds();
  const rig = await Rig.start(2, {
    homes: network.homes, part: 5, level: 100, churn: 20,
  });
  rig.company = true;
  let traffic;
  try {
    const agreed = seconds() - began;
    traffic = await Traffic.start(rig, app);
    await pause((long ? 60 : 5) * 1000);
    const slowest = () => Math.max(...traffic.published
      .filter((x) => x.status === 200).map((x) => x.answered - x.sent));
    const slow = slowest();
    assert.ok(slow < patience, `${slow} s`);
    assert.deepEqual(traffic.refused, []);
    const beside = traffic.published.length;
    network.mend();
    await rig.restart(2);
    await rig.healed();
    // Its power fails: nobody refuses anything, so nothing is proved.
    network.part([0, 1], [2]);
    const from = seconds();
    await rig.kill(2);
    const seen = async (i) => (await rig.nodes[i].manage(
      'GET', '/v1/commands/nodes')).json;
    await until(async () => (await Promise.all([0, 1].map(seen)))
      .every((x) => x.nodes.some((y) => y.node === 'node-2' &&
                                        y.state === 'lost')),
    'node-2 is lost', 15_000);
    const noticed = seconds() - from;
    assert.ok(noticed <= (lost + 1.2) * patience, `after ${noticed} s`);
    await pause((long ? 60 : 4) * 1000);
    for (const i of [0, 1])
      assert.ok(!(await seen(i)).ended?.some((x) => x.node === 'node-2'));
    await traffic.rest();
    // What has to wait for it is refused in the end, and a second after it is
    // lost nothing is any more; nothing of what was taken is missing.
    const waited = Math.max(...traffic.published.map((x) =>
      x.answered - x.sent));
    assert.ok(waited <= asked * patience, `an answer took ${waited} s`);
    assert.deepEqual(traffic.refused.filter((x) =>
      x.sent > from + lost + 1), []);
    const due = traffic.judgeEvents({ vanished: from }, () => false);
    await until(() => {
      traffic.judgeMembers();
      return true;
    }, 'everybody sees who is there', 5000);
    network.mend();
    await rig.healed();
    t.diagnostic(`two nodes agreed after ${agreed.toFixed(1)} s beside a ` +
      `black hole; ${beside} publishes took ${(1000 * slow).toFixed(0)
      } ms at most; a machine that vanished was lost after ${
        noticed.toFixed(2)} s: ${traffic.refused.length} of ${
        traffic.published.length} refused, within ${waited.toFixed(1)} s, ${
        due} deliveries due and made`);
  } finally {
    await traffic?.end();
    network.mend();
    await rig.end();
  }
}

inNetworks(import.meta.url, minutes * 60 + 600, {
  'three nodes serve on both sides of a partition, and agree when it is over':
    partitions,
  'nodes are not held up by one whose packets vanish': blackHole,
});
