/** The plugins' icons, drawn to match GraphiQL's own. */

export function StatementsIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 5h9M8 10h12M8 15h7M12 20h8" strokeLinecap="round" />
      <circle cx="17" cy="5" r="1" fill="currentColor" stroke="none" />
    </svg>
  );
}

export function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M9 18h6M10 21h4" strokeLinecap="round" />
      <path d="M12 3a6 6 0 0 0-3.6 10.8c.7.5 1.1 1.2 1.1 2.1h5c0-.9.4-1.6 1.1-2.1A6 6 0 0 0 12 3Z" />
    </svg>
  );
}

export function LinkIcon() {
  return (
    <svg className="graphiql-toolbar-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M10 14a4 4 0 0 0 5.7 0l3.6-3.6a4 4 0 0 0-5.7-5.7L12.4 6" strokeLinecap="round" />
      <path d="M14 10a4 4 0 0 0-5.7 0l-3.6 3.6a4 4 0 0 0 5.7 5.7l1.2-1.3" strokeLinecap="round" />
    </svg>
  );
}
