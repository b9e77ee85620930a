// What Emscripten writes beside the two modules.
declare module "*/atome.js" {
  const createAtome: import("./load.js").CreateModule;
  export default createAtome;
}
declare module "*/atome-simd.js" {
  const createAtome: import("./load.js").CreateModule;
  export default createAtome;
}
