// Reads what test programs report: Catch2's XML (v2 and v3 alike) and the TAP
// of node:test. Both are written as the tests run, so that a program that
// crashes still tells how far it came.

function unescape_xml(text) {
  const named = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => named[name])
    .trim();
}

function attributes(text) {
  const pairs = [...text.matchAll(/([\w-]+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map((m) => [m[1], unescape_xml(m[2])]));
}

// Catch2 escapes quotes within an attribute, but not `>`.
const tag_rest = '((?:\\s+[\\w-]+="[^"]*")*)\\s*(/?)>';

function first_text(name, xml) {
  const found = new RegExp(`<${name}${tag_rest}([^<]*)`).exec(xml);
  return found ? unescape_xml(found[3]) : "";
}

// What failed within the body of one <TestCase>, a line each.
function failures_within(body) {
  const lines = [];
  const sections = [];
  const tags = new RegExp("<(/?)(Section|Expression|Failure|Exception"
    + `|FatalErrorCondition|Info)\\b${tag_rest}([^<]*)`, "g");
  for (const found of body.matchAll(tags)) {
    const [, close, name, rest, empty, text] = found;
    const at = attributes(rest);
    if (name === "Section" && close)
      sections.pop();
    if (name === "Section" && !close && !empty)
      sections.push(at.name);
    if (close || name === "Section")
      continue;
    const where = [at.filename && `${at.filename}:${at.line}:`,
                   sections.length > 0 && `[${sections.join(" / ")}]`]
      .filter(Boolean).join(" ");
    const after = body.slice(found.index);
    lines.push(name === "Expression"
      ? `${where} ${at.type ?? "in"}( ${first_text("Original", after)} ): `
        + first_text("Expanded", after)
      : `${where} ${name}: ${unescape_xml(text)}`);
  }
  return lines;
}

/// {counts: {passed, failed, skipped, unfinished}, total, skips, cases}.
/// A case that began and has no result is the one within which the program
/// ended: it counts as failed, and `unfinished` names it.
export function parse_catch_xml(xml) {
  const counts = { passed: 0, failed: 0, skipped: 0, unfinished: "" };
  const cases = [];
  const skips = [];
  for (const piece of xml.split(/<TestCase\b/).slice(1)) {
    const head = new RegExp(`^${tag_rest}`).exec(piece)?.[1] ?? piece;
    const { name = "", filename, line } = attributes(head);
    const result = /<OverallResult\b([^>]*)>/.exec(piece);
    const at = result ? attributes(result[1]) : {};
    const one = { name, where: `${filename}:${line}`, lines: [] };
    cases.push(one);
    if (at.success === "true" && Number(at.skips ?? 0) > 0) {
      counts.skipped += 1;
      skips.push(`${name} (${first_text("Skip", piece) || "no reason"})`);
    } else if (at.success === "true") {
      counts.passed += 1;
    } else {
      counts.failed += 1;
      one.lines = failures_within(piece);
      one.failed = true;
      if (!result)
        counts.unfinished = name;
    }
  }
  return { counts, cases, skips, total: cases.length };
}

/// The failed cases as text for a person.
export function failures_of_catch({ cases }) {
  return cases.filter((one) => one.failed)
    .map((one) => `${one.name}\n  ${one.where}\n`
      + one.lines.map((line) => `  ${line}\n`).join(""))
    .join("\n");
}

/// The same for TAP. Only leaves count: a test with subtests or a suite is
/// counted through them, unless it failed although none of them did.
export function parse_tap(text) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const skips = [];
  const children = []; // by depth: {any, failed} since the last result there
  let quoted = false;
  for (const line of text.split("\n")) {
    if (/^ *---$/.test(line))
      quoted = true;
    if (/^ *\.\.\.$/.test(line))
      quoted = false;
    const result = /^( *)(not )?ok \d+(?: - (.*))?$/.exec(line);
    if (quoted || !result)
      continue;
    const depth = result[1].length / 4;
    const failed = Boolean(result[2]);
    const [, name, directive, reason = ""] =
      /^(.*?)(?: # (SKIP|TODO)(.*))?$/.exec(result[3] ?? "");
    const within = children[depth + 1];
    children[depth + 1] = undefined;
    if (directive && /test name does not match/.test(reason))
      continue;
    const outer = children[depth] ??= { failed: false };
    outer.failed ||= failed;
    if (within && (!failed || within.failed))
      continue;
    if (directive) {
      counts.skipped += 1;
      skips.push(`${name} (${reason.trim() || directive.toLowerCase()})`);
    } else {
      counts[failed ? "failed" : "passed"] += 1;
    }
  }
  return { counts, skips,
           total: counts.passed + counts.failed + counts.skipped };
}
