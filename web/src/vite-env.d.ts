/// <reference types="vite/client" />
/** True in the build of one .html file, which has no service worker. */
declare const __SINGLE_FILE__: boolean;
declare module "*.atome?url" {
  const url: string;
  export default url;
}
