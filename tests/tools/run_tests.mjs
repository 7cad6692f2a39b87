// Runs every test of a build and ends with `N passed, N failed, N skipped`.
//
//   node run_tests.mjs --build DIR [--filter X] [--only cpp|live] [--slower N]
//                      [--chaos MINUTES --seed N]
//
// C++ programs come from ctest's list; each Catch2 test case counts. Live
// tests are tests/live/*.test.mjs; each node:test test counts. A program that
// crashes, hangs, or runs no test counts as one failure at least. With --chaos
// only those of tests/live/cluster that have a long form are run, in that form.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync }
  from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { failures_of_catch, parse_catch_xml, parse_tap } from "./reports.mjs";

const cpp_seconds = 420;
const live_seconds = 900;
const shown_lines = 400;

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { values: options } = parseArgs({
  options: {
    build: { type: "string" },
    filter: { type: "string", default: "" },
    only: { type: "string", default: "" },
    slower: { type: "string", default: "1" },
    chaos: { type: "string" },
    seed: { type: "string" },
  },
});
if (!options.build || !["", "cpp", "live"].includes(options.only)) {
  console.error("run_tests: needs --build DIR; --only takes cpp or live");
  process.exit(2);
}
const build = resolve(options.build);
const slower = Number(options.slower);
const chaos = options.chaos && Number(options.chaos);
const scratch = mkdtempSync(join(tmpdir(), "tidewire-tests-"));

// --- one program ------------------------------------------------------------

let running = null;

