import manifest from "../../package.json" with { type: "json" };

export const HAIRPIN_VERSION: string = manifest.version;
