import type { Connection, Query } from 'pg';

/** A row as it arrives, with the bytes of its message. */
interface DataRow {
  readonly length: number;
}

/** What the driver's statements have, without declaring it. */
interface UndeclaredQuery {
  handleDataRow: (message: DataRow) => void;
}

/** Of the driver's connections. */
export interface Wire {
  readonly stream: { pause(): void; resume(): void; destroy(error: Error): void };
}

export interface Watching {
  /** Before anything is sent. */
  readonly onSubmit: (wire: Wire) => void;
  /** Reads the row itself, by `read`, or leaves it out. */
  readonly onRow: (message: DataRow, read: () => void) => void;
}

/** Tells of a statement's rows as they arrive, before the statement has ended. */
export function watchRows(query: Query, { onSubmit, onRow }: Watching): void {
  const watched = query as Query & UndeclaredQuery;
  const { submit, handleDataRow } = watched;
  watched.submit = (connection: Connection) => {
    onSubmit(connection);
    return submit.call(watched, connection);
  };
  watched.handleDataRow = (message) => onRow(message, () => handleDataRow.call(watched, message));
}
