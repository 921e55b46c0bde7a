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

/** The partitions of the one topic of a failed send whose records were written nevertheless. */
export function acceptedPartitions(cause: unknown): ReadonlySet<number> {
  const accepted = new Set<number>();
  const look = (error: unknown, depth: number): void => {
    if (!(error instanceof Error) || depth > MOST_DEPTH) return;
    const { produced, response, errors } = error as Error & PartlySent;
    for (const { partition } of produced?.offsets ?? []) accepted.add(partition);
    const answers = (response?.responses ?? []).flatMap(({ partitionResponses = [] }) => partitionResponses);
    for (const { index, errorCode } of answers) if (errorCode === 0) accepted.add(index);
    for (const one of errors ?? []) look(one, depth + 1);
  };
  look(cause, 0);
  return accepted;
}
