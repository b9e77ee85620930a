// Programs of TypeScript as strict as a user of the package may have them.
import ts from "../../web/node_modules/typescript/lib/typescript.js";

export { ts };
export const program = (file) =>
  ts.createProgram([file], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: [],
  });
/** What is wrong with a program, a line for each error. */
export const messages = (p) =>
  ts.getPreEmitDiagnostics(p).map((d) => ts.flattenDiagnosticMessageText(d.messageText, " "));
