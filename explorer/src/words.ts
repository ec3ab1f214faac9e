/** Numbers as the panels write them. */

const whole = new Intl.NumberFormat("en");

/** "1 statement", "3 statements". */
export function count(number: number, one: string, many: string = `${one}s`): string {
  return `${whole.format(number)} ${number === 1 ? one : many}`;
}

/** Milliseconds with as many digits as matter. */
export function ms(value: number): string {
  const digits = value < 1 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ms`;
}

/** Bytes, in the unit that suits. */
export function bytes(value: number): string {
  return value < 1000 ? `${value} B` : `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)} kB`;
}
