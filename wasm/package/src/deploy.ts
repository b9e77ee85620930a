// Chips: what a model asks of one, and the program around it.
import type { Text } from "./arguments.js";
import type { StreamOptions } from "./config.js";
import type { Config, Pathway } from "./options.js";

export interface BoardFit {
  name: string;
  chip: string;
  core: string;
  /** bytes */
  flash: number;
  ram: number;
  fits: boolean;
  /** "" where neither packing fits the flash */
  packing: "trit2" | "trit5" | "";
  /** the largest attention window that fits; 0: none */
  window: number;
  note: string;
}

export interface Fit {
  config: Config;
  parameters: number;
  flash: { trit2: number; trit5: number };
  /** bytes that the engine takes, by attention window, and what for; code and stack come on top */
  ram: { window: number; bytes: number; parts: Record<Pathway | "logits" | "work", number> }[];
  boards: BoardFit[];
}

/** Attention windows whose memory fit() tells where none are named. */
export const WINDOWS = [16, 32, 64, 128, 256];

/**
 * For export("main-c"): a main.c that sends to the serial port what `atome generate` writes with the same
 * options. Its arena has the bytes that the engine needs on a 32-bit chip at this window, no more.
 */
export interface MainCOptions extends StreamOptions {
  /** name of the file that holds the bytes of export("c-header"), made with the same symbol; else model.h */
  header?: string;
  /** at most 4094 bytes; left out or empty: a new line */
  prompt?: Text;
  /** bytes to write, 1..1,000,000,000; else 200 */
  n?: number;
}
