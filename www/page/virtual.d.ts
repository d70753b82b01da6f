declare module "virtual:errors" {
  const rows: import("./build/error-table.js").ErrorRow[];
  export default rows;
}
