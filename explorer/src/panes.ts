/** The pane beside the editors, as a person would open and close it. */

/** Closes a panel that lies over the editors, as panels do on a phone. */
export function uncoverEditors(title: string): void {
  if (!isWide()) press(`Hide ${title}`);
}

/** Opens a panel as a click on its button would: GraphiQL keeps to itself whether the pane beside it is folded. */
export function showPlugin(title: string): void {
  press(`Show ${title}`);
}

/** Unfolds the variables under the query. */
export function showVariables(): void {
  document.querySelector<HTMLButtonElement>('.graphiql-editor-tools button[data-name="variables"]')?.click();
}

/** Whether the pane has a place of its own; style.css draws the same line. */
export function isWide(): boolean {
  return window.matchMedia("(min-width: 701px)").matches;
}

function press(label: string): void {
  document.querySelector<HTMLButtonElement>(`.graphiql-sidebar button[aria-label="${label}"]`)?.click();
}
