// What a reader of the code may rely on: literals stand in one place, floors rest on floors.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../src");

const sources = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(tsx?|css)$/.test(path) && !path.endsWith(".d.ts"))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

/** The lines of the files chosen that match, as `path:line: text`. */
function lines(choose: (path: string) => boolean, pattern: RegExp): string[] {
  return sources
    .filter(({ path }) => choose(path))
    .flatMap(({ path, text }) =>
      text
        .split("\n")
        .map((line, i) => ({ line, at: `${path}:${i + 1}: ${line.trim()}` }))
        .filter(({ line }) => pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line))
        .map(({ at }) => at),
    );
}

const isTest = (path: string) => path.includes(".test.");

test("the sources were found", () => {
  expect(sources.length).toBeGreaterThan(50);
});

test("colours stand in the tokens alone", () => {
  const colour = /#[0-9a-fA-F]{3,8}\b(?!["']\s*\/)|\b(rgb|rgba|hsl|hsla|oklch|oklab)\(/;
  const found = lines((path) => path !== "tokens.css" && path.endsWith(".css"), colour);
  const inCode = lines(
    (path) => /\.tsx?$/.test(path) && !isTest(path),
    /["'`](#[0-9a-fA-F]{3,8}|(rgb|rgba|hsl|hsla|oklch)\(.*)["'`]/,
  );
  expect([...found, ...inCode]).toEqual([]);
});

test("font sizes stand in the tokens alone", () => {
  const literal = /(font-size|line-height|fontSize|lineHeight)\s*:\s*["']?[\d.]+/;
  const shorthand = /\bfont\s*:\s*[^;]*\d+(px|rem|em)/;
  const notTokens = (path: string) => path !== "tokens.css" && !isTest(path);
  expect([...lines(notTokens, literal), ...lines(notTokens, shorthand)]).toEqual([]);
});

test("moments become text in one place", () => {
  const elsewhere = (path: string) =>
    path !== "base/time.ts" && !isTest(path) && /\.tsx?$/.test(path);
  const formatting =
    /\.toLocale\w*\(|\.to(ISO|UTC|Date|Time|GMT)String\(|Intl\.DateTimeFormat|\.get(UTC)?(Hours|Minutes|Date|Day|Month|FullYear)\(/;
  expect(lines(elsewhere, formatting)).toEqual([]);
});

test("only the kit imports the primitives", () => {
  const outside = (path: string) => !path.startsWith("kit/");
  expect(lines(outside, /from "@ariakit\//)).toEqual([]);
});

test("the base has no React", () => {
  expect(lines((path) => path.startsWith("base/"), /from "(react|@tanstack)/)).toEqual([]);
});

test("model output is never put in as HTML", () => {
  expect(lines((path) => !isTest(path), /dangerouslySetInnerHTML|\.innerHTML\s*=/)).toEqual([]);
});

/** Floors from the ground up; a file uses its own floor and those below. */
const FLOORS: readonly RegExp[] = [
  /^base\//,
  /^paths\.ts$/,
  /^(api|kit)\//,
  /^widgets\//,
  /^features\//,
  /^pages\//,
  /^(router|main)\.tsx$/,
];

const floorOf = (path: string) => FLOORS.findIndex((floor) => floor.test(path));

function imports(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, target = ""]) =>
    relative(ROOT, resolve(ROOT, dirname(path), target)),
  );
}

test("each floor rests on those below it, and features do not know each other", () => {
  const wrong = sources
    .filter(({ path }) => floorOf(path) >= 0)
    .flatMap(({ path, text }) =>
      imports(path, text)
        .filter((target) => {
          const withEnding = /\.\w+$/.test(target) ? target : `${target}.ts`;
          const feature = (name: string) => /^features\/([^/]+)/.exec(name)?.[1];
          const crosses = feature(path) && feature(target) && feature(path) !== feature(target);
          const floor = Math.max(floorOf(withEnding), floorOf(`${target}.tsx`));
          return crosses || floor > floorOf(path);
        })
        .map((target) => `${path} uses ${target}`),
    );
  expect(wrong).toEqual([]);
});
