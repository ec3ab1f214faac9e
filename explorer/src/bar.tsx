/** When something ran, and for how long, on the scale of the whole request. */

interface BarProps {
  start: number;
  ms: number;
  whole: number;
}

export function Bar({ start, ms, whole }: BarProps) {
  const left = Math.min(98, (100 * start) / whole);
  const width = Math.max(1, Math.min(100 - left, (100 * ms) / whole));
  return (
    <span className="bar" aria-hidden="true">
      <span style={{ left: `${left}%`, width: `${width}%` }} />
    </span>
  );
}
