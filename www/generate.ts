const PORTS = [
  "Rotterdam",
  "Singapore",
  "Santos",
  "Busan",
  "Tanger Med",
  "Savannah",
  "Kaohsiung",
  "Gdańsk",
  "Πειραιάς",
];
const VESSELS = [
  "Albatross",
  "Meridian",
  "Sea Oak",
  "Northern Light",
  "Baltic Heron",
  "Halcyon",
  "Stella Maris",
];
const NOTES = [
  'held, "papers missing"',
  "seal broken",
  "reefer alarm, checked",
  "weight differs; weighed again",
];
const FIRST_ARRIVAL = Date.UTC(2025, 0, 1);

export type Arrival = {
  id: number;
  container: string;
  port: string;
  vessel: string;
  arrived_at: Date;
  manifest: bigint;
  weight_kg: number;
  temperature: number | null;
  hazardous: boolean;
  note: string | null;
};

/** Containers arriving at ports, made one at a time: the same ones on every call, never all of them at once. */
export function* arrivals(rows: number): Generator<Arrival> {
  const random = mulberry32(20_250_101);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? "";
  for (let id = 0; id < rows; id += 1) {
    yield {
      id,
      container: `TPRU ${String(Math.floor(random() * 1e6)).padStart(6, "0")}-${id % 10}`,
      port: pick(PORTS),
      vessel: pick(VESSELS),
      arrived_at: new Date(FIRST_ARRIVAL + id * 31_000 + Math.floor(random() * 30_000)),
      manifest: 9_007_199_254_740_993n + BigInt(id),
      weight_kg: Math.round(random() * 300_000) / 10,
      temperature: random() < 0.2 ? Math.round(random() * -300) / 10 : null,
      hazardous: random() < 0.03,
      note: random() < 0.05 ? pick(NOTES) : null,
    };
  }
}

/** A small seeded generator of numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
