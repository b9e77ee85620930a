// The number under the cursor: its code, its value, and the byte of the file that holds it.

import type { Signal } from "@preact/signals";
import type { ModelInfo, TensorInfo, Vocabulary } from "atome-lm";
import type { TensorData } from "../../engine/protocol";
import { PATHWAYS } from "../../engine/tables";
import { GLYPH, grouped, tokenName, unitOf } from "../../parts/format";
import { aboutPacking, codeName, packedAt, packingsOf, scaleOf, short, valueAt, type Packed } from "./weights-data";
import type { Cell } from "./WeightsMap";

export function WeightsCode({
  info,
  vocabulary,
  tensor,
  data,
  cursor,
}: {
  info: ModelInfo;
  vocabulary: Vocabulary;
  tensor: TensorInfo;
  data: TensorData;
  cursor: Signal<Cell>;
}) {
  const { row, col } = cursor.value;
  const flat = row * tensor.cols + col;
  const coded = data.codes.length > 0;
  const value = short(valueAt(data, flat, tensor.cols));
  return (
    <div class="weights-code">
      <h3>Under the cursor</h3>
      <p role="status">
        row {row}
        {rowMeaning(info, vocabulary, tensor, row)}, column {col}:{" "}
        {coded ? (
          <>
            code <b>{codeName(data.codes[flat]!)}</b>, value {short(scaleOf(data, row))} × {codeName(data.codes[flat]!)} = <b>{value}</b>
          </>
        ) : (
          <>
            value <b>{value}</b>
          </>
        )}
      </p>
      {packingsOf(tensor).map((packing) => (
        <InFile key={packing} packed={packedAt(data, flat, packing)} offset={tensor.offset![packing === "trit5" ? "trit5" : "trit2"]} />
      ))}
    </div>
  );
}

function rowMeaning(info: ModelInfo, vocabulary: Vocabulary, tensor: TensorInfo, row: number): string {
  if (/^(un)?embed\./.test(tensor.name)) return ` (${tokenOfRow(info, vocabulary, row)})`;
  if (!tensor.name.includes(".router.")) return "";
  const pathway = PATHWAYS.filter((p) => !info.config.disable_pathways.includes(p))[row];
  return pathway ? ` (${GLYPH[pathway]} ${pathway})` : "";
}

function tokenOfRow({ tokenizer }: ModelInfo, { tokens }: Vocabulary, row: number): string {
  const text = tokens[row]!;
  if (text.length === 0 && row > 0) return "stands for nothing";
  return `${unitOf(tokenizer)} ${tokenName(text)}`;
}

const hex = (byte: number) => `0x${byte.toString(16).toUpperCase().padStart(2, "0")}`;

function InFile({ packed, offset }: { packed: Packed; offset: number }) {
  const { packing, bytes } = packed;
  const first = offset + packed.at;
  return (
    <div class="weights-packed">
      <p>
        <b>{packing}</b>:{" "}
        {bytes.length === 1
          ? `byte ${grouped(first)} of the file is `
          : `bytes ${grouped(first)} to ${grouped(first + bytes.length - 1)} of the file are `}
        <code>{bytes.map(hex).join(" ")}</code>
      </p>
      <p class="mono">
        {bytes.map((byte, i) => (
          <span key={i} class="weights-bits">
            <Bits byte={byte} first={8 * i} packed={packed} />
          </span>
        ))}
        {packed.bits && bitsInWords(packed)}
      </p>
      {packed.digits && (
        <p class="mono">
          {bytes[0]} ={" "}
          {packed.digits.all.map((digit, i) => {
            const term = `${digit}·${3 ** i}`;
            return (
              <span key={i}>
                {i > 0 && " + "}
                {i === packed.digits!.own ? <mark>{term}</mark> : term}
              </span>
            );
          })}
        </p>
      )}
      <p class="small soft">{aboutPacking(packing)}</p>
    </div>
  );
}

function bitsInWords({ bits, bytes }: Packed): string {
  const { first, count } = bits!;
  if (bytes.length === 1) return ` bits ${first} to ${first + count - 1}`;
  return ` bits ${first} to 7, then 0 to ${first + count - 9}`;
}

/** The eight bits, highest first; the number's own are marked. */
function Bits({ byte, first, packed }: { byte: number; first: number; packed: Packed }) {
  const own = (bit: number) =>
    packed.bits !== undefined && first + bit >= packed.bits.first && first + bit < packed.bits.first + packed.bits.count;
  return (
    <>
      {[7, 6, 5, 4, 3, 2, 1, 0].map((bit) => {
        const digit = (byte >> bit) & 1;
        return own(bit) ? <mark key={bit}>{digit}</mark> : <span key={bit}>{digit}</span>;
      })}
    </>
  );
}
