const whole = new Intl.NumberFormat("en");
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const UNITS = ["B", "kB", "MB", "GB", "TB"];

export const count = (value: number): string => whole.format(value);

export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Decimal units, as the formats' own limits are stated in: 1 MB is 1,000,000 bytes. */
export function bytes(value: number): string {
  let unit = 0;
  let scaled = value;
  while (scaled >= 1000 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? whole.format(scaled) : tenths.format(scaled)} ${UNITS[unit]}`;
}

export const seconds = (milliseconds: number): string => `${tenths.format(milliseconds / 1000)} s`;

export function speed(byteCount: number, milliseconds: number): string {
  return milliseconds > 0 && byteCount > 0 ? `${bytes((byteCount / milliseconds) * 1000)}/s` : "–";
}
