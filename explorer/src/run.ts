/** The last run: what the panels below and beside the editors show. One value that React can subscribe to. */
import { useSyncExternalStore } from "react";
import type { Trace } from "./trace";

export interface RequestError {
  message: string;
  code: string | null;
  path: string | null;
  location: { line: number; column: number } | null;
}

export interface Run {
  trace: Trace | null;
  errors: RequestError[];
  /** From sending the request to having its answer, in milliseconds. */
  roundTrip: number;
  /** The answer's size in bytes, as JSON. */
  size: number;
}

let last: Run | null = null;
const listeners = new Set<() => void>();

export function setLastRun(run: Run): void {
  last = run;
  for (const listener of listeners) listener();
}

export function useLastRun(): Run | null {
  return useSyncExternalStore(subscribe, () => last);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
