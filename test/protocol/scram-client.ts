// SCRAM-SHA-256 from the client's side, for a client of tests.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

export class ScramClient {
  private readonly password: string;
  private readonly bare = `n=,r=${randomBytes(18).toString("base64")}`;

  constructor(password: string) {
    this.password = password;
  }

  first(): string {
    return `n,,${this.bare}`;
  }

  final(serverFirst: string): string {
    const [nonce, salt, iterations] = serverFirst.split(",").map((field) => field.slice(2)) as [
      string,
      string,
      string,
    ];
    const salted = pbkdf2Sync(this.password, Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
    const clientKey = createHmac("sha256", salted).update("Client Key").digest();
    const storedKey = createHash("sha256").update(clientKey).digest();
    const withoutProof = `c=biws,r=${nonce}`;
    const signature = createHmac("sha256", storedKey)
      .update(`${this.bare},${serverFirst},${withoutProof}`)
      .digest();
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] as number)));
    return `${withoutProof},p=${proof.toString("base64")}`;
  }
}
