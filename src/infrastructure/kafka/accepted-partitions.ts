/** What the client tells of a send that failed in a part: which destinations answered, and what a broker answered. */
interface PartlySent {
  readonly produced?: { readonly offsets?: readonly { readonly partition: number }[] };
  readonly response?: {
    readonly responses?: readonly {
      readonly partitionResponses?: readonly { readonly index: number; readonly errorCode: number }[];
    }[];
  };
  readonly errors?: readonly unknown[];
}

const MOST_DEPTH = 8;

/** Partitions of the one topic of a failed send that the client has counted as written: their brokers took all they got. */
export function countedPartitions(cause: unknown): ReadonlySet<number> {
  const { produced } = cause as PartlySent;
  return new Set((produced?.offsets ?? []).map(({ partition }) => partition));
}

/** Those, and the ones that were written by a broker that refused others. */
export function writtenPartitions(cause: unknown): ReadonlySet<number> {
  const written = new Set(countedPartitions(cause));
  const look = (error: unknown, depth: number): void => {
    if (!(error instanceof Error) || depth > MOST_DEPTH) return;
    const { response, errors } = error as Error & PartlySent;
    const answers = (response?.responses ?? []).flatMap(({ partitionResponses = [] }) => partitionResponses);
    for (const { index, errorCode } of answers) if (errorCode === 0) written.add(index);
    for (const one of errors ?? []) look(one, depth + 1);
  };
  look(cause, 0);
  return written;
}
