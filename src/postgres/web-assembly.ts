// The two uses of WebAssembly here. TypeScript declares its functions only together with a browser's library.
import { setFlagsFromString } from "node:v8";

/** A compiled module, to be handed on as it is. */
export type CompiledModule = object;

interface MemoryDescriptor {
  readonly initial: number;
  readonly maximum?: number;
}

type MemoryConstructor = new (descriptor: MemoryDescriptor) => object;

const webAssembly = (
  globalThis as unknown as {
    WebAssembly: {
      compile(bytes: Uint8Array): Promise<CompiledModule>;
      Memory: MemoryConstructor;
    };
  }
).WebAssembly;

/**
 * For the whole process, and to be called before the first module is compiled. V8's second compiler makes PGlite no
 * faster once it runs (measured: 0.6 ms per analysis with and without) and takes 50 MB and a second of a core for it.
 */
export function compileForMemory(): void {
  setFlagsFromString("--liftoff-only");
}

export function compileModule(bytes: Uint8Array): Promise<CompiledModule> {
  return webAssembly.compile(bytes);
}

const pageBytes = 64 * 1024;

/**
 * Lowers the memory that PGlite may take for one instance: it asks for 2 GiB and has no option for it. Holds for
 * every WebAssembly memory that is made in this thread from now on.
 */
export function limitInstanceMemory(bytesMax: number): void {
  const Unlimited = webAssembly.Memory;
  const pagesMax = Math.floor(bytesMax / pageBytes);
  webAssembly.Memory = class LimitedMemory extends Unlimited {
    constructor(descriptor: MemoryDescriptor) {
      super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? pagesMax, pagesMax) });
    }
  };
}
