// The query page as a viewer finds it, for the tests of what is on it.

import assert from "node:assert/strict";

export const ANSWERED_MS = 20_000;

export const editor = (page) => page.getByRole("textbox", { name: "Query in SQL" });
export const answer = (page) => page.getByRole("grid", { name: "Answer" });
export const rows = (page) => answer(page).locator('[role="row"]:not([aria-rowindex="1"])');
export const told = (page) => page.getByRole("group", { name: "Run" }).getByRole("status");
export const address = ({ base, project }, search = {}) =>
  `${base}/p/${project}/query?${new URLSearchParams(search)}`;

export async function openPage(tools, search = {}, settings = {}) {
  const page = await tools.open(settings);
  await page.goto(address(tools, search));
  await editor(page).waitFor({ timeout: ANSWERED_MS });
  return page;
}

export async function write(page, sql) {
  await editor(page).fill(sql);
}

/** Runs what is written with the keyboard. */
export async function run(page, sql) {
  await write(page, sql);
  await editor(page).press("Control+Enter");
}

export async function columnOf(page, name) {
  const heads = await answer(page).getByRole("columnheader").allInnerTexts();
  const at = heads.indexOf(name);
  assert.ok(at >= 0, `${name} is not among ${heads}`);
  return at;
}

export async function cell(page, row, name) {
  return rows(page)
    .nth(row)
    .getByRole("gridcell")
    .nth(await columnOf(page, name));
}
