// A drawing and the table of its numbers, which opens below it.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface Table {
  head: string[];
  /** numbers are right-aligned */
  rows: (string | number)[][];
}

export function DataTable({ table, caption }: { table: Table; caption: string }) {
  return (
    <div class="figure-table" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {table.head.map((cell, i) => (
              <th key={i} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} class={typeof cell === "number" ? "number" : ""}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** table is called only while the table is open. */
export function Figure({ caption, table, children }: { caption: string; table: () => Table; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <figure style={{ margin: 0, minWidth: 0 }}>
      {children}
      <details class="small" onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}>
        <summary>{caption}: as a table</summary>
        {open && <DataTable table={table()} caption={caption} />}
      </details>
    </figure>
  );
}
