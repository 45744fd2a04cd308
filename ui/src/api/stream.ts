/** Server-sent events as a hook; the browser resumes with `Last-Event-ID` by itself. */

import { useEffect, useRef, useState } from "react";
import { API_BASE } from "./client";
import { parseReceiverEvent, parseTracesChanged } from "./parse";
import type { ReceiverEvent, TracesChanged } from "./types";

export type StreamState = "connecting" | "live" | "reconnecting" | "off";

type Handlers = Readonly<Record<string, (data: unknown) => void>>;

/** Listens to a stream of the API while mounted; `path` undefined listens to nothing. */
export function useStream(path: string | undefined, handlers: Handlers): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  const names = Object.keys(handlers).join(",");

  useEffect(() => {
    if (path === undefined) return;
    setState("connecting");
    const close = listen(path, names.split(","), {
      onState: setState,
      onEvent: (name, data) => latest.current[name]?.(data),
    });
    return close;
  }, [path, names]);

  return path === undefined ? "off" : state;
}

/** Told which traces of a project changed; `onReset` when too much was missed to resume. */
export function useTraceStream(
  project: string | undefined,
  on: {
    readonly onTraces: (changed: TracesChanged) => void;
    readonly onReset: () => void;
    /** Listens to one trace only. */
    readonly traceId?: string;
  },
): StreamState {
  const query = on.traceId ? `?trace_id=${on.traceId}` : "";
  const path = project ? `/projects/${encodeURIComponent(project)}/stream${query}` : undefined;
  return useStream(path, {
    traces: (data) => on.onTraces(parseTracesChanged(data)),
    reset: on.onReset,
  });
}

/** Told of every request the receiver sees. */
export function useReceiverStream(onRequest: (event: ReceiverEvent) => void): StreamState {
  return useStream("/receiver/stream", { request: (data) => onRequest(parseReceiverEvent(data)) });
}

type Listener = {
  readonly onState: (state: StreamState) => void;
  readonly onEvent: (name: string, data: unknown) => void;
};

const RETRY_MS = 3000;

function listen(path: string, names: readonly string[], listener: Listener): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    source = new EventSource(`${API_BASE}${path}`);
    source.onopen = () => listener.onState("live");
    source.onerror = () => {
      listener.onState("reconnecting");
      // The browser retries a broken connection; an answer that is no stream it gives up on.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
    };
    for (const name of names) {
      source.addEventListener(name, (event) => deliver(name, event as MessageEvent<string>));
    }
  };
  const deliver = (name: string, event: MessageEvent<string>) => {
    try {
      listener.onEvent(name, event.data ? JSON.parse(event.data) : undefined);
    } catch (cause) {
      console.error(`event \`${name}\` was not understood`, cause);
    }
  };

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
