/** Answers as files: the formats, and what a download says of itself. */

import type { Download } from "../../api/client";
import { formatBytes, formatPlural } from "../../base/format";
import { formatTime } from "../../base/time";

export type ExportFormat = {
  readonly name: string;
  readonly label: string;
  readonly ending: string;
};

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  { name: "csv", label: "CSV", ending: "csv" },
  { name: "parquet", label: "Parquet", ending: "parquet" },
  { name: "arrow", label: "Arrow stream", ending: "arrows" },
  { name: "json", label: "JSON", ending: "json" },
];

/** The rows of a file: as many as the server gives at all. */
export const EXPORT_ROWS_MAX = 1_000_000;

/** The name of a file: project and moment in UTC. */
export function fileName(project: string, now: bigint, { ending }: ExportFormat): string {
  const moment = formatTime(now, "UTC", "iso").slice(0, 19).replaceAll(":", "");
  return `${project.replace(/[^\w.-]+/g, "-")}-query-${moment}Z.${ending}`;
}

/** What came: rows, size, and that there would be more. */
export function toldOf({ file, headers }: Download, name: string): string {
  const rows = Number(headers.get("x-clew-rows"));
  const told = `${formatPlural(rows, "row")}, ${formatBytes(file.size)}, in ${name}`;
  return headers.get("x-clew-cut") === "true" ? `${told}; cut off there, there are more` : told;
}

/** Hands a file to the browser, which asks or keeps it among its downloads. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken the file by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
