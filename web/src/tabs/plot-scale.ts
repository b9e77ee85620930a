// Ticks and ranges of the plots.

/** Round values from 0 up to `most`, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(most: number, count = 5): number[] {
  if (!(most > 0)) return [0];
  const rough = most / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough * 0.999) ?? 10);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** Bits per byte from a half below the best value up to where a model that knows nothing begins. */
export function lossRange(values: readonly number[]): { low: number; high: number; ticks: number[] } {
  const least = values.length > 0 ? Math.min(...values) : 0, most = Math.max(8, ...values);
  const low = Math.max(0, Math.floor(least * 2) / 2 - 0.5), high = most + 0.4;
  const first = Math.ceil(low);
  return { low, high, ticks: Array.from({ length: Math.floor(high) - first + 1 }, (_, i) => first + i) };
}
