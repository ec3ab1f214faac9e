/** `extensions.trace`, as server/observability/trace.py describes it. Times are milliseconds from the request's start. */
export interface Trace {
  operation: string | null;
  totals: Totals;
  levels: Batch[][];
  /** Events that were too many to keep. */
  missed: number;
}

export interface Totals {
  ms: number;
  levels: number;
  statements: number;
  naive: number;
  keys: number;
  rows: number;
  hits: number;
  misses: number;
  databaseMs: number;
}

export interface Batch {
  /** The read, or null for the statements of a write. */
  read: string | null;
  start: number;
  ms: number;
  level: number;
  asked: number;
  distinct: number;
  hits: number;
  misses: number;
  absent: number;
  shared: number;
  error: string | null;
  statements: StatementRun[];
}

export interface StatementRun {
  name: string;
  keys: number;
  rows: number;
  start: number;
  ms: number;
  run: number;
  error: string | null;
  /** Finds its text and plan; only in development. */
  id?: string;
}
