// What the server says it is: the version of the embedded PostgreSQL, whose catalog clients read.

/** As server_version; a test compares it with the embedded one's own. */
export const serverVersion = "18.6";

/** As server_version_num. */
export const serverVersionNumber = "180006";

/** What version() returns. Drivers parse the number behind the first word. */
export const versionText = `PostgreSQL ${serverVersion} (Lenswire)`;

/** `18.3` as 180003. */
export function versionNumber(version: string): string {
  const [major, minor] = version.split(".");
  return String(Number(major) * 10_000 + Number(minor ?? 0));
}
