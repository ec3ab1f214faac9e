/** The last run of each tab: what the panels below and beside the editors show of the active one. */
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

let activeTab = "";
const runs = new Map<string, Run>();
const listeners = new Set<() => void>();

/** Says which tab is active and which are open; the runs of closed tabs are forgotten. */
export function setTabs(active: string, open: string[]): void {
  activeTab = active;
  for (const tab of runs.keys()) if (!open.includes(tab)) runs.delete(tab);
  notify();
}

/** Call it when a run starts: what it returns notes the run's end for the tab that was active at its start. */
export function startRun(): (run: Run) => void {
  const tab = activeTab;
  return (run) => {
    runs.set(tab, run);
    notify();
  };
}

/** The last run of the active tab. */
export function useLastRun(): Run | null {
  return useSyncExternalStore(subscribe, () => runs.get(activeTab) ?? null);
}

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
