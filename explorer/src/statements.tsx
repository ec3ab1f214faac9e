/** The statement panel: what the last run asked of the database, level by level. */
import { useLastRun, type Run } from "./run";
import { Statement } from "./statement";
import type { Batch, Totals, Trace } from "./trace";
import { count, ms } from "./words";

export function Statements() {
  const run = useLastRun();
  return (
    <section className="statements" aria-label="Statements of the last run">
      <div className="graphiql-doc-explorer-title">Statements</div>
      {run === null ? (
        <p className="aside">Run a query: this shows the statements it took, and what a naive server would have run.</p>
      ) : run.trace === null ? (
        <Untraced run={run} />
      ) : (
        <Timeline trace={run.trace} />
      )}
    </section>
  );
}

/** "3 statements instead of 84"; where nothing was saved, just "1 statement". */
export function headline({ statements, naive }: Totals): string {
  const ran = count(statements, "statement");
  return naive > statements ? `${ran} instead of ${naive.toLocaleString("en")}` : ran;
}

function Untraced({ run }: { run: Run }) {
  return (
    <div className="aside">
      <p>The server sent no trace. It took {ms(run.roundTrip)} to answer.</p>
      <p>
        A server started with <code>FREEHOLD_TRACE=on</code> traces for everybody, as <code>make serve</code> does. In
        production, send a token that has the scope <code>trace</code> in the Headers editor.
      </p>
    </div>
  );
}

function Timeline({ trace }: { trace: Trace }) {
  const { totals } = trace;
  return (
    <>
      <p className="headline">{headline(totals)}</p>
      <dl className="totals">
        <Total name="in all">{ms(totals.ms)}</Total>
        <Total name="in database">{ms(totals.databaseMs)}</Total>
        <Total name="keys">{totals.keys.toLocaleString("en")}</Total>
        <Total name="rows">{totals.rows.toLocaleString("en")}</Total>
        {totals.hits + totals.misses > 0 && (
          <Total name="cache hits">
            {totals.hits} of {totals.hits + totals.misses}
          </Total>
        )}
      </dl>
      {trace.levels.map((batches, index) => (
        <div className="level" key={index}>
          <h3>Level {index + 1}</h3>
          {batches.map((batch, at) => (
            <BatchCard key={at} batch={batch} whole={totals.ms} />
          ))}
        </div>
      ))}
      {trace.levels.length === 0 && <p className="aside">The answer needed nothing from the database.</p>}
      {trace.missed > 0 && <p className="aside">{count(trace.missed, "event")} more came than a trace holds.</p>}
    </>
  );
}

function Total({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dd>{children}</dd>
      <dt>{name}</dt>
    </div>
  );
}

function BatchCard({ batch, whole }: { batch: Batch; whole: number }) {
  return (
    <article className="batch" data-failed={batch.error !== null || undefined}>
      <header>
        <span className="name">{batch.read ?? "write"}</span>
        <span className="facts">{facts(batch).join(" · ")}</span>
      </header>
      <ul>
        {batch.statements.map((statement, index) => (
          <Statement
            key={`${statement.id}${index}`}
            statement={statement}
            isNamed={batch.read === null}
            isAlone={batch.read !== null && batch.statements.length === 1}
            whole={whole}
          />
        ))}
      </ul>
    </article>
  );
}

function facts({ read, asked, distinct, hits, misses, shared, statements }: Batch): string[] {
  if (read === null) return [`${count(statements.length, "statement")} of one write`];
  const said: string[] = [];
  if (distinct === 0) said.push(`${asked} remembered from before`);
  else if (asked > statements.length) said.push(`${asked} to ${statements.length}`);
  if (distinct > 0) said.push(count(distinct, asked > distinct ? "distinct key" : "key"));
  if (hits + misses > 0) said.push(`${count(hits, "hit")}, ${count(misses, "miss", "misses")}`);
  if (shared > 0) said.push(`together with ${count(shared, "other call")}`);
  return said;
}
