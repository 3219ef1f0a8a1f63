/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `{median, min, max}`. */
export const spread = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/**
 * How many times as long the other took, pair by pair: what slows the machine down for a while slows both runs of a
 * pair, and leaves their ratio.
 * @param {[ours: number, other: number][]} pairs
 */
export const ratios = (pairs) => spread(pairs.map(([ours, other]) => other / ours));
