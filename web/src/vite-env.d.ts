/// <reference types="vite/client" />
/** True in the build of one .html file, which has no service worker. */
declare const __SINGLE_FILE__: boolean;
/** The tables of the package that the page is built from. */
declare const __TABLES__: import("./engine/tables").Tables;
declare module "*.atome?url" {
  const url: string;
  export default url;
}
