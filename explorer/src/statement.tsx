/** One statement of the timeline. In development a click shows its text and its plan. */
import { useEffect, useState } from "react";
import { Bar } from "./bar";
import type { StatementRun } from "./trace";
import { count, ms } from "./words";

const SLOW = 100; // ms

interface Explained {
  text: string;
  plan: string[];
}

interface StatementProps {
  statement: StatementRun;
  /** Whether its batch, whose name it bears otherwise, is a write of several statements. */
  isNamed: boolean;
  /** Whether its batch, which tells the keys, consists of it alone. */
  isAlone: boolean;
  /** The whole request, in milliseconds. */
  whole: number;
}

export function Statement({ statement, isNamed, isAlone, whole }: StatementProps) {
  const [isOpen, setOpen] = useState(false);
  const isSlow = statement.ms >= SLOW;
  const marks = [
    isSlow && <em key="slow" className="mark warns">slow</em>,
    statement.run > 1 && <em key="again" className="mark warns">run {statement.run}</em>,
    statement.error && <em key="error" className="mark fails">{statement.error}</em>,
  ];
  const line = (
    <>
      <span>
        {isNamed && <span className="name">{statement.name} </span>}
        {statement.id !== undefined && <span className="opens">SQL and plan</span>}
        {marks}
      </span>
      <span className="figures">
        {isAlone || `${count(statement.keys, "key")}, `}
        {count(statement.rows, "row")}, <b>{ms(statement.ms)}</b>
      </span>
      <Bar start={statement.start} ms={statement.ms} whole={whole} />
    </>
  );
  const id = statement.id;
  return (
    <li className="statement" data-slow={isSlow || undefined}>
      {id === undefined ? (
        <div className="line">{line}</div>
      ) : (
        <button type="button" className="line" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {line}
        </button>
      )}
      {id !== undefined && isOpen && <Explanation id={id} />}
    </li>
  );
}

function Explanation({ id }: { id: string }) {
  const [explained, setExplained] = useState<Explained | string>("Asking the database …");
  useEffect(() => void explain(id).then(setExplained), [id]);
  if (typeof explained === "string") return <p className="aside">{explained}</p>;
  return (
    <div className="explanation">
      <h4>SQL</h4>
      <pre>{explained.text}</pre>
      <h4>Plan for any arguments</h4>
      <pre>{explained.plan.join("\n")}</pre>
    </div>
  );
}

async function explain(id: string): Promise<Explained | string> {
  try {
    const response = await fetch(`/graphql/plans/${id}`);
    const body = await response.json();
    return response.ok ? (body as Explained) : String(body.errors[0].message);
  } catch {
    return "The server does not answer.";
  }
}