// A test may have started servers: the whole process group ends with it.
function end_group(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

// Runs a command to its end. Resolves to {code, signal, timed_out, output}.
function run(command, { seconds, cwd, env }) {
  return new Promise((done) => {
    const chunks = [];
    const child = spawn(command[0], command.slice(1), {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running = child;
    let timed_out = false;
    const timer = setTimeout(() => {
      timed_out = true;
      end_group(child);
    }, seconds * slower * 1000);
    const finish = (code, signal, error) => {
      clearTimeout(timer);
      end_group(child);
      running = null;
      const output = Buffer.concat(chunks).toString() + (error ?? "");
      done({ code, signal, timed_out, output });
    };
    child.stdout.on("data", (data) => chunks.push(data));
    child.stderr.on("data", (data) => chunks.push(data));
    child.on("error", (error) => finish(127, null, `${error}\n`));
    child.on("exit", (code, signal) => {
      // Whoever inherited our pipes must not keep us waiting for `close`.
      end_group(child);
      child.on("close", () => finish(code, signal));
    });
  });
}

for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => {
    if (running)
      end_group(running);
    rmSync(scratch, { recursive: true, force: true });
    process.exit(130);
  });

// Why the program itself failed, whatever its tests said; "" if it did not.
function trouble(result, counts) {
  if (result.timed_out)
    return "took too long and was stopped";
  if (result.signal)
    return `was ended by ${result.signal}`;
  if (counts.unfinished)
    return `ended within "${counts.unfinished}"`;
  if (result.code !== 0 && counts.failed === 0)
    return `exited with ${result.code}`;
  return "";
}

// --- the two kinds of tests -------------------------------------------------

function matches(name) {
  return name.toLowerCase().includes(options.filter.toLowerCase());
}

function property(test, name) {
  return test.properties?.find((p) => p.name === name)?.value;
}

function cpp_tests() {
  const list = JSON.parse(execFileSync(
    "ctest", ["--test-dir", build, "--show-only=json-v1"],
    { encoding: "utf8", maxBuffer: 1 << 26 }));
  return list.tests.map((test) => ({
    name: test.name,
    command: test.command,
    seconds: property(test, "TIMEOUT") ?? cpp_seconds,
    cwd: property(test, "WORKING_DIRECTORY") ?? build,
    env: Object.fromEntries((property(test, "ENVIRONMENT") ?? []).map(
      (pair) => [pair.slice(0, pair.indexOf("=")),
                 pair.slice(pair.indexOf("=") + 1)])),
  }));
}

// Programs of tidewire_test() stand in BUILD/tests and speak Catch2.
function is_catch(test) {
  return test.command?.length === 1
    && dirname(test.command[0]) === join(build, "tests");
}

async function run_cpp(test) {
  if (!test.command)
    return { counts: { passed: 0, failed: 1, skipped: 0 },
             why: "was not built", text: "" };
  if (!is_catch(test)) {
    if (!matches(test.name))
      return null;
    const result = await run(test.command, test);
    const failed = result.code === 0 ? 0 : 1;
    return { counts: { passed: 1 - failed, failed, skipped: 0 },
             why: trouble(result, { failed: 0 }), text: result.output };
  }
  const report = join(scratch, `${test.name}.xml`);
  const part = matches(test.name) ? []
    : [`*${options.filter.replace(/[\\,[\]"]/g, "\\$&")}*`];
  const result = await run(
    [...test.command, ...part, "-r", "xml", "-o", report], test);
  const cases = parse_catch_xml(
    existsSync(report) ? readFileSync(report, "utf8") : "");
  const { counts } = cases;
  if (part.length > 0 && cases.total === 0 && !result.signal)
    return null;
  const none = cases.total === 0 ? "ran no test" : "";
  return { counts, why: trouble(result, counts) || none,
           text: failures_of_catch(cases) + result.output,
           skips: cases.skips };
}

function live_tests() {
  return ["tests/live", "tests/live/cluster", "tests/tools"].flatMap((dir) =>
    readdirSync(join(root, dir))
      .filter((file) => file.endsWith(".test.mjs"))
      .sort()
      .map((file) => ({ name: `${basename(dir)}/${file}`,
                        path: join(root, dir, file) })))
    .filter(({ path }) => !chaos || has_long_form(path));
}

// What the tests of a file that have one take from lib/chaos.mjs.
function has_long_form(path) {
  return /\blong\b[^;]*from '..\/lib\/chaos.mjs'/.test(
    readFileSync(path, "utf8"));
}

// A file has up to four random parts, and what they come to rest with.
const live_limit = live_seconds + (chaos ? 900 + 4 * 60 * chaos : 0);

async function run_live(test) {
  const tap = join(scratch, `${basename(test.path)}.tap`);
  const part = matches(test.name) ? []
    : ["--test-name-pattern",
       `/${options.filter.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}/i`];
  const result = await run(
    [process.execPath, "--test", ...part,
     "--test-reporter=spec", "--test-reporter-destination=stdout",
     "--test-reporter=tap", `--test-reporter-destination=${tap}`, test.path],
    { seconds: live_limit, cwd: root,
      env: { TIDEWIRE_BIN: join(build, "tidewire"), TIDEWIRE_BUILD: build,
             TIDEWIRE_SLOWER: options.slower,
             ...chaos && { TIDEWIRE_CHAOS: options.chaos },
             ...options.seed && { TIDEWIRE_SEED: options.seed } } });
  const tests = parse_tap(
    existsSync(tap) ? readFileSync(tap, "utf8") : "");
  if (part.length > 0 && tests.total === 0 && result.code === 0)
    return null;
  const none = tests.total === 0 ? "ran no test" : "";
  return { counts: tests.counts, why: trouble(result, tests.counts) || none,
           text: result.output, skips: tests.skips };
}

// --- all of them ------------------------------------------------------------

function last_lines(text) {
  const lines = text.trimEnd().split("\n");
  const left_out = lines.length - shown_lines;
  return left_out <= 0 ? lines
    : [`(${left_out} lines left out)`, ...lines.slice(left_out)];
}

const total = { passed: 0, failed: 0, skipped: 0 };

async function judge(test, runner) {
  const start = Date.now();
  const outcome = await runner(test);
  if (!outcome)
    return;
  const { counts, why, text, skips = [] } = outcome;
  if (why !== "" && counts.failed === 0)
    counts.failed = 1;
  for (const key of Object.keys(total))
    total[key] += counts[key];
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const word = counts.failed > 0 ? "FAIL" : "ok  ";
  console.log(`${word} ${test.name.padEnd(40)}`
    + String(counts.passed).padStart(5)
    + ` passed ${seconds.padStart(7)} s${why && `  ${why}`}`);
  for (const skip of skips)
    console.log(`     skipped: ${skip}`);
  if (counts.failed > 0 || chaos)
    for (const line of last_lines(text))
      console.log(`     | ${line}`);
}

if (options.only !== "live")
  for (const test of cpp_tests())
    await judge(test, run_cpp);
if (options.only !== "cpp")
  for (const test of live_tests())
    await judge(test, run_live);

rmSync(scratch, { recursive: true, force: true });
if (total.passed + total.failed + total.skipped === 0) {
  console.log(options.filter ? `no test matches "${options.filter}"`
                             : "there is no test");
  total.failed = 1;
}
console.log(`${total.passed} passed, ${total.failed} failed, `
  + `${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
