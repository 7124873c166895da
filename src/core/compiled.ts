/**
 * True inside the compiled executable. There, a worker is started by its path below src/
 * (`new Worker("./engine/worker.ts")`), since `import.meta.url` is the path on the building machine.
 */
export const IS_COMPILED = Bun.main.startsWith("/$bunfs/");
