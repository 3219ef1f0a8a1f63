/** How long a signed URL is good for. */
interface Validity {
  /** Milliseconds since 1970-01-01, where the URL says so. */
  start?: number;
  /** Milliseconds since 1970-01-01. */
  end: number;
  /** Milliseconds from its signature on, where the URL says so. */
  length?: number;
}

/** Milliseconds that a signature may be from the future by the clocks of stores. */
const TOLERANCE = 15 * 60_000;

/**
 * Whether a URL had expired when the store answered: by the store's clock, where the answer shows it (in a page it mostly
 * does not), or else by ours or by the time since it was signed, which no clock that is off can change. One that was not
 * valid yet, since it was signed by a clock that is ahead, is as good as expired: the next is signed by the store's.
 */
export function hadExpired(url: string, signedAt: number, now: number, date: string | undefined): boolean {
  const validity = validityOf(url);
  if (!validity) return false;
  const clock = date === undefined ? Number.NaN : Date.parse(date);
  if (!Number.isNaN(clock)) {
    return clock >= validity.end || clock < (validity.start ?? Number.NEGATIVE_INFINITY) - TOLERANCE;
  }
  return now >= validity.end || now - signedAt >= (validity.length ?? Number.POSITIVE_INFINITY);
}

/** How far the clock of a store is ahead of ours, by the date of its answer. */
export function skewOf(date: string | undefined, now: number): number {
  const skew = Date.parse(date ?? "") - now;
  return Number.isNaN(skew) ? 0 : skew;
}

function validityOf(url: string): Validity | undefined {
  const query = new Map([...new URL(url).searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  for (const vendor of ["x-amz", "x-goog"]) {
    const start = compactTime(query.get(`${vendor}-date`));
    const length = Number(query.get(`${vendor}-expires`)) * 1000;
    if (Number.isFinite(start) && length > 0) return { start, end: start + length, length };
  }
  // Signatures of version 2, of S3 and Google; and Azure's.
  const end = Number(query.get("expires")) * 1000 || Date.parse(query.get("se") ?? "");
  return Number.isFinite(end) ? { end } : undefined;
}

/** `20260101T120000Z` */
function compactTime(text = ""): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"));
}
