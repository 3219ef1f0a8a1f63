/** How long a signed URL is good for. */
interface Validity {
  /** Milliseconds since 1970-01-01. */
  end: number;
  /** Milliseconds from its signature on, where the URL says so. */
  length?: number;
}

/**
 * Whether a URL had expired when the store answered: by the store's clock, where the answer shows it (in a page it mostly
 * does not), or else by ours or by the time since it was signed, which no clock that is off can change.
 */
export function hadExpired(url: string, signedAt: number, now: number, date: string | undefined): boolean {
  const validity = validityOf(url);
  if (!validity) return false;
  const clock = date === undefined ? Number.NaN : Date.parse(date);
  if (!Number.isNaN(clock)) return clock >= validity.end;
  return now >= validity.end || now - signedAt >= (validity.length ?? Number.POSITIVE_INFINITY);
}

function validityOf(url: string): Validity | undefined {
  const query = new Map([...new URL(url).searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  for (const vendor of ["x-amz", "x-goog"]) {
    const start = compactTime(query.get(`${vendor}-date`));
    const length = Number(query.get(`${vendor}-expires`)) * 1000;
    if (Number.isFinite(start) && length > 0) return { end: start + length, length };
  }
  // Signatures of version 2, of S3 and Google; and Azure's.
  const end = Number(query.get("expires")) * 1000 || Date.parse(query.get("se") ?? "");
  return Number.isFinite(end) ? { end } : undefined;
}

/** `20260101T120000Z` */
function compactTime(text = ""): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"));
}
