/**
 * Atome: tiny routed-ternary language models in JavaScript. README.md has a first example.
 *
 * What fails throws an AtomeError, and nothing else is thrown. Arrays that come out are copies: they stay good while
 * the memory grows.
 *
 * Letters: T positions, V vocabulary (at most 256 tokens), L layers, P active pathways.
 */
export type { Text } from "./arguments.js";
export type { ConfigField, EncodingRow, Sampling, Seed, StreamOptions, TableRow, TrainOption } from "./config.js";
export type { BoardFit, Fit, MainCOptions } from "./deploy.js";
export { AtomeError, type AtomeErrorCode } from "./errors.js";
export { Atome } from "./instance.js";
export { load, simdSupported, type LoadOptions } from "./load.js";
export { Model, type ModelInfo, type TensorInfo, type Trace } from "./model.js";
export type { Config, Encoding, Pathway, Quantizer, Tokenizer, TrainOptions } from "./options.js";
export { Stream, type Candidate, type Generated } from "./stream.js";
export { Trainer, type CodeStatistics, type Evaluation } from "./trainer.js";
export type { UncertaintyPositions, UncertaintyReport, UncertaintySignal } from "./uncertainty.js";
export type { Vocabulary } from "./vocabulary.js";
