// Whether a model knows when it does not know: what Model.uncertainty() gives.

/**
 * N predictions of tokens, one a position. The text's first byte is a token by itself (two where it needs an escape), and
 * nothing is said of the first: so models of any vocabulary predict the same bytes, and position i predicts tokens[i].
 */
export interface UncertaintyPositions {
  /** (N) that came */
  tokens: Uint8Array;
  /** (N) of text that each of them stands for */
  bytes: Uint8Array;
  /** (L, N) of the router, nats; all 0 with one pathway */
  entropy: Float32Array;
  /** (N) mean of those over the layers */
  mean: Float32Array;
  /** (N) entropy of the predicted distribution, nats */
  predicted: Float32Array;
  /** (N) of the predicted distribution */
  max_probability: Float32Array;
  /** (N) loss of the token that came */
  nats: Float32Array;
  /** (N) 1 where the most probable token came */
  correct: Uint8Array;
}

/** How well a signal tells hard predictions from easy ones. null: it has no value. */
export interface UncertaintySignal {
  name: "mean_router_entropy" | "router_entropy" | "predictive_entropy" | "one_minus_max_probability";
  /** of router_entropy, else null */
  layer: number | null;
  /** rank correlation with the loss, -1..1; null where the signal or the loss is constant */
  spearman: number | null;
  /**
   * The same with the predictive entropy held constant: what the signal knows beyond it. null for the
   * predictive entropy itself, and for a signal that is constant or in the same order.
   */
  partial: number | null;
  /**
   * The probability that a wrong prediction has a higher signal than a right one: 0.5 says nothing, 1
   * everything. null where all predictions are right, or all wrong.
   */
  auroc: number | null;
  /**
   * Area under the curve of risk and coverage: the error rate among the predictions with the lowest signal,
   * averaged over all coverages. Lower is better; a signal that says nothing has 1 - accuracy.
   */
  aurc: number;
}

export interface UncertaintyReport {
  /** mean_router_entropy, router_entropy of each layer, predictive_entropy, one_minus_max_probability */
  signals: UncertaintySignal[];
  /** N */
  predictions: number;
  /** how often the most probable token came, 0..1 */
  accuracy: number;
  bits_per_byte: number;
  /** expected calibration error of max_probability, in 15 bins of equal width */
  ece: number;
}
