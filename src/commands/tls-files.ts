// Certificate, key and authorities of `server.tls`, which a reload reads again: new connections get the new ones.
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContext, type TlsOptions as TlsServerOptions } from "node:tls";
import type { TlsConfig } from "../config/config.ts";
import type { TlsOptions } from "../server/startup.ts";

interface Files {
  readonly secureContext: SecureContext;
  readonly serverOptions: TlsServerOptions;
}

export class TlsFiles {
  readonly #config: TlsConfig;
  #files: Files;

  private constructor(config: TlsConfig, files: Files) {
    this.#config = config;
    this.#files = files;
  }

  /** Rejects for files that cannot be read or do not fit each other. */
  static async open(config: TlsConfig): Promise<TlsFiles> {
    return new TlsFiles(config, await readFiles(config));
  }

  get options(): TlsOptions {
    const { mode, channelBinding, clientCa, clientCertificates } = this.#config;
    const serverOptions = () => this.#files.serverOptions;
    return {
      secureContext: () => this.#files.secureContext,
      // Where it is off, nothing is opened.
      mode: mode === "allow" ? "allow" : "require",
      channelBinding,
      clientCertificates: clientCa === undefined ? undefined : { mode: clientCertificates, serverOptions },
    };
  }

  get paths(): readonly string[] {
    const { cert, key, clientCa } = this.#config;
    return clientCa === undefined ? [cert, key] : [cert, key, clientCa];
  }

  /** Reads them again. The returned function has them used. Rejects as open(). */
  async readAgain(): Promise<() => void> {
    const files = await readFiles(this.#config);
    return () => {
      this.#files = files;
    };
  }
}

async function readFiles({ cert, key, clientCa }: TlsConfig): Promise<Files> {
  const options = {
    cert: await readFile(cert),
    key: await readFile(key),
    minVersion: "TLSv1.2",
  } as const;
  const ca = clientCa === undefined ? undefined : await readFile(clientCa);
  const secureContext = createSecureContext(options);
  return { secureContext, serverOptions: ca === undefined ? options : { ...options, ca } };
}
