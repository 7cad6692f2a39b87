// The counts at the end of `./dev test` are a promise; these tests keep it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync }
  from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { failures_of_catch, parse_catch_xml, parse_tap } from "./reports.mjs";

const runner = fileURLToPath(new URL("run_tests.mjs", import.meta.url));

const passes = '<TestCase name="passes">'
  + '<OverallResult success="true"/></TestCase>';
const expression = (original, expanded) =>
  `<Expression success="false" type="CHECK" filename="a.cpp" line="9">
     <Original>${original}</Original><Expanded>${expanded}</Expanded>
   </Expression>`;
const fails = `<TestCase name="fails &lt;&amp;> tells" filename="a.cpp" line="7">
  <Section name="inner" filename="a.cpp" line="8">
    ${expression("n &lt; 1", "2 &lt; 1")}${expression("m", "false")}
  </Section>
  <OverallResult success="false"/></TestCase>`;

test("a Catch2 report counts cases, not assertions or sections", () => {
  const report = parse_catch_xml(`<Catch>${passes}${fails}</Catch>`);
  assert.deepEqual(report.counts,
                   { passed: 1, failed: 1, skipped: 0, unfinished: "" });
});

test("a failed case is shown with place, section and values", () => {
  const text = failures_of_catch(parse_catch_xml(fails));
  assert.match(text, /^fails <&> tells\n  a\.cpp:7\n/);
  assert.match(text, /a\.cpp:9: \[inner\] CHECK\( n < 1 \): 2 < 1/);
  assert.match(text, /CHECK\( m \): false/);
});

test("a case without a result is the one that crashed", () => {
  const { counts } = parse_catch_xml(`${passes}<TestCase name="dies">`);
  assert.equal(counts.failed, 1);
  assert.equal(counts.unfinished, "dies");
});

test("a case that Catch2 v3 skips is neither passed nor failed", () => {
  const { counts, skips } = parse_catch_xml(
    '<TestCase name="s"><Skip filename="a.cpp" line="1">why</Skip>'
    + '<OverallResult success="true" skips="1"/></TestCase>');
  assert.deepEqual(counts,
                   { passed: 0, failed: 0, skipped: 1, unfinished: "" });
  assert.deepEqual(skips, ["s (why)"]);
});

test("TAP counts leaves; a failing parent only if no child failed", () => {
  const { counts } = parse_tap([
    "    ok 1 - child", "    not ok 2 - bad child", "not ok 1 - parent",
    "    ok 1 - child", "not ok 2 - its after hook failed",
    "ok 3 - leaf", "  ---", "  stack: |-", "    ok 9 - quoted", "  ...",
  ].join("\n"));
  assert.deepEqual(counts, { passed: 3, failed: 2, skipped: 0 });
});

test("TAP skips are listed with their reason, filtered tests are not", () => {
  const { counts, skips } = parse_tap([
    "ok 1 - a # SKIP no such kernel",
    "ok 2 - b # SKIP test name does not match pattern",
  ].join("\n"));
  assert.equal(counts.skipped, 1);
  assert.deepEqual(skips, ["a (no such kernel)"]);
});

// A build folder with shell scripts where Catch2 programs would stand.
function run_in_build(programs, ...args) {
  const build = mkdtempSync(join(tmpdir(), "tidewire-build-"));
  mkdirSync(join(build, "tests"));
  const list = Object.entries(programs).map(([name, body]) => {
    const path = join(build, "tests", name);
    writeFileSync(path, `#!/bin/sh\n# called as: NAME [CASES] -r xml -o FILE\n`
      + `for out; do :; done\n${body}\n`);
    chmodSync(path, 0o755);
    return `add_test(${name} "${path}")\n`
      + `set_tests_properties(${name} PROPERTIES TIMEOUT 1)\n`;
  });
  writeFileSync(join(build, "CTestTestfile.cmake"), list.join(""));
  const result = spawnSync(
    process.execPath, [runner, "--build", build, "--only", "cpp", ...args],
    { encoding: "utf8" });
  rmSync(build, { recursive: true });
  return { code: result.status, out: result.stdout,
           last: result.stdout.trimEnd().split("\n").at(-1) };
}

const report = (xml) => `echo '${xml}' > "$out"`;

test("the last line sums over programs, and success exits with 0", () => {
  const { code, last } = run_in_build(
    { one: report(passes), two: report(passes + passes) });
  assert.equal(last, "3 passed, 0 failed, 0 skipped");
  assert.equal(code, 0);
});

test("a crash after the last case is a failure, and its output is shown", () => {
  const { code, last, out } = run_in_build(
    { crash: `${report(passes)}; echo farewell; kill -SEGV $$` });
  assert.equal(last, "1 passed, 1 failed, 0 skipped");
  assert.match(out, /was ended by SIGSEGV/);
  assert.match(out, /farewell/);
  assert.equal(code, 1);
});

test("a program that exits badly with every case passed is a failure", () => {
  assert.equal(run_in_build({ leak: `${report(passes)}; exit 23` }).last,
               "1 passed, 1 failed, 0 skipped");
});

test("a program that hangs is stopped, with whatever it started", () => {
  const { last, out } = run_in_build({ hang: "sleep 600 & sleep 600" });
  assert.equal(last, "0 passed, 1 failed, 0 skipped");
  assert.match(out, /took too long/);
});

test("a program without a test is a failure, and so is an empty list", () => {
  assert.equal(run_in_build({ empty: report("<Catch/>") }).last,
               "0 passed, 1 failed, 0 skipped");
  assert.equal(run_in_build({}).last, "0 passed, 1 failed, 0 skipped");
});

test("a filter picks programs by name, or cases within the others", () => {
  const by_case = `[ "$1" = "*codec*" ] && echo '${passes}' > "$out" || `
    + `{ echo '<Catch/>' > "$out"; exit 2; }`;
  const other = report("<Catch/>") + "; exit 2";
  const { last } = run_in_build(
    { ws_codec: report(passes), has_case: by_case, other },
    "--filter", "codec");
  assert.equal(last, "2 passed, 0 failed, 0 skipped");
});
