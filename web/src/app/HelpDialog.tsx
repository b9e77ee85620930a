// What the page is, and its keys.

export function HelpDialog() {
  return (
    <dialog id="help" aria-labelledby="help-title">
      <h2 id="help-title">What this page does</h2>
      <p>
        It trains a language model of some ten thousand weights, each −1, 0 or 1, on a text of your choice, in this tab. Nothing you type or
        open leaves it.
      </p>
      <p>
        A token is a byte, or a string of bytes that is frequent in the text. Each layer reads a token in three ways:{" "}
        <b class="local">■ local</b>, a convolution over the last few tokens; <b class="state">● state</b>, a memory that fades;{" "}
        <b class="sparse">▲ sparse</b>, attention to a few earlier tokens. A router decides for every token how much of each. The tint of
        the text is the entropy of the last layer&apos;s decision: how evenly it mixes them. A model trained with the option
        router_calibration has learned to make it high where it does not know what comes, and knows so before the prediction is computed. Of
        another model it says no more than how evenly; the tab Uncertainty measures which.
      </p>
      <table>
        <caption class="visually-hidden">Keys</caption>
        <tbody>
          <tr>
            <th scope="row">
              <kbd>Space</kbd>
            </th>
            <td>train, pause</td>
          </tr>
          <tr>
            <th scope="row">
              <kbd>→</kbd>
            </th>
            <td>one step</td>
          </tr>
          <tr>
            <th scope="row">
              <kbd>Tab</kbd>, then <kbd>←</kbd> <kbd>→</kbd> in the lens
            </th>
            <td>move from token to token</td>
          </tr>
          <tr>
            <th scope="row">
              <kbd>Enter</kbd> in the lens
            </th>
            <td>pin a token: its candidates, and what each pathway does to them</td>
          </tr>
          <tr>
            <th scope="row">
              <kbd>?</kbd>
            </th>
            <td>this help</td>
          </tr>
        </tbody>
      </table>
      <p class="soft small">
        Drop a text on the page to train on it, or a model file (.atome, .safetensors, .pt, ATOME01, ATOME02, ATOMEP3) to open it. Add{" "}
        <code>embed=1</code> to the address to show the page without its controls in another one.
      </p>
      <form method="dialog">
        <button class="primary" autofocus>
          Close
        </button>
      </form>
    </dialog>
  );
}
