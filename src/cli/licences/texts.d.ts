/** Licence texts that are taken into the executable. */
declare module "*/LICENSE" {
  const text: string;
  export default text;
}
declare module "*/LICENSE.md" {
  const text: string;
  export default text;
}
declare module "*/dpdk.txt" {
  const text: string;
  export default text;
}
