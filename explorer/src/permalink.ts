/** A query in the address, behind `#`, which browsers keep to themselves: no server and no log sees it. */

export interface Linked {
  query: string;
  variables?: string;
}

export function readPermalink(hash: string): Linked | null {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const query = parts.get("query");
  if (!query) return null;
  const variables = parts.get("variables");
  return variables ? { query, variables } : { query };
}

/** The address of the page with this query and its variables; headers may hold secrets and stay out of it. */
export function permalinkTo(query: string, variables: string): string {
  const parts = new URLSearchParams({ query });
  if (variables.trim() && variables.trim() !== "{}") parts.set("variables", variables);
  return `${window.location.origin}${window.location.pathname}#${parts}`;
}
