/** What one embedded ClickHouse accepts; every buffer, queue and wait of this folder is bounded by one of these. */
export const LIMITS = {
  /** Queries running at once. Each holds one thread of libuv's pool for as long as it runs. */
  maxConcurrentQueries: 16,
  /** Threads of libuv's pool that queries must leave to file access, or nothing else would move. */
  reservedThreads: 2,
  /** Queries waiting for a turn; one more is answered 202 TOO_MANY_SIMULTANEOUS_QUERIES. */
  maxQueuedQueries: 1_000,
  /** Named HTTP sessions held open at once. */
  maxHttpSessions: 1_000,
  defaultSessionTimeoutS: 60,
  maxSessionTimeoutS: 3_600,
  /** How much of a statement is searched for the place where the rows of an INSERT begin (the server's max_query_size). */
  maxStatementHeadBytes: 256 * 1024,
  /** Parameters of a query may come in the URL (the server's http_max_uri_size). */
  maxUriBytes: 1024 * 1024,
  /** A statement without rows is held in memory. */
  maxStatementBytes: 16 * 1024 * 1024,
  /** The rows of one INSERT, as received. */
  maxInsertBytes: 1024 * 1024 * 1024,
  /** Rows up to this size wait in memory-backed files, which halves the cost of writing them; larger ones go to the disk. */
  maxMemorySpoolBytes: 64 * 1024 * 1024,
  /** Memory-backed files are used only while this much of them is free. */
  minFreeMemorySpoolBytes: 256 * 1024 * 1024,
  /** Below two of ClickHouse's parsing chunks, parsing in one thread is faster than handing chunks around. */
  serialParsingBytes: 20 * 1024 * 1024,
  /** A response is held back until it is this long, so that an early failure still gets its own status (as the server does). */
  responseHoldBytes: 1024 * 1024,
  /** ClickHouse cuts the exception it writes behind rows already sent. */
  maxExceptionBytes: 16 * 1024,
  keepAliveTimeoutMs: 10_000,
  /** The longest a client may take to send one request. */
  requestTimeoutMs: 30 * 60_000,
  /** Shutting down: inserts under way may finish, everything else is cancelled at once. */
  shutdownGraceMs: 10_000,
  /** A predecessor that was killed may still be letting go of the data directory. */
  directoryLockRetries: 50,
  directoryLockRetryMs: 200,
  /** A query that is cancelled while it starts is not in the process list yet: ask again. */
  cancelRetryMs: 100,
  cancelRetries: 100,
} as const;
