/**
 * Where GraphiQL keeps its state: the browser's local storage, without request headers unless the user turned on
 * "Persist headers". GraphiQL applies that setting to its tabs alone and would write headers into the history.
 */
import type { Storage } from "@graphiql/toolkit";

const PREFIX = "graphiql:";
const PERSIST = `${PREFIX}shouldPersistHeaders`;
const HEADERS = `${PREFIX}headers`;
/** JSON in which each query stands with its headers. */
const LISTS = ["queries", "favorites", "tabState"].map((name) => PREFIX + name);

/** Storage for GraphiQL; null, which keeps nothing, where the browser forbids local storage. */
export function openStorage(): Storage | null {
  let local: globalThis.Storage;
  try {
    local = window.localStorage;
  } catch {
    return null;
  }
  if (!persists(local)) removeHeaders(local);
  return {
    getItem: (key) => local.getItem(key),
    setItem(key, value) {
      local.setItem(key, persists(local) ? value : withoutHeaders(key, value));
      if (key === PERSIST && !persists(local)) removeHeaders(local);
    },
    removeItem: (key) => local.removeItem(key),
    clear() {
      for (const key of keysOf(local)) local.removeItem(key);
    },
    get length() {
      return keysOf(local).length;
    },
  };
}

function persists(local: globalThis.Storage): boolean {
  return local.getItem(PERSIST) === "true";
}

function keysOf(local: globalThis.Storage): string[] {
  return Object.keys(local).filter((key) => key.startsWith(PREFIX));
}

/** Rewrites whatever was stored with headers, by an older version or before the setting was turned off. */
function removeHeaders(local: globalThis.Storage): void {
  for (const key of keysOf(local)) {
    const value = local.getItem(key)!;
    const kept = withoutHeaders(key, value);
    if (kept !== value) local.setItem(key, kept);
  }
}

/** What may be stored under this key while headers are not persisted. */
function withoutHeaders(key: string, value: string): string {
  if (key === HEADERS) return "";
  if (!LISTS.includes(key)) return value;
  try {
    return JSON.stringify(JSON.parse(value, (name, part: unknown) => (name === "headers" ? null : part)));
  } catch {
    return ""; // damaged: GraphiQL could not read it either
  }
}
