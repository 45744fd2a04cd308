/** The snippets as the page shows them: `snippets.json` with the endpoint and project filled in. */

import type { About } from "../../api/types";
import data from "./snippets.json";

export type Step = { readonly title: string; readonly lines: readonly string[] };

export type Snippet = {
  readonly id: string;
  readonly label: string;
  readonly steps: readonly Step[];
  /** A whole program for someone who has none at hand. */
  readonly program?: { readonly file: string; readonly lines: readonly string[] };
  /** The setting that makes messages arrive. */
  readonly capture?: string;
};

export const SNIPPETS: readonly Snippet[] = data;

export type Filling = { readonly endpoint: string; readonly project: string };

/** Fills in a line; undefined when the line is not needed. */
export function fillLine(line: string, { endpoint, project }: Filling): string | undefined {
  // The default project needs no header.
  if (line.includes("{project}") && project === "default") return undefined;
  return line
    .replaceAll("{endpoint}", endpoint)
    .replaceAll("{docker}", dockerEndpoint(endpoint))
    .replaceAll("{project}", project);
}

/** Fills in the lines of a step. */
export function fillLines(lines: readonly string[], filling: Filling): readonly string[] {
  return lines
    .map((line) => fillLine(line, filling))
    .filter((line): line is string => line !== undefined);
}

/**
 * The address a program should send to.
 *
 * The server names the address it listens on. Seen from another machine that is not reachable;
 * then the address this page came from is, because both are one port.
 */
export function endpointFor(
  about: Pick<About, "http">,
  page: Pick<Location, "hostname" | "origin">,
): string {
  const listening = new URL(about.http);
  return LOOPBACK.has(page.hostname) || !LOOPBACK.has(listening.hostname)
    ? about.http.replace(/\/$/, "")
    : page.origin;
}

const LOOPBACK: ReadonlySet<string> = new Set([
  "127.0.0.1",
  "localhost",
  "[::1]",
  "0.0.0.0",
  "[::]",
]);

/** The same server from inside a container on this machine. */
export function dockerEndpoint(endpoint: string): string {
  const url = new URL(endpoint);
  if (LOOPBACK.has(url.hostname)) url.hostname = "host.docker.internal";
  return url.toString().replace(/\/$/, "");
}

const DEFAULT_ENDPOINT = "http://127.0.0.1:4318";

/** The command that fills a project with sample traces; what is default is left out. */
export function demoCommand({ endpoint, project }: Filling): string {
  const server = endpoint === DEFAULT_ENDPOINT ? "" : ` --server ${endpoint}`;
  return `clew demo${server}${project === "default" ? "" : ` --project ${project}`}`;
}

/** One coloured piece of a line of shell. */
export type Piece = { readonly text: string; readonly look: "plain" | "muted" | "value" };

/** Splits `export NAME=value` so that the value stands out; other lines stay whole. */
export function piecesOf(line: string): readonly Piece[] {
  const match = /^(export )([A-Z_]+=)(.*)$/.exec(line);
  if (!match) return [{ text: line, look: line.trimStart().startsWith("#") ? "muted" : "plain" }];
  const [, verb = "", name = "", value = ""] = match;
  return [
    { text: verb, look: "muted" },
    { text: name, look: "plain" },
    { text: value, look: "value" },
  ];
}
