// Bounds that are not configurable, each with its unit and its reason.

/** Seconds before authentication is complete; PostgreSQL's authentication_timeout is 60 s, shorter here. */
export const authenticationTimeoutMs = 30_000;

/** Bytes of a startup packet after its length word: PostgreSQL's MAX_STARTUP_PACKET_LENGTH. */
export const startupPacketBytesMax = 10_000;

/** Bytes of one message after login. A statement of 16 MiB is far beyond what a BI tool sends. */
export const messageBytesMax = 16 * 1024 * 1024;

/** Bytes of a SASL message, PostgreSQL's PG_MAX_SASL_MESSAGE_LENGTH. */
export const saslMessageBytesMax = 1024;

/** Bytes of a password or token, PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH. */
export const passwordBytesMax = 65_535;

/** Rows in one batch from a warehouse: DuckDB's vector size. */
export const batchRowsMax = 2048;

/** Bytes written to a socket and not yet taken by it, above which the next batch is not fetched. */
export const socketBufferBytesMax = 256 * 1024;

/**
 * Bytes of rows kept for cursors that go back, or that live on behind COMMIT: of one session, and of all together, those
 * in temporary tables included. A hundred thousand rows of ten short columns take about 50 MB.
 */
export const spoolBytesMax = { session: 64 * 1024 * 1024, together: 512 * 1024 * 1024 };

/** Prepared statements and portals of one session, together. */
export const preparedObjectsMax = 1000;

/**
 * Compiled plans kept over all sessions: how many, and the bytes of one and of all. A list of 5,000 literals makes a plan
 * of about 200 kB.
 */
export const planCacheBounds = { entriesMax: 1000, entryBytesMax: 1024 * 1024, bytesMax: 32 * 1024 * 1024 };

/** Parsed texts kept over all sessions, as JSON: how many, and the bytes of one and of all. */
export const parsedTextBounds = { entriesMax: 1000, entryBytesMax: 512 * 1024, bytesMax: 8 * 1024 * 1024 };

/** Literals in an IN list above which the list becomes one array value (design 4.1). */
export const inListItemsMax = 16;

/**
 * Begins the message of errors that rendered SQL raises on purpose (`error('lenswire:22012')`), followed by the
 * SQLSTATE, where PostgreSQL fails and the warehouse would not. Drivers turn it into that error.
 */
export const raisedErrorPrefix = "lenswire:";
