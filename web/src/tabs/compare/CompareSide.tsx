// The names of the two sides: a letter, and a line that looks like the one of the chart.

export function Badge({ side }: { side: "a" | "b" }) {
  return <b class={`side side-${side}`}>{side.toUpperCase()}</b>;
}
