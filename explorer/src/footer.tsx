/** The line under the response: what the run cost, or what went wrong and where. */
import { useEditorContext } from "@graphiql/react";
import { useEffect } from "react";
import { showPlugin } from "./panes";
import { useLastRun, type RequestError } from "./run";
import { headline } from "./statements";
import { bytes, count, ms } from "./words";

const MOST_ERRORS = 3;

export function Footer() {
  const run = useLastRun();
  const { queryEditor } = useEditorContext({ nonNull: true });
  useEffect(() => {
    // Who runs a query is done with its completions, which would stay open over everything.
    (queryEditor as { closeHint?(): void } | null)?.closeHint?.();
  }, [run, queryEditor]);
  if (run === null) return null;
  const { errors, trace } = run;
  return (
    <div className="cost" role="status">
      {errors.slice(0, MOST_ERRORS).map((error, index) => (
        <ErrorLine key={index} error={error} />
      ))}
      {errors.length > MOST_ERRORS && <p>{count(errors.length - MOST_ERRORS, "more error")} in the response.</p>}
      {trace && (
        <button type="button" onClick={() => showPlugin("Statements")}>
          {headline(trace.totals)}
        </button>
      )}
      <span>
        {ms(trace?.totals.ms ?? run.roundTrip)}, {bytes(run.size)}
      </span>
    </div>
  );
}

function ErrorLine({ error }: { error: RequestError }) {
  const { queryEditor } = useEditorContext({ nonNull: true });
  const { location } = error;
  const where = [error.code, error.path && `at ${error.path}`].filter(Boolean).join(" ");
  return (
    <p className="error" role="alert">
      <b>{error.message}</b> {where}{" "}
      {location && (
        <button
          type="button"
          onClick={() => {
            queryEditor?.focus();
            queryEditor?.setCursor(location.line - 1, location.column - 1);
          }}
        >
          line {location.line}, column {location.column}
        </button>
      )}
    </p>
  );
}
