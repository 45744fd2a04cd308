/** Sends requests and turns every failure into one kind of error that a screen can explain. */

import { isObject, parseJson } from "../base/json";

/** Where the API lives; the UI may be served under a path prefix. */
export const API_BASE = `${import.meta.env.BASE_URL.replace(/\/$/, "")}/api/v1`;

/** A request that failed, in words for the person who waits. */
export class ApiError extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly options: {
      /** Absent when the server was not reached. */
      readonly status?: number;
      readonly hint?: string;
      /** What kind of problem it is, as the server names it. */
      readonly kind?: string;
      /** The byte of the input it is about. */
      readonly at?: number;
      readonly requestId?: string;
      readonly path?: string;
    } = {},
  ) {
    super(detail || title);
    this.name = "ApiError";
  }

  get status(): number | undefined {
    return this.options.status;
  }

  /** Everything worth sending to whoever helps. */
  get report(): string {
    const { status, hint, requestId, path } = this.options;
    const rows = {
      title: this.title,
      detail: this.detail,
      hint,
      status,
      request: path,
      request_id: requestId,
    };
    return Object.entries(rows)
      .filter(([, value]) => value !== undefined && value !== "")
      .map(([key, value]) => `${key}: ${value}`)
      .join("\n");
  }
}

export type Params = Readonly<Record<string, string | number | undefined>>;

/** Gets a JSON answer and parses it at the border. */
export async function get<T>(
  path: string,
  parse: (value: unknown) => T,
  options: { readonly params?: Params; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const url = `${API_BASE}${path}${queryText(options.params)}`;
  return understood(await send(url, options.signal), url, parse);
}

/** Sends JSON and parses what came of it. */
export async function write<T>(
  method: "POST" | "PUT",
  path: string,
  body: unknown,
  parse: (value: unknown) => T,
  /** Under its id a request can be asked about while it is answered. */
  options: { readonly signal?: AbortSignal; readonly id?: string } = {},
): Promise<T> {
  const url = `${API_BASE}${path}`;
  return understood(await sendJson(method, url, body, options.signal, options.id), url, parse);
}

/** A file as the server writes it, and what the headers say about it. */
export type Download = { readonly file: Blob; readonly headers: Headers };

/** Sends JSON and takes the answer as a file. */
export async function download(
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Download> {
  const url = `${API_BASE}${path}`;
  const response = await sendJson("POST", url, body, signal);
  if (!response.ok) await bodyOf(response, url);
  return { file: await response.blob(), headers: response.headers };
}

/** Removes something. */
export async function remove(path: string): Promise<void> {
  const answer = await send(`${API_BASE}${path}`, undefined, { method: "DELETE" });
  await bodyOf(answer, `${API_BASE}${path}`);
}

async function understood<T>(
  response: Response,
  path: string,
  parse: (value: unknown) => T,
): Promise<T> {
  const body = await bodyOf(response, path);
  try {
    return parse(body);
  } catch (cause) {
    throw new ApiError(
      "The answer was not understood",
      cause instanceof Error ? cause.message : "",
      {
        status: response.status,
        requestId: response.headers.get("x-request-id") ?? undefined,
        path,
        hint: "The page may be older than the server. Reload it.",
      },
    );
  }
}

async function bodyOf(response: Response, path: string): Promise<unknown> {
  const body = await response
    .text()
    .then(parseJson)
    .catch(() => undefined);
  if (!response.ok) throw problemFrom(response, body, path);
  return body;
}

function sendJson(method: string, url: string, body: unknown, signal?: AbortSignal, id?: string) {
  const headers = { "content-type": "application/json", ...(id ? { "x-request-id": id } : {}) };
  return send(url, signal, { method, headers, body: JSON.stringify(body) });
}

async function send(
  url: string,
  signal: AbortSignal | undefined,
  request: RequestInit = {},
): Promise<Response> {
  try {
    const headers = { accept: "application/json", ...request.headers };
    return await fetch(url, { ...request, signal, headers });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError("The server cannot be reached", "No answer came back.", {
      path: url,
      hint: "Check that `clew serve` is running.",
    });
  }
}

function problemFrom(response: Response, body: unknown, path: string): ApiError {
  const problem = isObject(body) ? body : {};
  const textOf = (field: string) =>
    typeof problem[field] === "string" ? (problem[field] as string) : undefined;
  return new ApiError(
    textOf("title") ?? `The server answered ${response.status}`,
    textOf("detail") ?? response.statusText,
    {
      status: response.status,
      hint: textOf("hint"),
      kind: textOf("type"),
      at: typeof problem.at === "number" ? problem.at : undefined,
      requestId: response.headers.get("x-request-id") ?? undefined,
      path,
    },
  );
}

function queryText(params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined) query.set(key, String(value));
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}
