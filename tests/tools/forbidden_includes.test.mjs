// The table of design section 7 is a promise about layers; this keeps it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("forbidden_includes.sh", import.meta.url));

// Judges one file with these lines, in a tree of its own.
function judge(path, ...lines) {
  const tree = mkdtempSync(join(tmpdir(), "tidewire-includes-"));
  const copy = join(tree, "tests/tools/forbidden_includes.sh");
  mkdirSync(dirname(copy), { recursive: true });
  cpSync(script, copy);
  mkdirSync(join(tree, dirname(path)), { recursive: true });
  writeFileSync(join(tree, path), lines.join("\n"));
  const { status, stdout } = spawnSync("bash", [copy, path],
                                       { encoding: "utf8" });
  rmSync(tree, { recursive: true });
  return { status, stdout };
}

test("net never includes actors, and the finding names file and line", () => {
  const { status, stdout } = judge(
    "net/x.cpp", "#include <vector>", '#include "actors/node.hpp"');
  assert.equal(status, 1);
  assert.equal(stdout, "net/x.cpp:2: net/ must not include actors/node.hpp\n");
});

for (const [path, line] of [
  ["config/x.hpp", "#include <boost/json.hpp>"],
  ["config/x.hpp", '#include "messages/ids.hpp"'],
  ["messages/x.hpp", "#include <caf/actor.hpp>"],
  ["messages/x.hpp", '#include "net/reactor.hpp"'],
  ["net/pusher/x.cpp", '#include "net/reactor.hpp"'],
  ["net/pusher/x.cpp", "#  include <boost/asio/buffer.hpp>"],
  ["actors/state/x.hpp", "#include <caf/actor.hpp>"],
  ["actors/state/cluster/x.hpp", "#include <caf/actor.hpp>"],
  ["actors/state/cluster/x.hpp", '#include "actors/state/channel_state.hpp"'],
  ["bench/x.cpp", '#include "actors/gauge.hpp"'],
  ["actors/x.cpp", '#include "tests/catch.hpp"'],
  ["elsewhere/x.cpp", "#include <vector>"],
])
  test(`${path} may not say ${line}`, () =>
    assert.equal(judge(path, line).status, 1));

test("each folder may include what the design gives it", () => {
  assert.equal(judge("config/x.cpp", "#include <toml++/toml.h>").status, 0);
  assert.equal(judge("net/x.cpp", "#include <caf/resumable.hpp>",
                     "#include <sys/epoll.h>",
                     '#include "net/pusher/query.hpp"').status, 0);
  assert.equal(judge("actors/x.cpp", '#include "net/reactor.hpp"').status, 0);
});
