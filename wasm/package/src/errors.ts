// What is thrown.

export type AtomeErrorCode =
  /** an argument of the wrong kind, or outside its range */
  | "bad_argument"
  /** a dimension or an option outside its range */
  | "bad_config"
  /** bytes that are no model or checkpoint: foreign, cut off, damaged */
  | "bad_file"
  /** well formed, but the format, the model or this engine cannot hold or do it */
  | "unsupported"
  /** NaN or infinity where a number is required: training has blown up, or a file holds them */
  | "not_finite"
  /** more memory than the package takes at once; the instance goes on */
  | "out_of_memory"
  /** inside the package; a fault of ours where it is seen */
  | "bad_alignment"
  | "arena_too_small"
  /** a model, stream or trainer after its close() */
  | "closed"
  /** the module cannot be fetched, compiled or started; see cause */
  | "load_failed"
  /** the instance has run out of memory: every call says so from then on; load() another one; see cause */
  | "stopped";

/** message: one line that says what is wrong and what would be right. */
export class AtomeError extends Error {
  declare readonly name: "AtomeError";
  readonly code: AtomeErrorCode;

  constructor(code: AtomeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
(AtomeError.prototype as { name: string }).name = "AtomeError";
