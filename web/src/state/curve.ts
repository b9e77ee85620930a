// A curve of bounded size: when it is full, neighbours are averaged and each point stands for twice as many
// steps.

const CAPACITY = 512;

/** steps ascend; as many values as steps */
export interface Line {
  steps: number[];
  values: number[];
}
/** of training and of validation, in bits per byte */
export interface Curves {
  train: Line;
  valid: Line;
}

export interface SavedCurve extends Line {
  stride: number;
  /** of the point that is not full yet */
  sum: number;
  count: number;
}

export class Curve {
  /** steps that a point stands for */
  stride = 1;
  readonly steps: number[] = [];
  readonly values: number[] = [];
  #sum = 0;
  #count = 0;

  /** step: 1-based number of the step that gave the value. */
  add(step: number, value: number) {
    this.#sum += value;
    this.#count++;
    if (this.#count < this.stride) return;
    this.steps.push(step);
    this.values.push(this.#sum / this.#count);
    this.#sum = this.#count = 0;
    if (this.steps.length >= CAPACITY) this.#halve();
  }
  #halve() {
    const n = this.steps.length / 2;
    for (let i = 0; i < n; i++) {
      this.steps[i] = this.steps[2 * i + 1]!;
      this.values[i] = (this.values[2 * i]! + this.values[2 * i + 1]!) / 2;
    }
    this.steps.length = this.values.length = n;
    this.stride *= 2;
  }
  /** A copy, which stays as it is. */
  save(): SavedCurve {
    return { stride: this.stride, steps: [...this.steps], values: [...this.values], sum: this.#sum, count: this.#count };
  }
  static from(saved: SavedCurve): Curve {
    const curve = new Curve();
    curve.stride = saved.stride;
    curve.steps.push(...saved.steps);
    curve.values.push(...saved.values);
    curve.#sum = saved.sum;
    curve.#count = saved.count;
    return curve;
  }
}

/** Both lines over the union of their steps; null where a line has no value. */
export function merged(a: Line, b: Line): { step: number; a: number | null; b: number | null }[] {
  const rows = [];
  for (let i = 0, j = 0; i < a.steps.length || j < b.steps.length;) {
    const stepA = a.steps[i] ?? Infinity,
      stepB = b.steps[j] ?? Infinity;
    rows.push({ step: Math.min(stepA, stepB), a: stepA <= stepB ? a.values[i]! : null, b: stepB <= stepA ? b.values[j]! : null });
    if (stepA <= stepB) i++;
    if (stepB <= stepA) j++;
  }
  return rows;
}
